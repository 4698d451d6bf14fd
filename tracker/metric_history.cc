#include "tracker/metric_history.h"

namespace reprise::tracker {

Result<std::vector<lineage::MetricPoint>> MetricHistory(Store& store, const StoredRun& run,
                                                        const std::string& key) {
  std::vector<lineage::MetricPoint> all;
  const auto take = [&](std::span<const lineage::MetricPoint> points) {
    all.insert(all.end(), points.begin(), points.end());
  };
  REPRISE_TRY(VisitMetricHistory(store, run, key, take));
  return all;
}

Result<void> VisitMetricHistory(
    Store& store, const StoredRun& run, const std::string& key,
    const std::function<void(std::span<const lineage::MetricPoint>)>& visit) {
  const auto metric = run.record.metrics.find(key);
  if (metric == run.record.metrics.end()) {
    std::string known;
    for (const auto& [name, summary] : run.record.metrics) {
      known += (known.empty() ? "" : ", ") + Printable(name);
    }
    return Error{ErrorCode::kNotFound, "the run has no metric '" + Printable(key) + "'" +
                                           (known.empty() ? std::string() : "; it has " + known)};
  }
  // A series may be larger than what Get() holds; its encoding is compact, so it is read whole.
  std::string encoded;
  REPRISE_TRY(store.objects().Read(metric->second.series, [&](ByteSpan part) -> Result<void> {
    encoded += AsText(part);
    return {};
  }));
  lineage::SeriesDecoder decoder(encoded);
  std::vector<lineage::MetricPoint> block;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, decoder.Next(block));
    if (!more) return {};
    visit(block);
  }
}

}  // namespace reprise::tracker
