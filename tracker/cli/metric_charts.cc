#include "tracker/cli/metric_charts.h"

#include <algorithm>
#include <set>

#include "lineage/render/chart.h"
#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/metric_history.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

bool HasMetric(const KnownRun& known, const std::string& key) {
  return known.run.record.metrics.contains(key) ||
         (known.live.has_value() && known.live->series.contains(key));
}

void AddKeys(const KnownRun& known, std::set<std::string>& keys) {
  for (const auto& [key, metric] : known.run.record.metrics) keys.insert(key);
  if (!known.live.has_value()) return;
  for (const auto& [key, points] : known.live->series) keys.insert(key);
}

// The file that -o names; it must be new, so that nothing is lost by a slip.
Result<std::optional<std::string>> NewFile(const ChartRequest& request, const Context& context) {
  if (!request.output.has_value() || *request.output == "-") return std::optional<std::string>();
  REPRISE_TRY(RequireText(*request.output, "--output"));
  std::string path = tracker::AbsolutePath(*request.output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, path));
  if (Exists(context.files, path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(*request.output) + "' is there already; name a new file with -o"};
  }
  return std::optional(std::move(path));
}

// Their points are read when they are drawn.  `store` and `runs` must outlive them.
std::vector<lineage::Chart> ChartsOf(tracker::Store& store, const std::vector<KnownRun>& runs,
                                     const std::vector<std::string>& keys) {
  std::vector<lineage::Chart> charts;
  for (const std::string& key : keys) {
    lineage::Chart chart{key, {}};
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!HasMetric(runs[i], key)) continue;
      chart.lines.push_back({i, [&store, &known = runs[i], key](const auto& visit) {
                               return VisitPoints(store, known, key, visit);
                             }});
    }
    charts.push_back(std::move(chart));
  }
  return charts;
}

}  // namespace

Result<std::vector<lineage::MetricPoint>> PointsOf(tracker::Store& store, const KnownRun& known,
                                                   const std::string& key) {
  std::vector<lineage::MetricPoint> all;
  REPRISE_TRY(VisitPoints(store, known, key, [&](std::span<const lineage::MetricPoint> points) {
    all.insert(all.end(), points.begin(), points.end());
  }));
  return all;
}

Result<void> VisitPoints(tracker::Store& store, const KnownRun& known, const std::string& key,
                         const std::function<void(std::span<const lineage::MetricPoint>)>& visit) {
  if (known.live.has_value()) {
    const auto series = known.live->series.find(key);
    if (series != known.live->series.end()) {
      visit(series->second);
      return {};
    }
  }
  return tracker::VisitMetricHistory(store, known.run, key, visit);
}

Result<int> DrawMetrics(const ChartRequest& request, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::optional<std::string> path, NewFile(request, context));
  if (context.global.json && !path.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--svg writes no JSON to standard output; name a file with -o beside --json"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  std::vector<KnownRun> runs;
  std::vector<std::string> refs = {request.ref};
  REPRISE_ASSIGN_OR_RETURN(runs.emplace_back(), KnownRunOf(*store, context, request.ref));
  std::vector<std::string> keys;
  for (const std::string& word : request.words) {
    if (HasMetric(runs[0], word)) {
      if (std::ranges::find(keys, word) == keys.end()) keys.push_back(word);
      continue;
    }
    auto known = KnownRunOf(*store, context, word);
    if (!known.ok()) {
      return Annotate(std::move(known).error(), "'" + Printable(word) + "' is no metric of " +
                                                    runs[0].run.record.name + " and no run");
    }
    refs.push_back(word);
    runs.push_back(*std::move(known));
  }
  if (keys.empty()) {
    std::set<std::string> all;
    for (const KnownRun& known : runs) AddKeys(known, all);
    keys.assign(all.begin(), all.end());
  }
  if (keys.empty()) context.Warn("the run " + runs[0].run.record.name + " has no metrics");
  std::vector<std::string> labels;
  for (const KnownRun& known : runs) labels.push_back(known.run.record.name);
  REPRISE_ASSIGN_OR_RETURN(const std::string svg,
                           lineage::RenderCharts(ChartsOf(*store, runs, keys), labels,
                                                 {.is_logarithmic = request.is_logarithmic}));
  if (!path.has_value()) {
    context.out << svg;
    return ChosenStatus(*store, refs);
  }
  REPRISE_TRY(WriteFileAtomically(context.files, *path, svg));
  if (context.global.json) {
    Json drawn = Json::Array{};
    for (const KnownRun& known : runs) drawn.Append(known.run.record.id.ToString());
    Json metrics = Json::Array{};
    for (const std::string& key : keys) metrics.Append(key);
    context.PrintJson(Json()
                          .Set("runs", std::move(drawn))
                          .Set("metrics", std::move(metrics))
                          .Set("path", BytesToJson(*path)));
  }
  return ChosenStatus(*store, refs);
}

}  // namespace reprise::cli
