#include "tracker/metric_history.h"

namespace reprise::tracker {

Result<std::vector<lineage::MetricPoint>> MetricHistory(Store& store, const StoredRun& run,
                                                        const std::string& key) {
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
  return lineage::DecodeSeries(encoded);
}

}  // namespace reprise::tracker
