// The places of the blocks are gathered for as many series at once as they fit into memory, which
// is nearly always all of them: a block takes sixteen bytes.

#include "tracker/recorder/metric_store.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracker/recorder/journal_places.h"
#include "tracker/recorder/piece_source.h"

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;
using lineage::MetricSummary;

// 32 MiB of places, unless one series has more.
constexpr std::uint64_t kPlacesMax = 2U << 20;

using Counted = SeriesBlockCounts::const_iterator;

// The places of the series [first, last).
Result<std::map<std::string, SeriesPlaces>> GatherPlaces(JournalReader& journal, Counted first,
                                                         Counted last) {
  std::map<std::string, SeriesPlaces> places;
  for (Counted series = first; series != last; ++series) places[series->first];
  const std::byte* const begin = journal.bytes().data();
  while (const auto payload = journal.NextPayload()) {
    REPRISE_TRY(VisitPoints(*payload, [&](const PointsPlace& place) -> Result<void> {
      const auto series = places.find(std::string(place.key));
      if (series == places.end()) return {};
      const auto offset = AsBytes(place.block).data() - begin;
      series->second[std::string(place.writer)].push_back(
          {static_cast<std::uint64_t>(offset), static_cast<std::uint32_t>(place.block.size())});
      return {};
    }));
  }
  return places;
}

// The encoded form of a series, and what is to be known of its points, as they pass.
class SeriesSource {
 public:
  explicit SeriesSource(SeriesMerge& points) : points_(points) {}

  // Appends some more bytes; false at the end.
  Result<bool> Next(std::string& out) {
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const auto point, points_.Next());
      if (!point.has_value()) {
        encoder_.Finish();
        out += encoder_.Take();
        return false;
      }
      AddToSummary(*point, summary_);
      values_.Add(*point);
      encoder_.Add(*point);
      const std::string encoded = encoder_.Take();
      out += encoded;
      if (!encoded.empty()) return true;
    }
  }

  MetricSummary TakeSummary() {
    summary_.values = values_.Finish();
    return summary_;
  }

 private:
  SeriesMerge& points_;
  lineage::SeriesEncoder encoder_;
  lineage::SeriesValuesHasher values_;
  MetricSummary summary_ = EmptySummary();
};

}  // namespace

void AddToSummary(const MetricPoint& point, MetricSummary& summary) {
  ++summary.count;
  summary.last = point.value;
  summary.last_step = point.step;
  if (std::isnan(point.value)) return;
  if (std::isnan(summary.min) || point.value < summary.min) summary.min = point.value;
  if (std::isnan(summary.max) || point.value > summary.max) summary.max = point.value;
}

MetricSummary EmptySummary() {
  MetricSummary summary;
  summary.min = summary.max = std::numeric_limits<double>::quiet_NaN();
  return summary;
}

Result<void> ForEachSeries(
    const JournalReader& journal, const SeriesBlockCounts& blocks,
    const std::function<Result<void>(const std::string& key, SeriesMerge& points)>& visit) {
  for (Counted first = blocks.begin(); first != blocks.end();) {
    Counted last = first;
    for (std::uint64_t count = 0; last != blocks.end(); ++last) {
      count += last->second;
      if (last != first && count > kPlacesMax) break;
    }
    JournalReader reader = journal.FromStart();
    REPRISE_ASSIGN_OR_RETURN(auto places, GatherPlaces(reader, first, last));
    for (; first != last; ++first) {
      SeriesMerge points(reader.bytes(), std::move(places[first->first]),
                         [&reader] { reader.Forget(); });
      REPRISE_TRY(visit(first->first, points));
    }
  }
  return {};
}

Result<std::map<std::string, MetricSummary>> StoreSeries(FileSystem& files,
                                                         const std::string& session_folder,
                                                         const SeriesBlockCounts& blocks,
                                                         storage::ObjectWriter& writer) {
  std::map<std::string, MetricSummary> summaries;
  const auto store = [&](const std::string& key, SeriesMerge& points) -> Result<void> {
    SeriesSource source(points);
    REPRISE_ASSIGN_OR_RETURN(
        const storage::PutResult put,
        writer.PutStream(FromPieces([&](std::string& out) { return source.Next(out); })));
    MetricSummary& summary = summaries[key];
    summary = source.TakeSummary();
    summary.series = put.digest;
    return {};
  };
  REPRISE_ASSIGN_OR_RETURN(const JournalReader journal, JournalReader::Open(files, session_folder));
  REPRISE_TRY(ForEachSeries(journal, blocks, store));
  return summaries;
}

}  // namespace reprise::tracker
