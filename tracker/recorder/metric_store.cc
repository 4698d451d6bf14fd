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

}  // namespace

Result<std::vector<MetricPoint>> DecodeBlocks(const std::vector<std::string>& blocks) {
  std::vector<MetricPoint> points;
  for (const std::string& block : blocks) {
    REPRISE_ASSIGN_OR_RETURN(const auto decoded, lineage::DecodeSeries(block));
    points.insert(points.end(), decoded.begin(), decoded.end());
  }
  return points;
}

MetricSummary Summarise(const std::vector<MetricPoint>& points) {
  MetricSummary summary;
  summary.min = summary.max = std::numeric_limits<double>::quiet_NaN();
  for (const MetricPoint& point : points) AddPoint(point, summary);
  return summary;
}

Result<std::map<std::string, MetricSummary>> StoreSeries(
    const std::map<std::string, std::vector<std::string>>& blocks, storage::ObjectWriter& writer) {
  std::map<std::string, MetricSummary> summaries;
  for (const auto& [key, series] : blocks) {
    REPRISE_ASSIGN_OR_RETURN(const auto points, DecodeBlocks(series));
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
