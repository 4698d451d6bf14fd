// That everything is here which the ledger says about what the bundle is about and its lineage, and
// nothing else.

#include <algorithm>

#include "lineage/governance/evidence.h"
#include "lineage/model_version.h"
#include "tracker/audit/check/checked_bundle.h"
#include "tracker/erasure_document.h"
#include "tracker/fact_documents.h"
#include "tracker/governance_rows.h"
#include "tracker/models.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kVersionType = "reprise/model-version/v1";

// Kinds of entries whose documents may be left out: what people wrote, and what data holds.
bool MayBeLeftOut(std::string_view kind) {
  return kind == "note" || kind == "tags" || kind == "dataset" || kind == "profile" ||
         kind == "verdict";
}

Result<void> ReadLineageNodes(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(const Json* const graph,
                           MemberOf(bundle.report, "lineage", "report.json"));
  const auto nodes = graph->GetArray("nodes");
  if (!nodes.ok()) return Failed("lineage has no proper member 'nodes'");
  for (const Json& node : **nodes) {
    const auto id = node.GetString("id");
    if (!id.ok()) return Failed("lineage has no proper member 'id'");
    bundle.subjects.insert(*id);
  }
  for (const auto& [id, run] : bundle.runs) bundle.subjects.insert(id);
  return {};
}

// The subjects of the ledger's entries that belong to the bundle.
Result<std::set<std::string>> ConcernedSubjects(CheckedBundle& bundle) {
  REPRISE_TRY(ReadLineageNodes(bundle));
  std::set<std::string> subjects = bundle.subjects;
  bool has_versions = false;
  for (const auto& [digest, type] : bundle.types) {
    if (type != kVersionType) continue;
    const auto version = lineage::DecodeModelVersion(bundle.documents.at(digest));
    if (!version.ok()) return Annotate(version.error(), digest.ToString());
    std::string name = lineage::ModelVersionName(version->name, version->version);
    if (!bundle.subjects.contains(version->artifact.digest.ToString())) {
      return Failed(name + " is of content that is not in the lineage");
    }
    subjects.insert(std::move(name));
    has_versions = true;
  }
  for (const auto& [sequence, event] : bundle.entries) {
    const bool is_of_store = event.entry.kind == kKeyEntry || event.entry.kind == kPolicyEntry;
    if (has_versions && is_of_store) subjects.insert(event.entry.subject);
  }
  return subjects;
}

// What was said of a run since it was recorded, which shows in the report.
Result<void> AddFact(const BundleEvent& event, std::string_view document, StoredRun& run) {
  const storage::LedgerEntry& entry = event.entry;
  if (entry.kind == "note") {
    REPRISE_ASSIGN_OR_RETURN(const NoteDocument note, DecodeNote(document));
    run.notes.push_back({entry.time_unix_ms, entry.actor, note.text});
  } else if (entry.kind == "tags") {
    REPRISE_ASSIGN_OR_RETURN(const TagsDocument added, DecodeTags(document));
    for (const auto& [key, value] : added.tags) run.tags[key] = value;
  }
  return {};
}

// The version that a document about one is about; nullopt of other documents.
Result<std::optional<std::string>> VersionIn(std::string_view kind, std::string_view document) {
  using lineage::ModelVersionName;
  if (kind == kModelVersionEntry) {
    REPRISE_ASSIGN_OR_RETURN(const auto version, lineage::DecodeModelVersion(document));
    return std::optional(ModelVersionName(version.name, version.version));
  }
  if (kind == kPromotionEntry) {
    REPRISE_ASSIGN_OR_RETURN(const auto promotion, lineage::DecodePromotion(document));
    return std::optional(ModelVersionName(promotion.name, promotion.version));
  }
  if (kind == kEvidenceEntry) {
    REPRISE_ASSIGN_OR_RETURN(const auto evidence, lineage::DecodeEvidence(document));
    return std::optional(ModelVersionName(evidence.model, evidence.version));
  }
  return std::optional<std::string>();
}

// The document is about what its entry is about.
Result<void> CheckAbout(CheckedBundle& bundle, const storage::LedgerEntry& entry,
                        std::string_view document) {
  const std::string number = "ledger entry " + std::to_string(entry.sequence);
  if (entry.kind == "verdict") {
    REPRISE_ASSIGN_OR_RETURN(const Json verdict, ParseJson(document));
    const auto original = verdict.GetString("original");
    if (!original.ok() || *original != entry.subject) {
      return Failed("the verdict of " + number + " is about another run");
    }
    bundle.content.documents.emplace(entry.payload, document);
  }
  const auto version = VersionIn(entry.kind, document);
  if (!version.ok()) return Annotate(version.error(), "the document of " + number);
  if (version->has_value() && **version != entry.subject) {
    return Failed(number + " is about " + entry.subject +
                  ", and its document about another version: it was moved");
  }
  return {};
}

// An erasure whose document is here, whatever it is about: other things may have been erased
// together with what is missing here.
bool IsErasureHere(const CheckedBundle& bundle, const storage::LedgerEntry& entry) {
  return entry.kind == kErasureEntry && bundle.documents.contains(entry.payload);
}

// What the ledger says was erased, as far as it is here.
Result<void> ReadErasures(CheckedBundle& bundle) {
  for (const auto& [sequence, event] : bundle.entries) {
    const storage::LedgerEntry& entry = event.entry;
    if (!IsErasureHere(bundle, entry)) continue;
    const std::string what = "the erasure of ledger entry " + std::to_string(sequence);
    REPRISE_ASSIGN_OR_RETURN(const auto document,
                             bundle.Document(entry.payload, kErasureEntry, what));
    const auto erasure = DecodeErasure(document);
    if (!erasure.ok()) return Annotate(erasure.error(), what);
    if (erasure->subject != entry.subject) {
      return Failed(what + " is about another subject than its document");
    }
    for (const ErasedItem& item : erasure->items) bundle.erased[item.digest] = sequence;
  }
  return {};
}

// An entry that belongs to the bundle, with its document.
Result<void> AddEvent(CheckedBundle& bundle, const BundleEvent& event) {
  const storage::LedgerEntry& entry = event.entry;
  const std::string number = "ledger entry " + std::to_string(entry.sequence);
  bundle.content.events.push_back(event);
  if (MayBeLeftOut(entry.kind) && bundle.content.holes.contains({entry.payload, entry.kind})) {
    return bundle.TakeHole(entry.payload, entry.kind, number, entry.sequence);
  }
  const bool is_statement = entry.kind == kStatementEntry;
  const bool is_attestation = entry.kind == kAttestationEntry;
  const bool is_policy = entry.kind == kPolicyEntry;
  const auto& known = is_statement     ? bundle.envelopes
                      : is_attestation ? bundle.attestations
                      : is_policy      ? bundle.policies
                                       : bundle.documents;
  if (!known.contains(entry.payload)) {
    return Failed(number + " about " + entry.subject +
                  " has no document here: an event was left out");
  }
  if (is_statement || is_attestation || is_policy) return {};
  const std::string what = "the document of " + number;
  REPRISE_ASSIGN_OR_RETURN(const auto document, bundle.Document(entry.payload, entry.kind, what));
  REPRISE_TRY(CheckAbout(bundle, entry, document));
  const auto run = bundle.runs.find(entry.subject);
  if (run == bundle.runs.end()) return {};
  const auto added = AddFact(event, document, run->second);
  if (!added.ok()) return Annotate(added.error(), what);
  return {};
}

}  // namespace

Result<std::string> CheckEvents(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(const auto subjects, ConcernedSubjects(bundle));
  REPRISE_TRY(ReadErasures(bundle));
  for (const auto& [sequence, event] : bundle.entries) {
    const bool is_concerned =
        subjects.contains(event.entry.subject) || IsErasureHere(bundle, event.entry);
    if (is_concerned) REPRISE_TRY(AddEvent(bundle, event));
  }
  return std::to_string(bundle.content.events.size()) + " events about " +
         std::to_string(subjects.size()) + " subjects";
}

Result<std::string> CheckAccounted(CheckedBundle& bundle) {
  std::vector<std::string> extra;
  for (const auto& [digest, document] : bundle.documents) {
    if (!bundle.reached.contains(digest)) extra.push_back(digest.ToString());
  }
  if (!extra.empty()) return Failed("nothing refers to these documents: " + Joined(extra, ", "));
  const auto& holes = bundle.content.holes;
  if (holes.empty()) return std::string("nothing was left out");
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& [hole, reason] : holes) {
    if (!bundle.used_holes.contains(hole)) extra.push_back(hole.digest.ToString());
    std::string why = reason;
    std::ranges::replace(why, '_', ' ');
    ++counts[{hole.what, std::move(why)}];
  }
  if (!extra.empty()) {
    return Failed("report.json lists as left out what is here, or what nothing names: " +
                  Joined(extra, ", "));
  }
  std::vector<std::string> whats;
  for (const auto& [hole, count] : counts) {
    whats.push_back(hole.first + ", " + hole.second + " (" + std::to_string(count) + ")");
  }
  const std::string said =
      std::to_string(holes.size()) +
      " things were left out, of which only digests are here: " + Joined(whats, ", ");
  bundle.notes.push_back(said);
  return said;
}

}  // namespace reprise::tracker
