// What stands behind a path right now, and the symlinks that lead there.

#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "storage/base/file.h"
#include "tracker/trace/access.h"
#include "tracker/trace/descriptor.h"

namespace reprise::tracker {

struct NameView {
  std::string path;  // Absolute, without symlinks on the way, "." and "..".
  NameState state = NameState::kMissing;
  FileStat stat;  // Not of kMissing.
  // Path and target of each symlink on the way, those of other symlinks among them.
  std::vector<std::pair<std::string, std::string>> links;
};

// A folder that stands for "/", such as /proc/PID/root, put in front of every path; "": our own
// root.
using RootFolder = std::string;

// The root folder of a process, for a RootFolder "/proc/self/fd/N".
Descriptor OpenRootOf(pid_t thread);

// `path` is absolute.  A last name that is a symlink is looked at itself unless `follows_last`.
// Opens nothing that a device or FIFO would notice.  What may not be looked at counts as missing,
// as it does for a process with the same rights.  Thread-safety: any number of threads.
NameView LookAt(const RootFolder& root, const std::string& path, bool follows_last);

// The same, by walking name by name: slower, and the only way to learn of the symlinks.
NameView WalkTo(const RootFolder& root, const std::string& path, bool follows_last);

// The names in a folder, sorted; empty when it cannot be listed.
Listing ListNames(const RootFolder& root, const std::string& folder);

}  // namespace reprise::tracker
