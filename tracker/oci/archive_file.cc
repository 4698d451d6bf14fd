#include "tracker/oci/archive_file.h"

#include <utility>

#include "storage/base/ulid.h"
#include "tracker/oci/tar.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

Result<void> RequireAbsent(FileSystem& files, const std::string& path) {
  const auto stat = files.Stat(path);
  if (stat.ok()) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(path) + "' exists already; name a new file"};
  }
  return stat.error().code == ErrorCode::kNotFound ? Result<void>() : stat.error();
}

}  // namespace

Result<std::unique_ptr<ArchiveFile>> ArchiveFile::Create(FileSystem& files,
                                                         const std::string& path) {
  REPRISE_TRY(RequireAbsent(files, path));
  const std::string temporary = path + ".tmp-" + Ulid::Generate().ToString();
  std::unique_ptr<ArchiveFile> archive(new ArchiveFile(files, path, temporary));
  REPRISE_ASSIGN_OR_RETURN(archive->file_, files.Open(temporary, OpenMode::kCreateExclusive));
  return archive;
}

ArchiveFile::~ArchiveFile() {
  if (file_ == nullptr || kept_) return;
  file_.reset();
  (void)files_.RemoveFile(temporary_);  // Best effort: there is a failure to report already.
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
    REPRISE_TRY(file_->WriteAt(header_offset_, AsBytes(header)));
  }
  return Write(AsBytes(TarPadding(size_bytes)));
}

Result<std::uint64_t> ArchiveFile::Keep() {
  REPRISE_TRY(Write(AsBytes(TarEnd())));
  REPRISE_TRY(Flush());
  REPRISE_TRY(file_->Sync());
  REPRISE_TRY(RequireAbsent(files_, path_));
  REPRISE_TRY(files_.Rename(temporary_, path_));
  kept_ = true;
  REPRISE_TRY(files_.SyncDirectory(ParentPath(path_)));
  return flushed_bytes_;
}

Result<void> ArchiveFile::Write(ByteSpan bytes) {
  if (bytes.size() >= kBufferBytes) {
    REPRISE_TRY(Flush());
    REPRISE_TRY(file_->WriteAt(flushed_bytes_, bytes));
    flushed_bytes_ += bytes.size();
    return {};
  }
  buffer_ += AsText(bytes);
  return buffer_.size() >= kBufferBytes ? Flush() : Result<void>();
}

Result<void> ArchiveFile::Flush() {
  if (buffer_.empty()) return {};
  REPRISE_TRY(file_->WriteAt(flushed_bytes_, AsBytes(buffer_)));
  flushed_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

}  // namespace reprise::tracker
