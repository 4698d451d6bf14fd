// Segments: how a training process hands what it reports to the recorder.
//
// A segment is a preallocated, memory-mapped file in the run's inbox folder.  One thread of one
// process appends records to it; the recorder reads them.  Because the mapping is of a file, what
// was appended is in the page cache: it outlives a SIGKILL of either side.  Because every block is
// allocated before the file is mapped, a full disk cannot raise SIGBUS.
//
// A record is a header word, then a payload of whole words; both are 8-byte aligned.  The header
// word is written last, with release order, so that a record is either wholly visible or absent,
// and the first zero header word is where the writer stands.  Integers are little-endian.
// docs/formats/segment.md has the grammar and a worked example.
//
// This header depends on nothing else in the project.  Thread-safety: pure functions and plain
// structs.

#pragma once

#include <atomic>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace reprise::wire {

static_assert(std::endian::native == std::endian::little, "byte swapping is not written yet");

inline constexpr std::uint64_t kSegmentMagic = 0x3130474553525052;  // "RPRSEG01"
inline constexpr std::uint32_t kSegmentVersion = 1;

// Sizes of whole files, header included.  Each segment of a thread is twice its predecessor, up to
// the maximum; only a record that would not fit makes a larger one.
inline constexpr std::size_t kSegmentBytesMin = std::size_t{64} << 10;
inline constexpr std::size_t kSegmentBytesMax = std::size_t{8} << 20;

// Metric points stop this far before the end of a segment.  If the disk is full by then, what is
// left still takes the rare records (parameters, outputs, the end of the run).
inline constexpr std::size_t kReserveBytes = std::size_t{4} << 10;

// Limits on what a record holds; the writer refuses or splits, the reader takes more for damage.
inline constexpr std::size_t kKeyBytesMax = std::size_t{4} << 10;  // Of metrics, parameters, tags.
inline constexpr std::size_t kPathBytesMax = std::size_t{16} << 10;  // PATH_MAX is 4 KiB.
inline constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;   // Values, notes, log pieces.
inline constexpr std::size_t kPayloadBytesMax = std::size_t{4} << 20;

// The first bytes of the file.  `magic` is written last, with release order: until then the segment
// is not there yet.  The fields after `run_id` change; the others never do.
struct SegmentHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  // Where the first record stands.
  std::uint64_t capacity_bytes;
  std::uint32_t pid;
  std::uint32_t session;              // Ordinal of the Run within its process, from 1.
  std::uint64_t process_start_ticks;  // Field 22 of /proc/<pid>/stat; 0 if unknown.
  std::uint32_t thread;               // Ordinal of the writing thread's series of segments.
  std::uint32_t sequence;             // Position in that series, from 1.
  std::int64_t created_unix_ns;       // Together with the name: which segment this is.
  char run_id[32];                    // Padded with zeros.
  std::uint64_t closed;               // 1 when nothing more will be appended.
  std::uint64_t points_lost;          // Metric points that found no space, and
  std::uint64_t records_lost;         // other records that found none, since the last record here.
  std::uint64_t reserved[2];
};
static_assert(sizeof(SegmentHeader) == 128 && std::is_trivially_copyable_v<SegmentHeader>);

enum class RecordKind : std::uint8_t {
  kMetricKey = 1,
  kMetricPoint = 2,
  kParam = 3,
  kInput = 4,
  kOutput = 5,
  kLog = 6,
  kTag = 7,
  kNote = 8,
  kHello = 9,
  kMappedFile = 10,
  kFinish = 11,
  kExit = 12,
  kDerive = 13,
  kEvidenceFile = 14,
  kEvidenceText = 15,
};

// The header word.  `argument` is the series of a metric point, whose payload always has
// kPointPayloadBytes; of every other kind it is the size of the payload in bytes before padding.
// `check` is RecordCheck(): it finds pages that a power cut lost, and reads that go astray.
struct RecordHeader {
  std::uint8_t kind;
  std::uint8_t flags;
  std::uint16_t check;
  std::uint32_t argument;
};
static_assert(sizeof(RecordHeader) == 8);

// Payloads.  Strings follow the struct without separators, in the order of their sizes; the payload
// is padded with zeros to whole words.

struct MetricKeyPayload {  // Defines `series` for the points that follow in this segment.
  std::uint32_t series;    // Counted from 0 in each segment.
  std::uint32_t key_bytes;
};

struct MetricPointPayload {
  std::int64_t step;
  std::int64_t unix_ns;
  double value;
};
inline constexpr std::size_t kPointPayloadBytes = sizeof(MetricPointPayload);
inline constexpr std::size_t kPointRecordBytes = sizeof(RecordHeader) + kPointPayloadBytes;
static_assert(kPointRecordBytes == 32);

enum class ParamType : std::uint8_t { kInt = 1, kReal = 2, kBool = 3, kString = 4, kJson = 5 };

struct ParamPayload {
  std::int64_t unix_ns;
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;  // The value in force.
  std::uint32_t given_bytes;  // What the program gave, if overridden; else 0.
  std::uint8_t type;
  std::uint8_t overridden;
  std::uint16_t reserved;
};

// kInput, kOutput and kEvidenceFile, whose role is its kind: stat(2), following symlinks, at the
// time of the call.
struct FilePayload {
  std::int64_t unix_ns;
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t size_bytes;
  std::int64_t mtime_unix_ns;
  std::int64_t ctime_unix_ns;
  std::uint32_t mode;
  std::uint32_t path_bytes;  // Absolute, as the program named it.
  std::uint32_t role_bytes;
  std::uint32_t reserved;
};

inline constexpr std::uint8_t kLogContinues = 1;  // Flag: the next log record goes on.

struct LogPayload {
  std::int64_t unix_ns;
  std::uint32_t level;  // 0 debug, 1 info, 2 warning, 3 error.
  std::uint32_t text_bytes;
};

struct TagPayload {
  std::int64_t unix_ns;
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
};

struct NotePayload {
  std::int64_t unix_ns;
  std::uint32_t text_bytes;
  std::uint32_t reserved;
};

struct DerivePayload {  // A column of what the run writes, computed from columns that it read.
  std::int64_t unix_ns;
  std::uint32_t column_bytes;
  std::uint32_t sources_bytes;  // Of all names, each with the zero byte that ends it.
};

struct EvidenceTextPayload {  // A JSON document that is in no file.
  std::int64_t unix_ns;
  std::uint32_t kind_bytes;
  std::uint32_t text_bytes;
};

struct HelloPayload {  // The first record of a process in a run.
  std::int64_t unix_ns;
  std::uint32_t pid;
  std::uint32_t parent_pid;
  std::uint64_t process_start_ticks;
  std::uint32_t session;
  std::uint8_t forked;  // 1 if the process is a fork of one that had joined.
  std::uint8_t reserved[3];
  std::uint32_t version_bytes;  // Of the SDK, as text.
  std::uint32_t reserved2;
};

struct MappedFilePayload {  // A file that was mapped executable, by /proc/self/maps.
  std::int64_t unix_ns;
  std::uint64_t device;
  std::uint64_t inode;
  std::uint32_t path_bytes;
  std::uint8_t deleted;  // 1 if the name was removed or replaced since.
  std::uint8_t reserved[3];
};

struct FinishPayload {  // The program says that it is done.
  std::int64_t unix_ns;
  std::uint32_t session;
  std::uint8_t status;  // 0 finished, 1 failed.
  std::uint8_t forked;  // 1: only a forked child's part ended.
  std::uint16_t reserved;
};

struct ExitPayload {  // The process called exit() without finishing.
  std::int64_t unix_ns;
  std::uint32_t session;
  std::int32_t exit_code;
};

constexpr std::size_t RoundUpToWord(std::size_t size_bytes) { return (size_bytes + 7) / 8 * 8; }

// The 16-bit check of a record: every word of it, and the place where it stands, multiplied
// together as in Fibonacci hashing (Knuth, TAOCP 3, 6.4).  `word` has its check field zero.
inline std::uint64_t CheckStart(std::uint64_t word, std::uint64_t offset) {
  return (word ^ (offset * 0xff51afd7ed558ccd)) * 0x9e3779b97f4a7c15;
}
inline std::uint64_t CheckNext(std::uint64_t state, std::uint64_t word) {
  return (state ^ word) * 0x9e3779b97f4a7c15;
}
inline std::uint16_t CheckEnd(std::uint64_t state) {
  return static_cast<std::uint16_t>(state >> 48);
}
inline std::uint16_t RecordCheck(std::uint64_t word, std::uint64_t offset, const void* payload,
                                 std::size_t payload_bytes_padded) {
  std::uint64_t state = CheckStart(word, offset);
  for (std::size_t at = 0; at < payload_bytes_padded; at += 8) {
    std::uint64_t next;
    std::memcpy(&next, static_cast<const char*>(payload) + at, 8);
    state = CheckNext(state, next);
  }
  return CheckEnd(state);
}

// The header word without its check, and with it.  Never zero, since no kind is.
constexpr std::uint64_t HeaderWord(RecordKind kind, std::uint8_t flags, std::uint32_t argument) {
  return static_cast<std::uint64_t>(kind) | static_cast<std::uint64_t>(flags) << 8 |
         static_cast<std::uint64_t>(argument) << 32;
}
constexpr std::uint64_t WithCheck(std::uint64_t word, std::uint16_t check) {
  return word | static_cast<std::uint64_t>(check) << 16;
}

inline RecordHeader ParseHeaderWord(std::uint64_t word) {
  return std::bit_cast<RecordHeader>(word);
}

// Reads a word that another process may be writing.
inline std::uint64_t LoadAcquire(const void* word) {
  return __atomic_load_n(static_cast<const std::uint64_t*>(word), __ATOMIC_ACQUIRE);
}
inline void StoreRelease(void* word, std::uint64_t value) {
  __atomic_store_n(static_cast<std::uint64_t*>(word), value, __ATOMIC_RELEASE);
}

// Name of a segment file: seg-<pid>-<process start ticks>-<thread>-<sequence>, decimal.
struct SegmentName {
  std::uint32_t pid = 0;
  std::uint64_t process_start_ticks = 0;
  std::uint32_t thread = 0;
  std::uint32_t sequence = 0;

  friend bool operator==(const SegmentName&, const SegmentName&) = default;
};

inline std::string FormatSegmentName(const SegmentName& name) {
  return "seg-" + std::to_string(name.pid) + '-' + std::to_string(name.process_start_ticks) + '-' +
         std::to_string(name.thread) + '-' + std::to_string(name.sequence);
}

// The inverse of FormatSegmentName(); nothing if `text` is not exactly such a name.
inline std::optional<SegmentName> ParseSegmentName(std::string_view text) {
  SegmentName name;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (!text.starts_with("seg")) return std::nullopt;
  at += 3;
  const auto number = [&](auto& value) {
    if (at == end || *at != '-') return false;
    const auto [next, error] = std::from_chars(at + 1, end, value);
    at = next;
    return error == std::errc{};
  };
  if (!number(name.pid) || !number(name.process_start_ticks) || !number(name.thread) ||
      !number(name.sequence) || at != end || FormatSegmentName(name) != text) {
    return std::nullopt;
  }
  return name;
}

}  // namespace reprise::wire
