// Where a path leads, also one of which not all is there.

#pragma once

#include <string>

#include "storage/base/file.h"

namespace reprise::storage {

// The absolute `path` without "." and "..", and with every symlink on the way followed, the last
// name and links to nothing among them.  What is not there, and what follows more than 40 links, is
// taken as it is named.  Thread-safety: as FileSystem.
std::string FollowedPath(FileSystem& files, const std::string& path);

}  // namespace reprise::storage
