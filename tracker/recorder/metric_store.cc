#include "tracker/recorder/metric_store.h"

#include <cmath>
#include <limits>

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;
using lineage::MetricSummary;

void AddPoint(const MetricPoint& point, MetricSummary& summary) {
  ++summary.count;
  summary.last = point.value;
  summary.last_step = point.step;
  if (std::isnan(point.value)) return;
  if (std::isnan(summary.min) || point.value < summary.min) summary.min = point.value;
  if (std::isnan(summary.max) || point.value > summary.max) summary.max = point.value;
}

// Not std::merge: where the clock was set back a list is not in order, and keeps the order it has.
std::vector<MetricPoint> MergeByTime(const std::vector<MetricPoint>& left,
                                     const std::vector<MetricPoint>& right) {
  std::vector<MetricPoint> merged;
  merged.reserve(left.size() + right.size());
  auto next_left = left.begin();
  for (const MetricPoint& point : right) {
    while (next_left != left.end() && next_left->time_unix_ms <= point.time_unix_ms) {
      merged.push_back(*next_left++);
    }
    merged.push_back(point);
  }
  merged.insert(merged.end(), next_left, left.end());
  return merged;
}

}  // namespace

Result<std::vector<MetricPoint>> JoinSeries(const SeriesBlocks& blocks) {
  std::vector<MetricPoint> joined;
  for (const auto& [thread, encoded] : blocks) {
    std::vector<MetricPoint> points;
    for (const std::string& block : encoded) {
      REPRISE_ASSIGN_OR_RETURN(const auto decoded, lineage::DecodeSeries(block));
      points.insert(points.end(), decoded.begin(), decoded.end());
    }
    joined = joined.empty() ? std::move(points) : MergeByTime(joined, points);
  }
  return joined;
}

MetricSummary Summarise(const std::vector<MetricPoint>& points) {
  MetricSummary summary;
  summary.min = summary.max = std::numeric_limits<double>::quiet_NaN();
  for (const MetricPoint& point : points) AddPoint(point, summary);
  return summary;
}

Result<std::map<std::string, MetricSummary>> StoreSeries(
    const std::map<std::string, SeriesBlocks>& series, storage::ObjectWriter& writer) {
  std::map<std::string, MetricSummary> summaries;
  for (const auto& [key, blocks] : series) {
    REPRISE_ASSIGN_OR_RETURN(const std::vector<MetricPoint> points, JoinSeries(blocks));
    MetricSummary summary = Summarise(points);
    summary.values = lineage::SeriesValuesDigest(points);
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put,
                             writer.Put(AsBytes(lineage::EncodeSeries(points))));
    summary.series = put.digest;
    summaries.emplace(key, summary);
  }
  return summaries;
}

}  // namespace reprise::tracker
