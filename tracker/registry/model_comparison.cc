#include "tracker/registry/model_comparison.h"

#include <algorithm>
#include <map>
#include <set>

#include "lineage/governance/evidence_content.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "tracker/registry/promotion_gate.h"
#include "tracker/split_role.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;
using Metrics = std::map<std::string, double>;

bool IsHoldOut(const ArtifactUse& use) {
  const auto role = use.role.empty() ? SplitRoleOfPath(use.path) : SplitRoleOf(use.role);
  return role.has_value() && *role != SplitRole();  // Which is "train".
}

// What is recorded of how a version was judged.
struct Judged {
  std::map<Digest, std::string> of_run;  // Inputs, with their paths.
  Metrics run_metrics;                   // What the run logged last.
  Metrics other_metrics;                 // Of evidence that names no dataset.
  std::map<Digest, Metrics> by_dataset;  // Of evidence that names it, the newest.

  std::vector<HoldOut> HoldOuts() const {
    std::vector<HoldOut> all;
    for (const auto& [digest, path] : of_run) all.push_back({digest, path});
    for (const auto& [digest, metrics] : by_dataset) {
      if (!of_run.contains(digest)) all.push_back({digest, ""});
    }
    return all;
  }
  std::set<Digest> OfRun() const {
    std::set<Digest> digests;
    for (const auto& [digest, path] : of_run) digests.insert(digest);
    return digests;
  }
};

void GatherRun(Store& store, const RegisteredModel& model, Judged& judged) {
  if (!model.version.run.has_value()) return;
  const auto run = store.GetRun(*model.version.run);
  if (!run.ok() || !run->recipe.has_value()) return;
  for (const ArtifactUse& use : run->recipe->inputs) {
    if (IsHoldOut(use)) judged.of_run.emplace(use.digest, use.path);
  }
  for (const auto& [key, metric] : run->record.metrics) judged.run_metrics[key] = metric.last;
}

Result<Judged> Gather(Store& store, const RegisteredModel& model) {
  Judged judged;
  GatherRun(store, model, judged);
  REPRISE_ASSIGN_OR_RETURN(const auto evidence,
                           EvidenceOf(store.catalog(), model.version.name, model.version.version));
  for (const lineage::FiledEvidence& filed : evidence) {  // The newest comes last, and counts.
    const ArtifactUse& artifact = filed.evidence.artifact;
    if (filed.evidence.kind != "validation" ||
        artifact.size_bytes > lineage::kTypedEvidenceBytesMax) {
      continue;
    }
    const auto content = store.objects().Get(artifact.digest);
    if (!content.ok()) continue;
    const auto validation = lineage::ReadValidation(*content);
    if (!validation.has_value()) continue;
    Metrics& metrics = validation->dataset.has_value() ? judged.by_dataset[*validation->dataset]
                                                       : judged.other_metrics;
    for (const auto& [name, value] : validation->metrics) metrics[name] = value;
  }
  return judged;
}

void AddMetrics(const Metrics& a, const Metrics& b, std::string_view source,
                std::vector<ComparedMetric>& metrics) {
  std::set<std::string> names;
  for (const auto& [name, value] : a) names.insert(name);
  for (const auto& [name, value] : b) names.insert(name);
  const auto value_of = [](const Metrics& of, const std::string& name) {
    const auto found = of.find(name);
    return found == of.end() ? std::optional<double>() : std::optional(found->second);
  };
  for (const std::string& name : names) {
    metrics.push_back({name, source, value_of(a, name), value_of(b, name)});
  }
}

std::string Described(const RegisteredModel& model, const std::vector<HoldOut>& hold_outs) {
  if (hold_outs.empty()) return "nothing is recorded of what " + model.Name() + " was judged by";
  std::vector<std::string> names;
  for (const HoldOut& hold_out : hold_outs) {
    const std::string digest = hold_out.digest.ToString().substr(0, 19);
    names.push_back(hold_out.path.empty() ? digest
                                          : Printable(hold_out.path) + " (" + digest + ")");
  }
  return model.Name() + " was judged by " + Enumerated(names);
}

}  // namespace

Result<ModelComparison> CompareModels(Store& store, const RegisteredModel& a,
                                      const RegisteredModel& b) {
  REPRISE_ASSIGN_OR_RETURN(const Judged one, Gather(store, a));
  REPRISE_ASSIGN_OR_RETURN(const Judged other, Gather(store, b));
  ModelComparison comparison;
  comparison.a_hold_outs = one.HoldOuts();
  comparison.b_hold_outs = other.HoldOuts();
  for (const auto& [digest, metrics] : one.by_dataset) {
    const auto same = other.by_dataset.find(digest);
    if (same == other.by_dataset.end()) continue;
    const auto path = one.of_run.find(digest);
    comparison.shared.push_back({digest, path == one.of_run.end() ? "" : path->second});
    AddMetrics(metrics, same->second, "evidence", comparison.metrics);
  }
  if (!one.of_run.empty() && one.OfRun() == other.OfRun()) {
    for (const auto& [digest, path] : one.of_run) {
      const bool is_known =
          std::ranges::find(comparison.shared, digest, &HoldOut::digest) != comparison.shared.end();
      if (!is_known) comparison.shared.push_back({digest, path});
    }
    AddMetrics(one.other_metrics, other.other_metrics, "evidence", comparison.metrics);
    AddMetrics(one.run_metrics, other.run_metrics, "run", comparison.metrics);
  }
  if (comparison.shared.empty()) {
    comparison.not_comparable = "different hold-out: " + Described(a, comparison.a_hold_outs) +
                                ", and " + Described(b, comparison.b_hold_outs);
  }
  return comparison;
}

}  // namespace reprise::tracker
