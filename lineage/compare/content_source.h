// Content that is compared: bytes at any offset, of a file, an object, or a part of another.
//
// Thread-safety: a source is used by one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::lineage {

// How much is read of each content at a time.
inline constexpr std::size_t kCompareBlockBytes = 256U << 10;

class ContentSource {
 public:
  virtual ~ContentSource() = default;
  ContentSource(const ContentSource&) = delete;
  ContentSource& operator=(const ContentSource&) = delete;

  virtual std::uint64_t size_bytes() const = 0;

  // Fills `buffer` with what is at `offset`, short only at the end; returns how much.
  // Errors: those of what is read; kCorruption  it ends before the size that it should have.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const = 0;

 protected:
  ContentSource() = default;
};

// `size` bytes from `offset` on, fewer only at the end.
Result<std::string> ReadText(const ContentSource& source, std::uint64_t offset, std::size_t size);

// Bytes in memory, which must outlive the source.
class MemoryContent final : public ContentSource {
 public:
  explicit MemoryContent(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override;

 private:
  std::string_view bytes_;
};

// An open file as long as it was when the source was made.
class FileContent final : public ContentSource {
 public:
  static Result<std::unique_ptr<FileContent>> Open(FileSystem& files, const std::string& path);
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override;

 private:
  FileContent(std::unique_ptr<File> file, std::uint64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes) {}
  std::unique_ptr<File> file_;
  std::uint64_t size_bytes_;
};

// `size_bytes` bytes of another source from `offset` on, which must lie in it.
class ContentRange final : public ContentSource {
 public:
  ContentRange(const ContentSource& source, std::uint64_t offset, std::uint64_t size_bytes)
      : source_(source), offset_(offset), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override;

 private:
  const ContentSource& source_;
  const std::uint64_t offset_;
  const std::uint64_t size_bytes_;
};

// Gives the next part of some content by appending it; false at the end.
using NextPart = std::function<Result<bool>(std::string& out)>;

// Content that can only be read from its start.  Reading on is as fast as the parts come; reading
// before the last part starts anew, so whoever compares walks from front to back as far as it can.
class StreamContent final : public ContentSource {
 public:
  // `open` starts the content from its beginning, as often as it is called.
  StreamContent(std::uint64_t size_bytes, std::function<Result<NextPart>()> open)
      : size_bytes_(size_bytes), open_(std::move(open)) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override;

 private:
  // Makes `part_` hold the byte at `offset`, which is not beyond the end.
  Result<void> Seek(std::uint64_t offset) const;

  const std::uint64_t size_bytes_;
  const std::function<Result<NextPart>()> open_;
  mutable NextPart next_;
  mutable std::string part_;
  mutable std::uint64_t part_offset_ = 0;  // Of the content.
};

// A stored object, each chunk verified against its digest before it is seen.  `reader` must outlive
// the source.  Errors: those of ObjectReader.
Result<std::unique_ptr<ContentSource>> OpenObject(storage::ObjectReader& reader,
                                                  const Digest& digest);

// The bytes of a source from front to back, through one buffer.
class ContentCursor {
 public:
  explicit ContentCursor(const ContentSource& source, std::uint64_t offset = 0)
      : source_(source), offset_(offset) {}
  // The next block, empty at the end; valid until the next call.
  Result<ByteSpan> Next();

 private:
  const ContentSource& source_;
  std::uint64_t offset_;
  std::string buffer_;
};

// The offset of the first byte in which two contents differ, from `offset` on, as far as both
// reach; absent if there is none.
Result<std::optional<std::uint64_t>> FindFirstDifference(const ContentSource& expected,
                                                         const ContentSource& actual,
                                                         std::uint64_t offset = 0);

}  // namespace reprise::lineage
