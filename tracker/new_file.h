// Files that are there as a whole or not at all.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// A file that a command writes bit by bit and that gets its name when it is whole.  Until then it
// has none, so that nothing is left of it however the process ends; where the file system knows no
// files without a name (NFS, FUSE), it is `path`.tmp-ULID meanwhile, which only SIGKILL and a loss
// of power leave behind.
//
// Thread-safety: one thread at a time.
class NewFile {
 public:
  // Makes the folders above it, too; those go again unless the file is kept.
  // Errors: kAlreadyExists  something is at `path`; nothing was changed.
  static Result<std::unique_ptr<NewFile>> Make(FileSystem& files, const std::string& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  File& file() { return *file_; }

  // Gives it its name, which survives a loss of power, with the folders that were made for it, if
  // its content does (File::Sync()).
  // Errors: kAlreadyExists  something came to `path` meanwhile, which is left alone.  Only where
  // the file system knows neither files without a name nor links, what comes in the very moment of
  // the call is replaced.
  Result<void> Keep();

 private:
  NewFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Result<void> MakeFolders();
  Result<void> OpenFile();
  bool OpenUnnamed();

  FileSystem& files_;
  const std::string path_;
  std::vector<std::string> made_folders_;  // The outermost first.
  int unnamed_ = -1;                       // A descriptor of the file, if it has no name.
  std::string temporary_;                  // Its name, if it has one.
  std::unique_ptr<File> file_;
  bool is_kept_ = false;
};

}  // namespace reprise::tracker
