// Behind damage, the next frame is looked for where the damaged one says that it ends, and if there
// is none, byte by byte.  What a program logged may look like a frame, so the first place counts
// more; and a frame has a form besides its checksum: one field of Frame, exactly as long as the
// payload says, which also makes the search cheap.

#include "tracker/journal.h"

#include "storage/frame_log.h"

namespace reprise::tracker {
namespace {

// "RPRSJRNL", version (u32), zero (u32).
constexpr std::string_view kMagic = "RPRSJRNL";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 16;

constexpr std::size_t kFrameHeaderBytes = 8;  // Length and checksum.

// Longer than any journal whose beginning has never been synced.
constexpr std::size_t kUnsyncedBytesMax = 16U << 20;

// What a reader may hold of what it has read.
constexpr std::uint64_t kHeldBytesMax = 8U << 20;

Result<void> CheckHeader(ByteSpan bytes, const std::string& path) {
  if (bytes.size() < kHeaderBytes || AsText(bytes.first(kMagic.size())) != kMagic) {
    return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' is not a journal"};
  }
  if (LoadLe<std::uint32_t>(bytes, kMagic.size()) > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "'" + Printable(path) + "' was written by a newer release of reprise"};
  }
  return {};
}

// The length that the frame at `offset` claims, if so much is there.
std::optional<std::uint32_t> ClaimedLength(ByteSpan bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < kFrameHeaderBytes) return std::nullopt;
  const auto length = LoadLe<std::uint32_t>(bytes, offset);
  if (length > storage::kFramePayloadBytesMax ||
      length > bytes.size() - offset - kFrameHeaderBytes) {
    return std::nullopt;
  }
  return length;
}

// The payload of the whole frame at `offset`, if there is one.
std::optional<std::string_view> PayloadAt(ByteSpan bytes, std::uint64_t offset) {
  const auto length = ClaimedLength(bytes, offset);
  if (!length.has_value()) return std::nullopt;
  std::optional<std::string_view> found;
  const auto take = [&](std::string_view payload, std::uint64_t) -> Result<void> {
    found = payload;
    return {};
  };
  (void)storage::ScanFrames(bytes.first(offset + kFrameHeaderBytes + *length), offset, take);
  return found;
}

// Whether a payload begins at `offset` that is one field of Frame, `length` bytes in all.
bool HasFormOfFrame(ByteSpan bytes, std::uint64_t offset, std::uint32_t length) {
  constexpr std::uint8_t kLengthDelimited = 2;
  std::size_t at = 0;
  const auto next = [&] { return std::to_integer<std::uint8_t>(bytes[offset + at++]); };
  if (length < 2) return false;
  const std::uint8_t tag = next();
  const int field = tag >> 3;
  if ((tag & 7) != kLengthDelimited || field < v1::Frame::kStartedFieldNumber ||
      field > v1::Frame::kSealedFieldNumber) {
    return false;
  }
  std::uint64_t size = 0;
  for (int shift = 0; shift < 35 && at < length; shift += 7) {
    const std::uint8_t byte = next();
    size |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80) == 0) return at + size == length;
  }
  return false;
}

bool IsFrameOfJournal(ByteSpan bytes, std::uint64_t offset) {
  const auto length = ClaimedLength(bytes, offset);
  return length.has_value() && HasFormOfFrame(bytes, offset + kFrameHeaderBytes, *length) &&
         PayloadAt(bytes, offset).has_value();
}

// Where the next whole frame begins behind the damaged one at `offset`.
std::optional<std::uint64_t> FindFrame(ByteSpan bytes, std::uint64_t offset) {
  if (const auto length = ClaimedLength(bytes, offset)) {
    const std::uint64_t next = offset + kFrameHeaderBytes + *length;
    if (IsFrameOfJournal(bytes, next)) return next;
  }
  for (std::uint64_t at = offset + 1; at + kFrameHeaderBytes <= bytes.size(); ++at) {
    if (IsFrameOfJournal(bytes, at)) return at;
  }
  return std::nullopt;
}

}  // namespace

std::string JournalPath(const std::string& session_folder) {
  return JoinPath(session_folder, "journal");
}

std::string JournalHeader() {
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, std::uint32_t{0});
  return header;
}

JournalReader::JournalReader(std::shared_ptr<FileMapping> mapping, ByteSpan bytes, std::string path)
    : mapping_(std::move(mapping)),
      bytes_(bytes),
      path_(std::move(path)),
      position_(kHeaderBytes) {}

Result<JournalReader> JournalReader::Open(FileSystem& files, const std::string& session_folder) {
  const std::string path = JournalPath(session_folder);
  REPRISE_ASSIGN_OR_RETURN(auto mapping, files.Map(path));
  REPRISE_TRY(CheckHeader(mapping->bytes(), path));
  const ByteSpan bytes = mapping->bytes();
  return JournalReader(std::move(mapping), bytes, path);
}

Result<JournalReader> JournalReader::OpenBytes(ByteSpan bytes, std::string path) {
  REPRISE_TRY(CheckHeader(bytes, path));
  return JournalReader(nullptr, bytes, std::move(path));
}

JournalReader JournalReader::FromStart() const { return {mapping_, bytes_, path_}; }

std::optional<std::string_view> JournalReader::NextPayload() {
  if (position_ - forgotten_ > kHeldBytesMax) {
    Forget();
    forgotten_ = position_;
  }
  std::uint64_t start = position_;
  auto payload = PayloadAt(bytes_, start);
  if (!payload.has_value()) {
    const auto next = FindFrame(bytes_, start);
    if (!next.has_value()) return std::nullopt;
    damaged_bytes_ += *next - start;
    start = *next;
    payload = PayloadAt(bytes_, start);
  }
  position_ = start + kFrameHeaderBytes + payload->size();
  ++frames_;
  return payload;
}

Result<bool> JournalReader::Next(v1::Frame& frame) {
  const std::uint64_t index = frames_;
  const auto payload = NextPayload();
  if (!payload.has_value()) {
    if (index > 0) return false;
    return Error{ErrorCode::kCorruption, "'" + Printable(path_) + "' holds no whole frame"};
  }
  if (!frame.ParseFromArray(payload->data(), static_cast<int>(payload->size())) ||
      frame.has_started() != (index == 0)) {
    return Error{ErrorCode::kCorruption, "frame " + std::to_string(index) + " of '" +
                                             Printable(path_) + "' makes no sense"};
  }
  return true;
}

JournalScan JournalReader::scan() const {
  return {position_, bytes_.size() - position_, damaged_bytes_};
}

void JournalReader::Forget() const {
  if (mapping_ != nullptr) mapping_->Forget();
}

Result<JournalScan> ScanJournal(FileSystem& files, const std::string& session_folder,
                                const std::function<Result<void>(const v1::Frame&)>& visit) {
  REPRISE_ASSIGN_OR_RETURN(JournalReader reader, JournalReader::Open(files, session_folder));
  return ScanJournal(std::move(reader), visit);
}

Result<JournalScan> ScanJournal(JournalReader reader,
                                const std::function<Result<void>(const v1::Frame&)>& visit) {
  v1::Frame frame;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, reader.Next(frame));
    if (!more) return reader.scan();
    REPRISE_TRY(visit(frame));
  }
}

Result<JournalScan> ScanJournalBytes(ByteSpan bytes, const std::string& path,
                                     const std::function<Result<void>(const v1::Frame&)>& visit) {
  REPRISE_ASSIGN_OR_RETURN(JournalReader reader, JournalReader::OpenBytes(bytes, path));
  return ScanJournal(std::move(reader), visit);
}

bool JournalHoldsNothing(FileSystem& files, const std::string& session_folder) {
  const auto mapping = files.Map(JournalPath(session_folder));
  if (!mapping.ok()) return mapping.error().code == ErrorCode::kNotFound;
  const ByteSpan bytes = (*mapping)->bytes();
  if (bytes.size() > kUnsyncedBytesMax) return false;
  for (std::uint64_t at = 0; at < bytes.size(); ++at) {
    if (!IsFrameOfJournal(bytes, at)) continue;
    const std::string_view payload = *PayloadAt(bytes, at);
    v1::Frame frame;
    if (!frame.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
        frame.has_observed() || frame.has_sealed()) {
      return false;
    }
  }
  return true;
}

}  // namespace reprise::tracker
