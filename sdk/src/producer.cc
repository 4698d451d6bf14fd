// A segment is populated window by window ahead of the writer, which bounds the longest pause of a
// call to the cost of one window (tens of microseconds) where populating a whole segment at once
// would take milliseconds.
//
// When no new segment can be had, points stop at the reserve of the current one, and the header,
// which is always there, counts what was lost.

#include "sdk/src/producer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <utility>

#include "sdk/src/process.h"

namespace reprise::sdk {
namespace {

constexpr std::size_t kPopulateBytes = std::size_t{256} << 10;
constexpr std::int64_t kRetryAfterNs = 100'000'000;

std::atomic<clockid_t> g_point_clock{CLOCK_REALTIME};

}  // namespace

std::int64_t PointClockNs() {
  timespec now;
  clock_gettime(g_point_clock.load(std::memory_order_relaxed), &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

void ChoosePointClock() {
  constexpr long kTickNsMax = 10'000'000;
  timespec tick{};
  const bool coarse = clock_getres(CLOCK_REALTIME_COARSE, &tick) == 0 && tick.tv_sec == 0 &&
                      tick.tv_nsec <= kTickNsMax;
  g_point_clock = coarse ? CLOCK_REALTIME_COARSE : CLOCK_REALTIME;
}

int Producer::AppendPointSlowly(std::string_view key, double value, std::int64_t step) {
  std::uint32_t series = series_.Find(key);
  const std::size_t key_record_bytes =
      sizeof(wire::RecordHeader) + sizeof(wire::MetricKeyPayload) + wire::RoundUpToWord(key.size());
  const std::size_t needed =
      wire::kPointRecordBytes + (series == SeriesTable<>::kAbsent ? key_record_bytes : 0);
  const std::int64_t now_unix_ns = PointClockNs();
  int error = ENOSPC;
  // A clock that was set back must not silence the points for long.
  if (now_unix_ns >= retry_at_unix_ns_ || now_unix_ns < retry_at_unix_ns_ - kRetryAfterNs) {
    error = EnsureRoom(needed, Use::kPoint);
    retry_at_unix_ns_ = error == 0 ? 0 : now_unix_ns + kRetryAfterNs;
  }
  if (error == 0) {
    series = series_.Find(key);  // A new segment has no keys yet.
    if (series == SeriesTable<>::kAbsent) {
      error = EnsureRoom(wire::kPointRecordBytes + key_record_bytes, Use::kPoint);
      if (error == 0) error = DefineSeries(key);
      series = series_.size() - 1;
    }
  }
  if (error != 0) {
    CountLoss(Use::kPoint);
    return error;
  }
  StorePoint(series, {step, now_unix_ns, value});
  return 0;
}

int Producer::DefineSeries(std::string_view key) {
  series_.Reserve();
  const wire::MetricKeyPayload payload{series_.size(), static_cast<std::uint32_t>(key.size())};
  const std::size_t at = offset_;
  if (const int error =
          AppendRecord(wire::RecordKind::kMetricKey, 0, &payload, sizeof(payload), {key});
      error != 0) {
    return error;
  }
  const auto* stored = reinterpret_cast<const char*>(mapping_.base + at) +
                       sizeof(wire::RecordHeader) + sizeof(payload);
  series_.Add({stored, key.size()});
  return 0;
}

int Producer::AppendRecord(wire::RecordKind kind, std::uint8_t flags, const void* fixed,
                           std::size_t fixed_bytes, std::initializer_list<std::string_view> texts) {
  std::size_t payload_bytes = fixed_bytes;
  for (const std::string_view text : texts) payload_bytes += text.size();
  const std::size_t padded_bytes = wire::RoundUpToWord(payload_bytes);
  const std::size_t record_bytes = sizeof(wire::RecordHeader) + padded_bytes;
  // A key was given room before, together with its point.
  if (const int error =
          kind == wire::RecordKind::kMetricKey ? 0 : EnsureRoom(record_bytes, Use::kRare);
      error != 0) {
    CountLoss(Use::kRare);
    return error;
  }
  std::byte* record = mapping_.base + offset_;
  std::byte* at = record + sizeof(wire::RecordHeader);
  std::memcpy(at, fixed, fixed_bytes);
  at += fixed_bytes;
  for (const std::string_view text : texts) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
  }
  // The padding is zero already: nothing was ever written beyond `offset_`.
  const std::uint64_t header =
      wire::HeaderWord(kind, flags, static_cast<std::uint32_t>(payload_bytes));
  const std::uint16_t check =
      wire::RecordCheck(header, offset_, record + sizeof(wire::RecordHeader), padded_bytes);
  wire::StoreRelease(record, wire::WithCheck(header, check));
  offset_ += record_bytes;
  return 0;
}

int Producer::EnsureRoom(std::size_t size_bytes, Use use) {
  const std::size_t end = offset_ + size_bytes;
  if (mapping_.base == nullptr || end > mapping_.size_bytes - wire::kReserveBytes) {
    const int error = TakeNewSegment(size_bytes);
    if (error != 0) {
      const bool fits_reserve =
          use == Use::kRare && mapping_.base != nullptr && end <= mapping_.size_bytes;
      return fits_reserve ? 0 : error;
    }
  }
  Populate(offset_ + size_bytes);
  return 0;
}

int Producer::TakeNewSegment(std::size_t size_bytes) {
  // The record, the header and the reserve fit, in whole windows of the least segment.
  const std::size_t needed = size_bytes + sizeof(wire::SegmentHeader) + wire::kReserveBytes;
  const std::size_t whole =
      (needed + wire::kSegmentBytesMin - 1) / wire::kSegmentBytesMin * wire::kSegmentBytesMin;
  std::size_t capacity = std::max(next_capacity_, whole);
  SegmentMapping fresh;
  int error = 0;
  for (;;) {
    const wire::SegmentName name{place_.pid, place_.process_start_ticks, place_.thread,
                                 sequence_ + 1};
    error = CreateSegmentFile(place_.folder + '/' + FormatSegmentName(name), capacity, &fresh);
    if (error == EEXIST) {
      // The process executed a new program, which keeps its pid and its start time.
      ++sequence_;
    } else if (error != 0 && KindOfErrno(error) == ErrorKind::kNoSpace && capacity > whole) {
      capacity = std::max(capacity / 2, whole);  // A nearly full disk may have less.
    } else {
      break;
    }
  }
  if (error != 0) return error;
  Close();
  mapping_ = fresh;
  ++sequence_;
  next_capacity_ = std::min(std::max(next_capacity_, capacity) * 2, wire::kSegmentBytesMax);
  offset_ = sizeof(wire::SegmentHeader);
  point_limit_ = 0;
  populated_ = 0;
  WriteHeader();
  return 0;
}

void Producer::WriteHeader() {
  wire::SegmentHeader header{};
  header.version = wire::kSegmentVersion;
  header.header_bytes = sizeof(header);
  header.capacity_bytes = mapping_.size_bytes;
  header.pid = place_.pid;
  header.session = place_.session;
  header.process_start_ticks = place_.process_start_ticks;
  header.thread = place_.thread;
  header.sequence = sequence_;
  header.created_unix_ns = NowUnixNs();
  place_.run_id.copy(header.run_id, sizeof(header.run_id));
  header.points_lost = std::exchange(unplaced_points_lost_, 0);
  header.records_lost = std::exchange(unplaced_records_lost_, 0);
  std::memcpy(mapping_.base, &header, sizeof(header));
  wire::StoreRelease(mapping_.base, wire::kSegmentMagic);
}

void Producer::Populate(std::size_t end) {
  if (end > populated_) {
    const std::size_t to =
        std::min((end + kPopulateBytes - 1) / kPopulateBytes * kPopulateBytes, mapping_.size_bytes);
    PopulateSegment(mapping_, populated_, to);
    populated_ = to;
  }
  point_limit_ = std::min(populated_, mapping_.size_bytes - wire::kReserveBytes);
}

void Producer::CountLoss(Use use) {
  if (mapping_.base == nullptr) {
    ++(use == Use::kPoint ? unplaced_points_lost_ : unplaced_records_lost_);
    return;
  }
  auto* header = reinterpret_cast<wire::SegmentHeader*>(mapping_.base);
  std::uint64_t& count = use == Use::kPoint ? header->points_lost : header->records_lost;
  __atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
}

void Producer::Close() {
  if (mapping_.base == nullptr) return;
  auto* header = reinterpret_cast<wire::SegmentHeader*>(mapping_.base);
  wire::StoreRelease(&header->closed, 1);
  series_.Clear();  // Its keys point into the mapping.
  UnmapSegment(mapping_);
  offset_ = 0;
  point_limit_ = 0;
  populated_ = 0;
}

}  // namespace reprise::sdk
