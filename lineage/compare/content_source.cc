#include "lineage/compare/content_source.h"

#include <algorithm>
#include <cstring>

namespace reprise::lineage {
namespace {

MutableByteSpan AsWritable(std::string& text) {
  return std::as_writable_bytes(std::span(text.data(), text.size()));
}

// How many bytes of a buffer lie within a content of `size_bytes`.
std::size_t Within(std::uint64_t size_bytes, std::uint64_t offset, std::size_t wanted) {
  if (offset >= size_bytes) return 0;
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_bytes - offset));
}

}  // namespace

Result<std::string> ReadText(const ContentSource& source, std::uint64_t offset, std::size_t size) {
  std::string text(Within(source.size_bytes(), offset, size), '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t read, source.ReadAt(offset, AsWritable(text)));
  text.resize(read);
  return text;
}

Result<std::size_t> MemoryContent::ReadAt(std::uint64_t offset, MutableByteSpan buffer) const {
  const std::size_t count = Within(bytes_.size(), offset, buffer.size());
  if (count > 0) std::memcpy(buffer.data(), bytes_.data() + offset, count);
  return count;
}

Result<std::unique_ptr<FileContent>> FileContent::Open(FileSystem& files, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(auto file, files.Open(path, OpenMode::kRead));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, file->Stat());
  return std::unique_ptr<FileContent>(new FileContent(std::move(file), stat.size_bytes));
}

Result<std::size_t> FileContent::ReadAt(std::uint64_t offset, MutableByteSpan buffer) const {
  const MutableByteSpan within = buffer.first(Within(size_bytes_, offset, buffer.size()));
  REPRISE_ASSIGN_OR_RETURN(const std::size_t read, file_->ReadAt(offset, within));
  if (read < within.size()) {
    return Error{ErrorCode::kCorruption,
                 "'" + Printable(file_->path()) + "' became shorter while it was read"};
  }
  return read;
}

Result<std::size_t> ContentRange::ReadAt(std::uint64_t offset, MutableByteSpan buffer) const {
  return source_.ReadAt(offset_ + offset, buffer.first(Within(size_bytes_, offset, buffer.size())));
}

Result<void> StreamContent::Seek(std::uint64_t offset) const {
  if (!next_ || offset < part_offset_) {
    next_ = nullptr;
    part_.clear();
    part_offset_ = 0;
    REPRISE_ASSIGN_OR_RETURN(next_, open_());
  }
  while (offset - part_offset_ >= part_.size()) {
    part_offset_ += part_.size();
    part_.clear();
    auto more = next_(part_);
    if (!more.ok()) next_ = nullptr;
    if (!more.ok()) return std::move(more).error();
    if (!*more) {
      next_ = nullptr;
      return Error{ErrorCode::kCorruption, "content ends after " + std::to_string(part_offset_) +
                                               " bytes of " + std::to_string(size_bytes_)};
    }
  }
  return {};
}

Result<std::size_t> StreamContent::ReadAt(std::uint64_t offset, MutableByteSpan buffer) const {
  const std::size_t count = Within(size_bytes_, offset, buffer.size());
  for (std::size_t done = 0; done < count;) {
    REPRISE_TRY(Seek(offset + done));
    const auto position = static_cast<std::size_t>(offset + done - part_offset_);
    const std::size_t length = std::min(count - done, part_.size() - position);
    std::memcpy(buffer.data() + done, part_.data() + position, length);
    done += length;
  }
  return count;
}

Result<std::unique_ptr<ContentSource>> OpenObject(storage::ObjectReader& reader,
                                                  const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const storage::ObjectInfo info, reader.Describe(digest));
  const auto open = [&reader, digest]() -> Result<NextPart> {
    REPRISE_ASSIGN_OR_RETURN(auto opened, reader.Open(digest));
    // Shared only because a std::function is copied.
    const std::shared_ptr<storage::ObjectStream> stream = std::move(opened);
    return NextPart([stream](std::string& out) { return stream->Next(out); });
  };
  return std::unique_ptr<ContentSource>(std::make_unique<StreamContent>(info.size_bytes, open));
}

Result<ByteSpan> ContentCursor::Next() {
  buffer_.resize(Within(source_.size_bytes(), offset_, kCompareBlockBytes));
  REPRISE_ASSIGN_OR_RETURN(const std::size_t read, source_.ReadAt(offset_, AsWritable(buffer_)));
  offset_ += read;
  return AsBytes(std::string_view(buffer_).substr(0, read));
}

Result<std::optional<std::uint64_t>> FindFirstDifference(const ContentSource& expected,
                                                         const ContentSource& actual,
                                                         std::uint64_t offset) {
  ContentCursor before(expected, offset);
  ContentCursor after(actual, offset);
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan e, before.Next());
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan a, after.Next());
    const std::size_t count = std::min(e.size(), a.size());
    if (count == 0) return std::optional<std::uint64_t>();
    if (std::memcmp(e.data(), a.data(), count) != 0) {
      const auto [differing, other] = std::mismatch(e.begin(), e.begin() + count, a.begin());
      return std::optional(offset + static_cast<std::uint64_t>(differing - e.begin()));
    }
    offset += count;
  }
}

}  // namespace reprise::lineage
