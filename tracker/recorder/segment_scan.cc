// A record counts only if its header word, its size, its check and its fields agree.  Where they do
// not, the scan goes on word by word until a record stands there whose check agrees; the check
// covers the place of a record, so that bytes which only look like one are taken for one once in
// 65536 times, and then must still decode.

#include "tracker/recorder/segment_scan.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace reprise::tracker {
namespace {

using wire::RecordKind;

// A record whose header word and check agree.
struct RawRecord {
  RecordKind kind;
  std::uint8_t flags;
  std::uint32_t argument;
  ByteSpan payload;  // Without padding.
  std::uint64_t next_offset;
};

bool IsKnown(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(RecordKind::kMetricKey) &&
         kind <= static_cast<std::uint8_t>(RecordKind::kEvidenceText);
}

std::optional<RawRecord> ReadRecord(ByteSpan bytes, std::uint64_t offset) {
  const std::uint64_t word = wire::LoadAcquire(bytes.data() + offset);
  const wire::RecordHeader header = wire::ParseHeaderWord(word);
  if (!IsKnown(header.kind)) return std::nullopt;
  const auto kind = static_cast<RecordKind>(header.kind);
  const std::uint64_t payload_bytes =
      kind == RecordKind::kMetricPoint ? wire::kPointPayloadBytes : header.argument;
  const std::uint64_t start = offset + sizeof(header);
  if (payload_bytes > wire::kPayloadBytesMax) return std::nullopt;
  const std::size_t padded_bytes = wire::RoundUpToWord(payload_bytes);
  if (padded_bytes > bytes.size() - start) return std::nullopt;
  const std::uint64_t without_check = wire::HeaderWord(kind, header.flags, header.argument);
  if (wire::RecordCheck(without_check, offset, bytes.data() + start, padded_bytes) !=
      header.check) {
    return std::nullopt;
  }
  return RawRecord{kind, header.flags, header.argument, bytes.subspan(start, payload_bytes),
                   start + padded_bytes};
}

// Takes a payload apart: a struct, then strings that fill the rest exactly.
class Decoder {
 public:
  explicit Decoder(ByteSpan payload) : rest_(payload) {}

  template <typename T>
  bool Struct(T& value) {
    if (rest_.size() < sizeof(T)) return false;
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_ = rest_.subspan(sizeof(T));
    return true;
  }

  bool Text(std::uint32_t size_bytes, std::size_t size_bytes_max, std::string_view& text) {
    if (size_bytes > rest_.size() || size_bytes > size_bytes_max) return false;
    text = AsText(rest_.first(size_bytes));
    rest_ = rest_.subspan(size_bytes);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  ByteSpan rest_;
};

using MaybeRecord = std::optional<SegmentRecord>;

MaybeRecord DecodeParam(Decoder decoder) {
  wire::ParamPayload fixed;
  ParamRecord record;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.key_bytes, wire::kKeyBytesMax, record.key) ||
      !decoder.Text(fixed.value_bytes, wire::kTextBytesMax, record.value) ||
      !decoder.Text(fixed.given_bytes, wire::kTextBytesMax, record.given) || !decoder.AtEnd() ||
      record.key.empty() || fixed.type < static_cast<std::uint8_t>(wire::ParamType::kInt) ||
      fixed.type > static_cast<std::uint8_t>(wire::ParamType::kJson) || fixed.overridden > 1) {
    return std::nullopt;
  }
  record.unix_ns = fixed.unix_ns;
  record.type = static_cast<wire::ParamType>(fixed.type);
  record.overridden = fixed.overridden == 1;
  return record;
}

MaybeRecord DecodeFile(Decoder decoder, bool output) {
  wire::FilePayload fixed;
  FileRecord record;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.path_bytes, wire::kPathBytesMax, record.path) ||
      !decoder.Text(fixed.role_bytes, wire::kKeyBytesMax, record.role) || !decoder.AtEnd() ||
      !record.path.starts_with('/') || record.path.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  record.output = output;
  record.unix_ns = fixed.unix_ns;
  record.stat.device = fixed.device;
  record.stat.inode = fixed.inode;
  record.stat.size_bytes = fixed.size_bytes;
  record.stat.mtime_unix_ns = fixed.mtime_unix_ns;
  record.stat.ctime_unix_ns = fixed.ctime_unix_ns;
  record.stat.mode = fixed.mode;
  record.stat.executable = (fixed.mode & S_IXUSR) != 0;
  record.stat.kind = S_ISREG(fixed.mode)   ? FileKind::kFile
                     : S_ISDIR(fixed.mode) ? FileKind::kDirectory
                                           : FileKind::kOther;
  return record;
}

MaybeRecord DecodeLog(Decoder decoder, std::uint8_t flags) {
  wire::LogPayload fixed;
  std::string_view text;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.text_bytes, wire::kTextBytesMax, text) ||
      !decoder.AtEnd() || fixed.level > 3) {
    return std::nullopt;
  }
  return LogRecord{fixed.unix_ns, fixed.level, (flags & wire::kLogContinues) != 0, text};
}

MaybeRecord DecodeTag(Decoder decoder) {
  wire::TagPayload fixed;
  TagRecord record;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.key_bytes, wire::kKeyBytesMax, record.key) ||
      !decoder.Text(fixed.value_bytes, wire::kTextBytesMax, record.value) || !decoder.AtEnd() ||
      record.key.empty()) {
    return std::nullopt;
  }
  record.unix_ns = fixed.unix_ns;
  return record;
}

MaybeRecord DecodeNote(Decoder decoder) {
  wire::NotePayload fixed;
  NoteRecord record;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.text_bytes, wire::kTextBytesMax, record.text) ||
      !decoder.AtEnd()) {
    return std::nullopt;
  }
  record.unix_ns = fixed.unix_ns;
  return record;
}

MaybeRecord DecodeDerive(Decoder decoder) {
  wire::DerivePayload fixed;
  DeriveRecord record;
  if (!decoder.Struct(fixed) ||
      !decoder.Text(fixed.column_bytes, wire::kKeyBytesMax, record.column) ||
      !decoder.Text(fixed.sources_bytes, wire::kTextBytesMax, record.sources) || !decoder.AtEnd() ||
      record.column.empty() || !record.sources.ends_with('\0')) {
    return std::nullopt;
  }
  record.unix_ns = fixed.unix_ns;
  return record;
}

MaybeRecord DecodeEvidenceFile(Decoder decoder) {
  MaybeRecord record = DecodeFile(decoder, false);
  if (!record.has_value()) return record;
  auto& file = std::get<FileRecord>(*record);
  if (file.role.empty()) return std::nullopt;
  file.evidence = true;
  return record;
}

MaybeRecord DecodeEvidenceText(Decoder decoder) {
  wire::EvidenceTextPayload fixed;
  EvidenceTextRecord record;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.kind_bytes, wire::kKeyBytesMax, record.kind) ||
      !decoder.Text(fixed.text_bytes, wire::kTextBytesMax, record.text) || !decoder.AtEnd() ||
      record.kind.empty()) {
    return std::nullopt;
  }
  record.unix_ns = fixed.unix_ns;
  return record;
}

MaybeRecord DecodeHello(Decoder decoder) {
  wire::HelloPayload fixed;
  std::string_view version;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.version_bytes, wire::kKeyBytesMax, version) ||
      !decoder.AtEnd()) {
    return std::nullopt;
  }
  return HelloRecord{fixed.unix_ns, fixed.pid,         fixed.parent_pid, fixed.process_start_ticks,
                     fixed.session, fixed.forked != 0, version};
}

MaybeRecord DecodeMappedFile(Decoder decoder) {
  wire::MappedFilePayload fixed;
  std::string_view path;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.path_bytes, wire::kPathBytesMax, path) ||
      !decoder.AtEnd() || !path.starts_with('/')) {
    return std::nullopt;
  }
  return MappedFileRecord{fixed.unix_ns, fixed.device, fixed.inode, fixed.deleted != 0, path};
}

MaybeRecord DecodeFinish(Decoder decoder) {
  wire::FinishPayload fixed;
  if (!decoder.Struct(fixed) || !decoder.AtEnd()) return std::nullopt;
  return FinishRecord{fixed.unix_ns, fixed.session, fixed.status != 0, fixed.forked != 0};
}

MaybeRecord DecodeExit(Decoder decoder) {
  wire::ExitPayload fixed;
  if (!decoder.Struct(fixed) || !decoder.AtEnd()) return std::nullopt;
  return ExitRecord{fixed.unix_ns, fixed.session, fixed.exit_code};
}

MaybeRecord DecodePoint(const RawRecord& raw, const std::vector<std::string>& keys) {
  wire::MetricPointPayload fixed;
  if (!Decoder(raw.payload).Struct(fixed) || raw.argument >= keys.size()) return std::nullopt;
  return PointRecord{keys[raw.argument], fixed.step, fixed.unix_ns, fixed.value};
}

MaybeRecord Decode(const RawRecord& raw, const std::vector<std::string>& keys) {
  const Decoder decoder(raw.payload);
  switch (raw.kind) {
    case RecordKind::kMetricKey:
      return std::nullopt;  // DefineKey() takes it.
    case RecordKind::kMetricPoint:
      return DecodePoint(raw, keys);
    case RecordKind::kParam:
      return DecodeParam(decoder);
    case RecordKind::kInput:
      return DecodeFile(decoder, false);
    case RecordKind::kOutput:
      return DecodeFile(decoder, true);
    case RecordKind::kLog:
      return DecodeLog(decoder, raw.flags);
    case RecordKind::kTag:
      return DecodeTag(decoder);
    case RecordKind::kNote:
      return DecodeNote(decoder);
    case RecordKind::kDerive:
      return DecodeDerive(decoder);
    case RecordKind::kEvidenceFile:
      return DecodeEvidenceFile(decoder);
    case RecordKind::kEvidenceText:
      return DecodeEvidenceText(decoder);
    case RecordKind::kHello:
      return DecodeHello(decoder);
    case RecordKind::kMappedFile:
      return DecodeMappedFile(decoder);
    case RecordKind::kFinish:
      return DecodeFinish(decoder);
    case RecordKind::kExit:
      return DecodeExit(decoder);
  }
  return std::nullopt;
}

// Adds the key that `raw` defines.  A number that is not the next one means that definitions before
// it were lost; their points are then damage too.
bool DefineKey(const RawRecord& raw, std::vector<std::string>& keys) {
  Decoder decoder(raw.payload);
  wire::MetricKeyPayload fixed;
  std::string_view key;
  if (!decoder.Struct(fixed) || !decoder.Text(fixed.key_bytes, wire::kKeyBytesMax, key) ||
      !decoder.AtEnd() || key.empty() || fixed.series != keys.size()) {
    return false;
  }
  keys.emplace_back(key);
  return true;
}

// The offset of the next readable record after `offset`, or the end.
std::uint64_t Resynchronise(ByteSpan bytes, std::uint64_t offset) {
  for (offset += 8; offset + 8 <= bytes.size(); offset += 8) {
    if (wire::LoadAcquire(bytes.data() + offset) != 0 && ReadRecord(bytes, offset)) return offset;
  }
  return bytes.size();
}

// The size of [from, to) up to its last word that is not zero.
std::uint64_t NonzeroBytes(ByteSpan bytes, std::uint64_t from, std::uint64_t to) {
  while (to > from && wire::LoadAcquire(bytes.data() + to - 8) == 0) to -= 8;
  return to - from;
}

// Learns the keys that records before `end` define, for a reader that goes on where another
// stopped.
void LearnKeys(ByteSpan bytes, std::uint64_t end, SegmentState& state) {
  while (state.keys_offset < end) {
    const auto raw = ReadRecord(bytes, state.keys_offset);
    if (!raw) {
      state.keys_offset = std::min(Resynchronise(bytes, state.keys_offset), end);
      continue;
    }
    if (raw->kind == RecordKind::kMetricKey) DefineKey(*raw, state.keys);
    state.keys_offset = raw->next_offset;
  }
}

}  // namespace

Result<wire::SegmentHeader> ReadSegmentHeader(ByteSpan bytes) {
  wire::SegmentHeader header;
  if (bytes.size() < sizeof(header) || wire::LoadAcquire(bytes.data()) != wire::kSegmentMagic) {
    return Error{ErrorCode::kNotFound, "the segment has not been begun"};
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != wire::kSegmentVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the segment has version " + std::to_string(header.version) +
                     ", this program reads version " + std::to_string(wire::kSegmentVersion) +
                     "; use an SDK and a reprise command of the same release"};
  }
  if (header.header_bytes != sizeof(header) || header.capacity_bytes != bytes.size() ||
      bytes.size() % 8 != 0) {
    return Error{ErrorCode::kCorruption, "the segment's header does not fit its file of " +
                                             std::to_string(bytes.size()) + " bytes"};
  }
  return header;
}

Result<wire::SegmentHeader> ReadLeftHeader(ByteSpan bytes) {
  auto whole = ReadSegmentHeader(bytes);
  if (whole.ok() || whole.error().code == ErrorCode::kUnsupportedVersion) return whole;
  if (bytes.size() < sizeof(wire::SegmentHeader)) {
    const bool is_zero =
        std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; });
    if (is_zero) return Error{ErrorCode::kNotFound, "the segment has not been begun"};
    return Error{ErrorCode::kCorruption, "the segment is cut short within its header"};
  }
  const std::uint64_t words_bytes = bytes.size() / 8 * 8;
  if (NonzeroBytes(bytes, 0, words_bytes) == 0) return whole;
  wire::SegmentHeader header{};
  const bool has_begun = wire::LoadAcquire(bytes.data()) == wire::kSegmentMagic;
  if (has_begun) std::memcpy(&header, bytes.data(), sizeof(header));
  header.header_bytes = sizeof(header);
  header.capacity_bytes = words_bytes;
  return header;
}

Result<void> ScanSegment(ByteSpan bytes, Writer writer, SegmentState& state,
                         const std::function<Result<void>(const SegmentRecord&)>& visit) {
  auto read = ReadSegmentHeader(bytes);
  const bool is_damaged = !read.ok() && writer == Writer::kIsGone;
  if (is_damaged) read = ReadLeftHeader(bytes);
  REPRISE_ASSIGN_OR_RETURN(wire::SegmentHeader header, std::move(read));
  if (is_damaged) {
    bytes = bytes.first(header.capacity_bytes);
    if (state.cursor.offset != 0) header.created_unix_ns = state.cursor.created_unix_ns;
  }
  if (state.cursor.offset == 0 || state.cursor.created_unix_ns != header.created_unix_ns) {
    state = {};
    state.cursor.created_unix_ns = header.created_unix_ns;
    state.cursor.offset = header.header_bytes;
    if (is_damaged) state.damaged_bytes = sizeof(header);
  }
  // A stored cursor may be anything.
  std::uint64_t& offset = state.cursor.offset;
  offset = std::clamp<std::uint64_t>(offset / 8 * 8, header.header_bytes, bytes.size());
  if (state.keys_offset == 0) state.keys_offset = header.header_bytes;
  LearnKeys(bytes, offset, state);

  // Read before any record, so that all records of a closed segment are visible.
  const bool is_final =
      writer == Writer::kIsGone ||
      wire::LoadAcquire(bytes.data() + offsetof(wire::SegmentHeader, closed)) != 0;
  while (offset + 8 <= bytes.size()) {
    const bool is_zero = wire::LoadAcquire(bytes.data() + offset) == 0;
    if (is_zero && !is_final) break;
    const auto raw = is_zero ? std::nullopt : ReadRecord(bytes, offset);
    if (!raw) {
      const std::uint64_t next = Resynchronise(bytes, offset);
      if (next == bytes.size() && !is_final) break;
      state.damaged_bytes +=
          next < bytes.size() ? next - offset : NonzeroBytes(bytes, offset, next);
      offset = next;
    } else if (raw->kind == RecordKind::kMetricKey) {
      if (!DefineKey(*raw, state.keys)) state.damaged_bytes += raw->next_offset - offset;
      offset = raw->next_offset;
    } else if (const auto record = Decode(*raw, state.keys)) {
      REPRISE_TRY(visit(*record));
      offset = raw->next_offset;
    } else {
      state.damaged_bytes += raw->next_offset - offset;
      offset = raw->next_offset;
    }
    state.keys_offset = offset;
  }

  const LossRecord loss{
      header.points_lost - std::min(header.points_lost, state.cursor.points_lost),
      header.records_lost - std::min(header.records_lost, state.cursor.records_lost),
      state.damaged_bytes};
  if (loss.points > 0 || loss.records > 0 || loss.damaged_bytes > 0) {
    REPRISE_TRY(visit(loss));
    state.cursor.points_lost = std::max(header.points_lost, state.cursor.points_lost);
    state.cursor.records_lost = std::max(header.records_lost, state.cursor.records_lost);
    state.damaged_bytes = 0;
  }
  return {};
}

}  // namespace reprise::tracker
