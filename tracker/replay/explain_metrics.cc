#include "tracker/replay/explain_metrics.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lineage/graph.h"
#include "tracker/metric_history.h"

namespace reprise::tracker {
namespace {

// How far a metric is from the original's, for sorting: what cannot be said in numbers is farthest.
double Distance(const MetricComparison& metric) {
  const double distance = metric.relative_difference_max;
  return metric.state >= ComparisonState::kMissing || std::isnan(distance) ? HUGE_VAL : distance;
}

}  // namespace

Result<std::optional<Ulid>> NewestRerunOf(Store& store, const Ulid& original) {
  REPRISE_ASSIGN_OR_RETURN(const auto edges,
                           lineage::EdgesFrom(store.catalog(), lineage::NodeId::Run(original)));
  std::optional<Ulid> newest;
  for (const lineage::Edge& edge : edges) {
    if (edge.kind != lineage::EdgeKind::kReproduces) continue;
    newest = std::max(newest.value_or(edge.to.run), edge.to.run);  // Ids begin with their time.
  }
  return newest;
}

Result<MetricsOfRerun> CompareMetrics(Store& store, const StoredRun& original, const Ulid& rerun) {
  const SeriesReader series = [&](const StoredRun& run, const std::string& key) {
    return MetricHistory(store, run, key);
  };
  REPRISE_ASSIGN_OR_RETURN(const StoredRun other, store.GetRun(rerun));
  REPRISE_ASSIGN_OR_RETURN(Verdict verdict, CompareRuns(original, {&other, 1}, {}, series));
  MetricsOfRerun metrics{
      .rerun = rerun, .rerun_name = other.record.name, .compared = verdict.metrics.size()};
  for (MetricComparison& metric : verdict.metrics) {
    if (metric.state == ComparisonState::kIdentical) continue;
    metrics.differing.push_back(std::move(metric));
  }
  std::ranges::stable_sort(metrics.differing, std::ranges::greater(), Distance);
  return metrics;
}

}  // namespace reprise::tracker
