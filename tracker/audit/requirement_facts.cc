#include "tracker/audit/requirement_facts.h"

#include <algorithm>
#include <set>

#include "lineage/model_version.h"
#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

using lineage::CardData;
using lineage::ModelCard;
using lineage::NodeId;

bool HasColumnTag(const BundleData& data, std::string_view tag) {
  return std::ranges::any_of(data.tables, [&](const BundleTable& table) {
    return std::ranges::any_of(table.tags, [&](const auto& column) {
      return std::ranges::find(column.second, tag) != column.second.end();
    });
  });
}

// Runs that `runs` came from, through whatever lies between, and themselves.
std::set<Ulid> RunsAbove(const lineage::Subgraph& graph,
                         const std::vector<const StoredRun*>& runs) {
  std::multimap<NodeId, const NodeId*> origins;
  for (const lineage::Edge& edge : graph.edges) origins.emplace(edge.to, &edge.from);
  std::set<NodeId> met;
  std::vector<NodeId> pending;
  for (const StoredRun* const run : runs) pending.push_back(NodeId::Run(run->record.id));
  std::set<Ulid> above;
  while (!pending.empty()) {
    const NodeId node = pending.back();
    pending.pop_back();
    if (!met.insert(node).second) continue;
    if (node.kind == NodeId::Kind::kRun) above.insert(node.run);
    const auto [begin, end] = origins.equal_range(node);
    for (auto origin = begin; origin != end; ++origin) pending.push_back(*origin->second);
  }
  return above;
}

const StoredRun* FindRun(const BundleContent& content, const Ulid& id) {
  for (const auto* const runs : {&content.runs, &content.upstream, &content.reruns}) {
    for (const StoredRun& run : *runs) {
      if (run.record.id == id) return &run;
    }
  }
  return nullptr;
}

// Whether no store has the bytes any more: what was left out of the bundle alone is still an
// answer.
bool IsGone(const BundleContent& content, const Digest& digest, const std::string& what) {
  const auto hole = content.holes.find({digest, what});
  return hole != content.holes.end() && (hole->second == "erased" || hole->second == "lost");
}

}  // namespace

const StoredRun* RunOfModel(const BundleContent& content, const BundleModel& model) {
  const auto& run = model.model.version.run;
  return run.has_value() ? FindRun(content, *run) : nullptr;
}

std::optional<Digest> CardDigest(const BundleModel& model) {
  std::optional<Digest> digest;
  for (const BundleEvidence& evidence : model.evidence) {
    if (evidence.filed.evidence.kind == lineage::kModelCardKind) {
      digest = evidence.filed.evidence.artifact.digest;
    }
  }
  return digest;
}

RequirementFactFinder::RequirementFactFinder(const BundleContent& content, const BundleModel* model)
    : content_(content), model_(model) {
  ChooseRuns();
  AddCard();
  for (const StoredRun* const run : runs_) {
    AddRun(*run);
    AddData(*run);
  }
  for (const StoredRun* const run : lineage_) Add("lineage", true, run->document);
  AddEvidence();
  AddApprovals();
  AddLedger();
}

std::vector<Digest> RequirementFactFinder::Find(std::string_view fact) const {
  const auto found = found_.find(fact);
  return found == found_.end() ? std::vector<Digest>() : found->second;
}

void RequirementFactFinder::Add(std::string_view fact, bool holds,
                                const std::optional<Digest>& digest) {
  if (!holds || !digest.has_value()) return;
  std::vector<Digest>& digests = found_[std::string(fact)];
  if (std::ranges::find(digests, *digest) == digests.end()) digests.push_back(*digest);
}

void RequirementFactFinder::ChooseRuns() {
  if (model_ == nullptr) {
    for (const StoredRun& run : content_.runs) runs_.push_back(&run);
  } else if (const StoredRun* const run = RunOfModel(content_, *model_)) {
    runs_.push_back(run);
  }
  lineage_ = runs_;
  // A bundle of several versions has what each came from, and other versions are no answer here.
  const std::set<Ulid> above = RunsAbove(content_.lineage, runs_);
  for (const std::vector<StoredRun>* const runs : {&content_.runs, &content_.upstream}) {
    for (const StoredRun& run : *runs) {
      const bool is_above = above.contains(run.record.id);
      if (is_above && std::ranges::find(runs_, &run) == runs_.end()) lineage_.push_back(&run);
    }
  }
}

void RequirementFactFinder::AddCard() {
  if (model_ == nullptr) return;
  Add("model.registration", true, model_->model.registration);
  for (const BundleModel& other : content_.governance.models) {
    const bool is_earlier = other.model.version.name == model_->model.version.name &&
                            other.model.version.version < model_->model.version.version;
    Add("model.earlier_versions", is_earlier, other.model.registration);
  }
  if (!model_->card.has_value()) return;
  const ModelCard& card = *model_->card;
  const std::optional<Digest> digest = CardDigest(*model_);
  Add("model.purpose", !card.purpose.empty(), digest);
  Add("model.intended_use", !card.intended_use.empty(), digest);
  Add("model.owner", !card.owner.empty(), digest);
  Add("model.provider", !card.provider.empty(), digest);
  Add("model.tier", !card.tier.empty(), digest);
  Add("model.materiality", !card.materiality.empty(), digest);
  Add("model.validation_dates", !card.last_validation.empty() && !card.next_validation.empty(),
      digest);
  Add("model.assumptions", !card.assumptions.empty(), digest);
  Add("model.limits", !card.limits.empty(), digest);
  Add("model.restrictions", !card.restrictions.empty(), digest);
  Add("model.risks", !card.risks.empty(), digest);
  Add("model.findings", !card.findings.empty(), digest);
  Add("model.decisions", !card.decisions.empty(), digest);
  Add("model.oversight", !card.oversight.empty(), digest);
  Add("model.monitoring", !card.monitoring.empty(), digest);
  Add("model.explanations", !card.explanations.empty(), digest);
  Add("model.retention", !card.retention.empty(), digest);
  for (const CardData& data : card.data) {
    Add("data.licence", !data.licence.empty(), digest);
    Add("data.origin", !data.origin.empty(), digest);
    Add("data.labelling", !data.labelling.empty(), digest);
    Add("data.personal", !data.personal.empty(), digest);
  }
}

void RequirementFactFinder::AddRun(const StoredRun& run) {
  const lineage::RunRecord& record = run.record;
  Add("run.record", true, run.document);
  Add("run.metrics", !record.metrics.empty(), run.document);
  Add("run.hardware", record.host.is_object() && !record.host.as_object().empty(), run.document);
  if (run.code.has_value()) Add("run.code", true, run.code->tree);
  if (!run.recipe.has_value()) return;
  const lineage::Recipe& recipe = *run.recipe;
  Add("run.command", !recipe.command.empty(), record.recipe);
  Add("run.environment", true, recipe.environment);
  Add("run.parameters", !recipe.parameters.empty(), record.recipe);
  Add("run.seeds", !recipe.Seeds().empty(), record.recipe);
  for (const lineage::ArtifactUse& input : recipe.inputs) Add("data.digests", true, input.digest);
}

void RequirementFactFinder::AddData(const StoredRun& run) {
  if (!run.recipe.has_value()) return;
  std::set<std::string> tables;
  for (const lineage::ArtifactUse& input : run.recipe->inputs) {
    const auto data = content_.data.find(input.digest);
    if (data == content_.data.end()) continue;
    Add("data.licence", !data->second.licence().empty(), input.digest);
    Add("data.personal", HasColumnTag(data->second, "pii"), data->second.settings);
    Add("data.protected", HasColumnTag(data->second, "protected"), data->second.settings);
    for (const BundleTable& table : data->second.tables) tables.insert(table.content.ToString());
  }
  for (const BundleEvent& event : content_.events) {
    const bool is_profile = event.entry.kind == "profile" && tables.contains(event.entry.subject) &&
                            !IsGone(content_, event.entry.payload, "profile");
    Add("data.profiles", is_profile, event.entry.payload);
  }
}

void RequirementFactFinder::AddEvidence() {
  if (model_ == nullptr) return;
  for (const BundleEvidence& evidence : model_->evidence) {
    const Digest& digest = evidence.filed.evidence.artifact.digest;
    Add("evidence." + evidence.filed.evidence.kind, !IsGone(content_, digest, "evidence"), digest);
  }
}

void RequirementFactFinder::AddApprovals() {
  for (const KnownKey& key : content_.governance.keys) Add("signing_keys", true, key.fingerprint);
  for (const BundlePolicy& policy : content_.governance.policies)
    Add("policy", true, policy.digest);
  if (model_ == nullptr) return;
  for (const lineage::FiledApproval& filed : model_->statements) {
    const bool counts =
        !filed.void_because.has_value() && filed.approval.decision == lineage::Decision::kApprove;
    Add("approvals", counts, filed.envelope);
    Add("approvals.independent",
        counts && model_->authors.has_value() && !model_->authors->contains(filed.approval.owner),
        filed.envelope);
  }
  for (const StageChange& change : model_->model.changes) {
    const auto document = lineage::EncodePromotion(change.promotion);
    if (document.ok()) Add("promotions", true, crypto::Sha256(*document));
  }
}

void RequirementFactFinder::AddLedger() {
  Add("ledger", true, content_.signed_state.root);
  Add("ledger.events", !content_.events.empty(), content_.signed_state.root);
  for (const BundleSeal& seal : content_.seals) {
    Add("ledger.confirmations", true, crypto::Sha256(seal.seal.checkpoint_note));
  }
  std::set<std::string> runs;
  for (const StoredRun* const run : runs_) runs.insert(run->record.id.ToString());
  for (const BundleEvent& event : content_.events) {
    Add("reproduction.verdict", event.entry.kind == "verdict" && runs.contains(event.entry.subject),
        event.entry.payload);
  }
}

}  // namespace reprise::tracker
