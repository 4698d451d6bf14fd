#include "tracker/audit/gather_governance.h"

#include <algorithm>
#include <set>

#include "tracker/erasure.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/inventory.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {
namespace {

Result<void> AddModel(Store& store, const KeyRing& ring, const RegisteredModel& model,
                      BundleContent& content) {
  BundleModel& added = content.governance.models.emplace_back();
  added.model = model;
  auto authors = GatherAuthors(store, model);
  if (!authors.ok() && !IsDamage(authors.error())) return std::move(authors).error();
  if (authors.ok()) {
    added.authors = *std::move(authors);
  } else {
    content.missing.push_back("the authors of " + model.Name() + ", so that no approval of it is " +
                              "known to be independent: " + authors.error().message);
  }
  REPRISE_ASSIGN_OR_RETURN(auto evidence,
                           EvidenceOf(store.catalog(), model.version.name, model.version.version));
  for (lineage::FiledEvidence& filed : evidence) {
    added.evidence.push_back({std::move(filed), "", std::nullopt});
  }
  REPRISE_ASSIGN_OR_RETURN(added.statements, ApprovalsOf(store.catalog(), ring, model.version.name,
                                                         model.version.version));
  REPRISE_ASSIGN_OR_RETURN(added.attestations, AttestationsOf(store.catalog(), ring, model));
  return {};
}

void AddPolicy(FiledDocument filed, BundleContent& content) {
  content.governance.policies.push_back({filed.digest, std::move(filed.document),
                                         filed.time_unix_ms, filed.actor, filed.ledger_sequence});
}

// Why the bytes of a piece of evidence are not to be in the bundle.
std::optional<std::string> WhyLeftOut(const lineage::ArtifactUse& artifact, bool redact,
                                      std::uint64_t taken_bytes) {
  if (redact) return "redacted";
  const bool is_long = artifact.size_bytes > kBundleEvidenceBytesMax ||
                       artifact.size_bytes > kBundleAllEvidenceBytesMax - taken_bytes;
  if (is_long) return "too_long";
  return std::nullopt;
}

// Takes the bytes of a file that is evidence.
Result<void> TakeBytes(Store& store, BundleEvidence& evidence, BundleContent& content) {
  const lineage::ArtifactUse& artifact = evidence.filed.evidence.artifact;
  auto bytes = store.objects().Get(artifact.digest);
  if (!bytes.ok() && bytes.error().code == ErrorCode::kIoError) return std::move(bytes).error();
  if (bytes.ok()) {
    evidence.bytes = *std::move(bytes);
    return {};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto erased, ErasedNow(store.catalog(), artifact.digest));
  content.holes[{artifact.digest, "evidence"}] = erased.has_value() ? "erased" : "lost";
  content.missing.push_back(
      "the evidence '" + Printable(artifact.path) + "' for " +
      lineage::ModelVersionName(evidence.filed.evidence.model, evidence.filed.evidence.version) +
      ": " + bytes.error().message);
  return {};
}

}  // namespace

Result<std::set<std::string>> GatherGovernance(Store& store, BundleContent& content) {
  const auto& versions = content.subject.versions;
  std::set<Digest> artifacts;
  for (const lineage::NodeId& node : content.lineage.nodes) {
    if (node.kind == lineage::NodeId::Kind::kArtifact) artifacts.insert(node.artifact);
  }
  std::set<std::string> subjects;
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  REPRISE_ASSIGN_OR_RETURN(const auto names, ModelNames(store.catalog()));
  for (const std::string& name : names) {
    REPRISE_ASSIGN_OR_RETURN(const auto models, VersionsOfModel(store.catalog(), name));
    for (const RegisteredModel& model : models) {
      const bool is_subject = std::ranges::find(versions, model.Name()) != versions.end();
      if (!is_subject && !artifacts.contains(model.version.artifact.digest)) continue;
      REPRISE_TRY(AddModel(store, ring, model, content));
      subjects.insert(model.Name());
    }
  }
  if (subjects.empty()) return subjects;
  content.governance.keys = ring.keys();
  // Also of a key that was revoked and never trusted, which the ring passes over.
  REPRISE_ASSIGN_OR_RETURN(const auto keys, KeyDocuments(store.catalog()));
  for (const FiledDocument& filed : keys) {
    REPRISE_ASSIGN_OR_RETURN(const auto entry, store.ledger().Read(filed.ledger_sequence));
    subjects.insert(entry.subject);
  }
  REPRISE_ASSIGN_OR_RETURN(auto policies, PolicyDocuments(store.catalog()));
  for (FiledDocument& filed : policies) AddPolicy(std::move(filed), content);
  subjects.emplace(kPolicySubject);
  return subjects;
}

Result<void> GatherEvidence(Store& store, bool redact, BundleContent& content) {
  std::map<std::uint64_t, std::string> actors;
  for (const BundleEvent& event : content.events) {
    if (event.entry.kind == kEvidenceEntry) actors[event.entry.sequence] = event.entry.actor;
  }
  std::uint64_t taken_bytes = 0;
  std::set<Digest> taken;  // The same file may be evidence for several versions.
  for (BundleModel& model : content.governance.models) {
    std::vector<lineage::FiledEvidence> filed;
    for (BundleEvidence& evidence : model.evidence) {
      evidence.actor = actors[evidence.filed.ledger_sequence];
      filed.push_back(evidence.filed);
      const lineage::ArtifactUse& artifact = evidence.filed.evidence.artifact;
      if (artifact.kind == lineage::ArtifactKind::kFolder) continue;
      const bool is_taken = taken.contains(artifact.digest);
      if (content.holes.contains({artifact.digest, "evidence"})) continue;
      const auto why = is_taken ? std::nullopt : WhyLeftOut(artifact, redact, taken_bytes);
      if (why.has_value()) {
        content.holes[{artifact.digest, "evidence"}] = *why;
        continue;
      }
      REPRISE_TRY(TakeBytes(store, evidence, content));
      if (!evidence.bytes.has_value() || is_taken) continue;
      taken_bytes += evidence.bytes->size();
      taken.insert(artifact.digest);
    }
    if (!redact) model.card = CardOf(store, filed);
  }
  return {};
}

}  // namespace reprise::tracker
