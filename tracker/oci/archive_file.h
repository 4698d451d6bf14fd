// A tar archive on disk whose entries may be begun before their size and name are known.
//
// The name of a blob is its digest, so that it comes last: the block of its header is left free and
// filled in when the content is there.  What is written is sequential but for that.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/new_file.h"

namespace reprise::tracker {

class ArchiveFile {
 public:
  // Writes into a new file, which is `path` from Keep() on and gone without (tracker/new_file.h).
  // Errors: kAlreadyExists  something of that name is there; those of FileSystem::Open().
  static Result<std::unique_ptr<ArchiveFile>> Create(FileSystem& files, const std::string& path);
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;

  // Names are at most 100 bytes long.  Errors of all of these: kNoSpace, kIoError, kInterrupted.
  Result<void> AddFolder(const std::string& name);
  Result<void> AddFile(const std::string& name, std::string_view content);

  // A file in parts.
  void BeginFile();
  Result<void> Append(ByteSpan part);
  Result<void> EndFile(const std::string& name);

  // Ends the archive, makes it survive a loss of power and gives it its name; returns its size in
  // bytes.  Errors: also kAlreadyExists  something of that name has come meanwhile.
  Result<std::uint64_t> Keep();

 private:
  explicit ArchiveFile(std::unique_ptr<NewFile> file) : file_(std::move(file)) {}

  Result<void> Write(ByteSpan bytes);
  Result<void> Flush();

  const std::unique_ptr<NewFile> file_;
  std::string buffer_;  // Of what follows the first `flushed_bytes_`.
  std::uint64_t flushed_bytes_ = 0;
  std::uint64_t header_offset_ = 0;  // Of the file in parts.
};

}  // namespace reprise::tracker
