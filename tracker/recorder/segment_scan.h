// Reads the records of one segment (sdk/wire/segment.h, docs/formats/segment.md) out of its bytes.
//
// The bytes may be of a file that a program is writing at this moment, or that a power cut, a bug
// or an enemy has damaged: whatever they are, what comes out is well-formed records, and a count of
// the bytes that could not be read.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sdk/wire/segment.h"
#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// The strings of a record are borrowed for the duration of the visit.

struct PointRecord {
  std::string_view key;
  std::int64_t step = 0;
  std::int64_t unix_ns = 0;  // Of the kernel's last tick, 1 to 10 ms before.
  double value = 0;
};

struct ParamRecord {
  std::int64_t unix_ns = 0;
  wire::ParamType type = wire::ParamType::kString;
  bool overridden = false;
  std::string_view key;
  std::string_view value;  // In force.
  std::string_view given;  // What the program gave, if overridden; else empty.
};

struct FileRecord {
  bool output = false;
  bool evidence = false;  // Of the kind `role`; neither an input nor an output.
  std::int64_t unix_ns = 0;
  FileStat stat;          // When it was named; `disk_bytes` is not known.
  std::string_view path;  // Absolute; symlinks and dots are as the program wrote them.
  std::string_view role;
};

struct LogRecord {
  std::int64_t unix_ns = 0;
  std::uint32_t level = 0;  // 0 debug, 1 info, 2 warning, 3 error.
  bool continues = false;   // The next log record of the same segment series goes on.
  std::string_view text;
};

struct TagRecord {
  std::int64_t unix_ns = 0;
  std::string_view key;
  std::string_view value;
};

struct NoteRecord {
  std::int64_t unix_ns = 0;
  std::string_view text;
};

struct DeriveRecord {
  std::int64_t unix_ns = 0;
  std::string_view column;
  std::string_view sources;  // Names, each ended by a zero byte.
};

struct EvidenceTextRecord {
  std::int64_t unix_ns = 0;
  std::string_view kind;
  std::string_view text;  // A JSON document, as the program says.
};

struct HelloRecord {
  std::int64_t unix_ns = 0;
  std::uint32_t pid = 0;
  std::uint32_t parent_pid = 0;
  std::uint64_t process_start_ticks = 0;
  std::uint32_t session = 0;
  bool forked = false;
  std::string_view sdk_version;
};

struct MappedFileRecord {
  std::int64_t unix_ns = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool deleted = false;
  std::string_view path;
};

struct FinishRecord {
  std::int64_t unix_ns = 0;
  std::uint32_t session = 0;
  bool failed = false;
  bool forked = false;  // Only a forked child's part ended.
};

struct ExitRecord {
  std::int64_t unix_ns = 0;
  std::uint32_t session = 0;
  std::int32_t exit_code = 0;
};

// What is missing, since the last record of this kind from the same segment.
struct LossRecord {
  std::uint64_t points = 0;         // Found no space on the device.
  std::uint64_t records = 0;        // Likewise, of other kinds.
  std::uint64_t damaged_bytes = 0;  // Were there and could not be read.
};

using SegmentRecord = std::variant<PointRecord, ParamRecord, FileRecord, LogRecord, TagRecord,
                                   NoteRecord, DeriveRecord, EvidenceTextRecord, HelloRecord,
                                   MappedFileRecord, FinishRecord, ExitRecord, LossRecord>;

// How far a segment has been read.  What a reader stores to go on where it, or its predecessor,
// stopped.
struct SegmentCursor {
  std::int64_t created_unix_ns = 0;  // Of the segment: names can come again.
  std::uint64_t offset = 0;          // Of the first record that is not read; 0: none is.
  std::uint64_t points_lost = 0;     // That have been told of.
  std::uint64_t records_lost = 0;

  friend bool operator==(const SegmentCursor&, const SegmentCursor&) = default;
};

// What is known of a segment between two scans.
struct SegmentState {
  SegmentCursor cursor;
  std::vector<std::string> keys;  // Of the series, by number; of the records before keys_offset.
  std::uint64_t keys_offset = 0;
  std::uint64_t damaged_bytes = 0;  // Met and not yet told of.
};

enum class Writer {
  kMayLive,  // A zero header word is where it stands.
  kIsGone,   // Nothing will change: what follows a zero header word is torn or was lost.
};

// The header, if the segment is there yet: its creator writes the magic number last.
// Errors: kNotFound            not there yet (too short, or no magic number).
//         kUnsupportedVersion  another version of the SDK wrote it.
//         kCorruption          its fields contradict each other or the size of the file.
Result<wire::SegmentHeader> ReadSegmentHeader(ByteSpan bytes);

// Likewise for a segment that nobody writes to any more: of one that is damaged or was cut short,
// what its header should be, for whole records stand behind it nevertheless.
// Errors: kNotFound            never begun: all bytes are zero.
//         kUnsupportedVersion  as above.
//         kCorruption          there is no room for a record.
Result<wire::SegmentHeader> ReadLeftHeader(ByteSpan bytes);

// Calls `visit` for each record from the cursor on and moves the cursor behind it.  Stops when
// `visit` fails, with the cursor before the record that it failed for.  After an error of its own
// nothing was visited.  `bytes` must be 8-byte aligned, as mappings are.
//
// Errors: those of ReadSegmentHeader(), once the writer is gone of ReadLeftHeader(), and of
// `visit`.
Result<void> ScanSegment(ByteSpan bytes, Writer writer, SegmentState& state,
                         const std::function<Result<void>(const SegmentRecord&)>& visit);

}  // namespace reprise::tracker
