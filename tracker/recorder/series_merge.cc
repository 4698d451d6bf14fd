// Of the writers' next points, the earliest comes first, and of equal ones that of the first
// writer. Where the clock was set back a writer's times are not in order, and its points keep
// theirs.
//
// Each writer has a window of decoded points.  Where many wrote at once, the windows are shorter
// than a block of points, which is then decoded once for each window: time is what memory costs.

#include "tracker/recorder/series_merge.h"

#include <algorithm>

namespace reprise::tracker {
namespace {

constexpr std::size_t kWindowPointsMin = 64;
constexpr std::size_t kWindowPointsMax = 65536;  // Those of a block.

// How much of the journal may be in memory.  A look brings its surroundings, too.
constexpr std::uint64_t kLookedAtBytesMax = 8U << 20;
constexpr std::uint64_t kSurroundingsBytes = 64U << 10;

}  // namespace

SeriesMerge::SeriesMerge(ByteSpan journal, SeriesPlaces places, std::function<void()> forget)
    : journal_(journal), forget_(std::move(forget)) {
  for (auto& of_writer : places) lanes_.emplace_back().places = std::move(of_writer.second);
  window_points_max_ = std::clamp(kMergedPointsMax / std::max<std::size_t>(lanes_.size(), 1),
                                  kWindowPointsMin, kWindowPointsMax);
}

Result<std::optional<lineage::MetricPoint>> SeriesMerge::Next() {
  if (!std::exchange(begun_, true)) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) REPRISE_TRY(PushHead(i));
  }
  if (heads_.empty()) return std::optional<lineage::MetricPoint>();
  const std::size_t earliest = heads_.top().second;
  heads_.pop();
  Lane& lane = lanes_[earliest];
  const lineage::MetricPoint point = lane.window[lane.position++];
  REPRISE_TRY(PushHead(earliest));
  return std::optional(point);
}

Result<void> SeriesMerge::PushHead(std::size_t index) {
  Lane& lane = lanes_[index];
  if (lane.position == lane.window.size()) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, Refill(lane));
    if (!more) return {};
  }
  heads_.emplace(lane.window[lane.position].time_unix_ms, index);
  return {};
}

// False when the writer recorded nothing more.
Result<bool> SeriesMerge::Refill(Lane& lane) {
  held_points_ -= lane.window.size();
  lane.window = {};
  lane.position = 0;
  for (;;) {
    if (!lane.decoder.has_value()) {
      if (lane.next_place == lane.places.size()) return false;
      const BlockPlace& place = lane.places[lane.next_place++];
      lane.decoder.emplace(AsText(journal_.subspan(place.offset, place.size_bytes)));
    }
    const lineage::SeriesDecoder before = *lane.decoder;
    REPRISE_ASSIGN_OR_RETURN(const bool more, lane.decoder->Next(block_));
    looked_at_bytes_ += kSurroundingsBytes + block_.size();
    if (looked_at_bytes_ > kLookedAtBytesMax && forget_) {
      forget_();
      looked_at_bytes_ = 0;
    }
    if (!more) {
      lane.decoder.reset();
      continue;
    }
    const std::size_t begin = std::min(lane.skip, block_.size());
    const std::size_t end = std::min(begin + window_points_max_, block_.size());
    lane.skip = end < block_.size() ? end : 0;
    if (lane.skip > 0) lane.decoder = before;
    if (begin == end) continue;  // A block may hold no point.
    const auto at = [&](std::size_t i) { return block_.begin() + static_cast<std::ptrdiff_t>(i); };
    lane.window.assign(at(begin), at(end));
    held_points_ += lane.window.size();
    held_points_max_ = std::max(held_points_max_, held_points_);
    return true;
  }
}

}  // namespace reprise::tracker
