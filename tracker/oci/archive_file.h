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

#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

class ArchiveFile {
 public:
  // Writes into a new file beside `path`, which gets that name with Keep() and is removed without.
  // Errors: kAlreadyExists  something of that name is there; those of FileSystem::Open().
  static Result<std::unique_ptr<ArchiveFile>> Create(FileSystem& files, const std::string& path);
  ~ArchiveFile();
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
  ArchiveFile(FileSystem& files, std::string path, std::string temporary)
      : files_(files), path_(std::move(path)), temporary_(std::move(temporary)) {}

  Result<void> Write(ByteSpan bytes);
  Result<void> Flush();

  FileSystem& files_;
  const std::string path_;
  const std::string temporary_;
  std::unique_ptr<File> file_;
  std::string buffer_;  // Of what follows the first `flushed_bytes_`.
  std::uint64_t flushed_bytes_ = 0;
  std::uint64_t header_offset_ = 0;  // Of the file in parts.
  bool kept_ = false;
};

}  // namespace reprise::tracker
