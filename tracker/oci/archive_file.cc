#include "tracker/oci/archive_file.h"

#include "tracker/oci/tar.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::Create(FileSystem& files,
                                                         const std::string& path) {
  // The folders above it are not made, as for no other export: one may be mistyped.
  REPRISE_TRY(files.StatFollowing(ParentPath(path)));
  REPRISE_ASSIGN_OR_RETURN(auto file, NewFile::Make(files, path));
  return std::unique_ptr<ArchiveFile>(new ArchiveFile(std::move(file)));
}

Result<void> ArchiveFile::AddFolder(const std::string& name) {
  const std::string header =
      TarHeaderBlock({.path = name, .kind = FileKind::kDirectory, .mode = 0755, .target = ""});
  return Write(AsBytes(header));
}

Result<void> ArchiveFile::AddFile(const std::string& name, std::string_view content) {
  BeginFile();
  REPRISE_TRY(Append(AsBytes(content)));
  return EndFile(name);
}

void ArchiveFile::BeginFile() {
  header_offset_ = flushed_bytes_ + buffer_.size();
  buffer_.append(kTarBlockBytes, '\0');
}

Result<void> ArchiveFile::Append(ByteSpan part) { return Write(part); }

Result<void> ArchiveFile::EndFile(const std::string& name) {
  const std::uint64_t end = flushed_bytes_ + buffer_.size();
  const std::uint64_t size_bytes = end - header_offset_ - kTarBlockBytes;
  const std::string header = TarHeaderBlock({.path = name, .size_bytes = size_bytes, .target = ""});
  if (header_offset_ >= flushed_bytes_) {
    buffer_.replace(header_offset_ - flushed_bytes_, header.size(), header);
  } else {
    // A flush never ends within a header: it takes all that is there.
    REPRISE_TRY(file_->file().WriteAt(header_offset_, AsBytes(header)));
  }
  return Write(AsBytes(TarPadding(size_bytes)));
}

Result<std::uint64_t> ArchiveFile::Keep() {
  REPRISE_TRY(Write(AsBytes(TarEnd())));
  REPRISE_TRY(Flush());
  REPRISE_TRY(file_->file().Sync());
  REPRISE_TRY(file_->Keep());
  return flushed_bytes_;
}

Result<void> ArchiveFile::Write(ByteSpan bytes) {
  if (bytes.size() >= kBufferBytes) {
    REPRISE_TRY(Flush());
    REPRISE_TRY(file_->file().WriteAt(flushed_bytes_, bytes));
    flushed_bytes_ += bytes.size();
    return {};
  }
  buffer_ += AsText(bytes);
  return buffer_.size() >= kBufferBytes ? Flush() : Result<void>();
}

Result<void> ArchiveFile::Flush() {
  if (buffer_.empty()) return {};
  REPRISE_TRY(file_->file().WriteAt(flushed_bytes_, AsBytes(buffer_)));
  flushed_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

}  // namespace reprise::tracker
