// Files of layers: what FileSystem does not know of them, and what needs more than one call.
//
// Errors of all: those of FileSystem.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

constexpr mode_t kPermissions = 07777;

// Copies a file with its mode and time, `stat`, to a name that is free.
Result<void> CopyWithMode(FileSystem& files, const std::string& from, const FileStat& stat,
                          const std::string& to);

// While one lives, a folder that its owner, which we are, may have been shut out of can be looked
// into.
class OpenedFolder {
 public:
  OpenedFolder(FileSystem& files, std::string folder);
  ~OpenedFolder();
  OpenedFolder(const OpenedFolder&) = delete;
  OpenedFolder& operator=(const OpenedFolder&) = delete;
  Result<std::vector<DirectoryEntry>> List() const { return files_.List(folder_); }

 private:
  FileSystem& files_;
  std::string folder_;
  std::optional<mode_t> closed_mode_;  // To be given back.
};

Result<bool> HaveEqualBytes(FileSystem& files, const std::string& a, const std::string& b);

// Whether an entry of an upper folder says that the name below it was removed.
Result<bool> IsWhiteout(const std::string& path, const FileStat& stat);

// Whether a folder in an upper folder hides the one below it.
bool IsOpaque(const std::string& folder);

// Removes `path` and all below it, also folders that a program or an overlay has closed to their
// owner.  Absence is not an error.
Result<void> RemoveLayers(FileSystem& files, const std::string& path);

}  // namespace reprise::tracker
