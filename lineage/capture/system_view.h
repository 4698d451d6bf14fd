// The file system as the captured command sees it, below a root that tests can replace.
//
// Every path given here is absolute in the captured system; `root` is put in front of it before
// FileSystem is asked, and symlinks are resolved inside the root as chroot(2) would.  An empty root
// is the real system.
//
// Errors: as FileSystem; kInvalidArgument for a relative path.  Thread-safety: as FileSystem.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::capture {

class SystemView {
 public:
  // `files` must outlive this object.
  explicit SystemView(FileSystem& files, std::string root = {});

  FileSystem& files() const { return *files_; }

  // `path` as FileSystem must be asked for it.  Only for paths that RealPath() returned: a symlink
  // on the way would be followed outside the root.
  std::string Outside(std::string_view path) const;

  // The path without symlinks, "." and ".." that leads to the same file, which must exist.
  // Errors: kNotFound  no such file; kIoError  more than 40 symlinks on the way.
  Result<std::string> RealPath(std::string_view path) const;

  // What follows resolves symlinks.
  Result<FileStat> Stat(std::string_view path) const;
  Result<std::unique_ptr<File>> Open(std::string_view path) const;
  Result<std::string> Read(std::string_view path, std::uint64_t size_bytes_max) const;
  Result<std::vector<DirectoryEntry>> List(std::string_view path) const;

  // True if `path` is a regular file that somebody may execute.
  bool IsExecutableFile(std::string_view path) const;

 private:
  FileSystem* files_;
  std::string root_;
};

// `path` if it is absolute, otherwise `path` below `folder`.
std::string AbsolutePath(std::string_view folder, std::string_view path);

// Splits at every `separator`; empty parts are kept, and an empty text is one empty part.
std::vector<std::string> Split(std::string_view text, char separator);

// The part of `path` below `folder` without a leading slash, "" for the folder itself, or nullopt
// if it lies elsewhere.  Both must be real paths.
std::optional<std::string> Below(std::string_view folder, std::string_view path);

}  // namespace reprise::capture
