// The points of one metric series, from where its blocks lie in the journal.
//
// The points of a thread keep their order; those of several threads are merged by time.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Points, decoded, that a merge holds at once whatever the series' length; 48 MiB.
inline constexpr std::size_t kMergedPointsMax = 2U << 20;

struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint32_t size_bytes = 0;
};

// The encoded blocks of one series, by writer, each in the order in which its thread recorded them.
using SeriesPlaces = std::map<std::string, std::vector<BlockPlace>>;

class SeriesMerge {
 public:
  // `journal` is borrowed, and `places` are places in it.  `forget` is called when much of it has
  // been looked at: its memory may then be given back to the system.
  SeriesMerge(ByteSpan journal, SeriesPlaces places, std::function<void()> forget = {});

  // The next point; nothing at the end.
  // Errors: kCorruption  a block is damaged.
  Result<std::optional<lineage::MetricPoint>> Next();

  // The most decoded points that were held at any time.
  std::size_t held_points_max() const { return held_points_max_; }

 private:
  // What one writer recorded.
  struct Lane {
    std::vector<BlockPlace> places;
    std::size_t next_place = 0;
    std::optional<lineage::SeriesDecoder> decoder;  // Of the place before.
    std::size_t skip = 0;  // Points of the decoder's next block that were in the window already.
    std::vector<lineage::MetricPoint> window;
    std::size_t position = 0;
  };
  using Head = std::pair<std::int64_t, std::size_t>;  // Time of a lane's next point, lane.

  Result<bool> Refill(Lane& lane);
  Result<void> PushHead(std::size_t lane);

  ByteSpan journal_;
  std::function<void()> forget_;
  std::vector<Lane> lanes_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
  bool begun_ = false;
  std::size_t window_points_max_ = 0;
  std::vector<lineage::MetricPoint> block_;  // Decoded; kept for its capacity.
  std::uint64_t looked_at_bytes_ = 0;
  std::size_t held_points_ = 0;
  std::size_t held_points_max_ = 0;
};

}  // namespace reprise::tracker
