// Appends one thread's records to its series of segments.
//
// The fast path of a metric point is AppendPoint(): find the key, read the clock, store four words.
// Everything else (a new key, a full segment, any other kind of record) goes through the functions
// that return an errno.
//
// Thread-safety: one thread at a time; a producer passes from an ended thread to a new one under
// the lock of its owner.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sdk/src/segment_file.h"
#include "sdk/src/series_table.h"
#include "sdk/wire/segment.h"

namespace reprise::sdk {

// The clock of metric points, in nanoseconds since 1970.
std::int64_t PointClockNs();

// Lets points have the time of the kernel's last tick (1 to 10 ms ago) where it ticks that often:
// reading that clock costs a quarter of reading the precise one, which would be half of the cost of
// a point.  Other records have precise times.
void ChoosePointClock();

class Producer {
 public:
  struct Place {
    std::string folder;
    std::string run_id;
    std::uint32_t pid = 0;
    std::uint64_t process_start_ticks = 0;
    std::uint32_t session = 0;
    std::uint32_t thread = 0;
  };

  explicit Producer(Place place) : place_(std::move(place)) {}
  ~Producer() { Close(); }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Appends a point if its key is known here and there is room; else changes nothing.
  bool AppendPoint(std::string_view key, double value, std::int64_t step) noexcept {
    if (offset_ + wire::kPointRecordBytes > point_limit_) return false;
    const std::uint32_t series = series_.Find(key);
    if (series == SeriesTable<>::kAbsent) return false;
    StorePoint(series, {step, PointClockNs(), value});
    return true;
  }

  // As AppendPoint(), but takes a new segment if need be.  Returns 0, or the errno why there is
  // none; then the point is counted as lost.  While space lacks, asks for it only ten times a
  // second.  `key` has 1 to kKeyBytesMax bytes.
  int AppendPointSlowly(std::string_view key, double value, std::int64_t step);

  // Appends a record of any other kind: `fixed`, then `texts`.  Returns 0, or the errno why there
  // is no room, which is counted as a lost record.  The payload fits kPayloadBytesMax.
  int AppendRecord(wire::RecordKind kind, std::uint8_t flags, const void* fixed,
                   std::size_t fixed_bytes, std::initializer_list<std::string_view> texts);

  // Marks the current segment as complete and lets go of it.
  void Close();

 private:
  enum class Use { kPoint, kRare };

  void StorePoint(std::uint32_t series, const wire::MetricPointPayload& point) noexcept {
    std::uint64_t words[3];
    static_assert(sizeof(words) == sizeof(point));
    std::memcpy(words, &point, sizeof(words));
    const std::uint64_t header = wire::HeaderWord(wire::RecordKind::kMetricPoint, 0, series);
    std::uint64_t state = wire::CheckStart(header, offset_);
    for (const std::uint64_t word : words) state = wire::CheckNext(state, word);
    std::byte* record = mapping_.base + offset_;
    std::memcpy(record + sizeof(header), words, sizeof(words));
    wire::StoreRelease(record, wire::WithCheck(header, wire::CheckEnd(state)));
    offset_ += wire::kPointRecordBytes;
  }

  int EnsureRoom(std::size_t size_bytes, Use use);
  int TakeNewSegment(std::size_t size_bytes);
  int DefineSeries(std::string_view key);
  void Populate(std::size_t end);
  void WriteHeader();
  void CountLoss(Use use);

  Place place_;
  SegmentMapping mapping_;
  std::size_t offset_ = 0;
  std::size_t point_limit_ = 0;  // Points go below it without asking.
  std::size_t populated_ = 0;    // Pages below it are in memory.
  SeriesTable<> series_;
  std::uint32_t sequence_ = 0;
  std::size_t next_capacity_ = wire::kSegmentBytesMin;
  std::uint64_t unplaced_points_lost_ = 0;  // While there is no segment to count in.
  std::uint64_t unplaced_records_lost_ = 0;
  std::int64_t retry_at_unix_ns_ = 0;  // Points ask for no space before; 0 while there is some.
};

}  // namespace reprise::sdk
