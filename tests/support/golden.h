// Golden bytes: what a stored format must stay.

#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/base/file.h"

namespace reprise::testing {

// The content of the golden file `path`.  With REPRISE_TEST_ACCEPT=1 in the environment, it is
// first replaced by `actual`: only ever together with a new version number of the format.
inline std::string Golden(const std::string& path, std::string_view actual) {
  FileSystem& files = PosixFileSystem();
  if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    REPRISE_ASSERT(CreateDirectories(files, ParentPath(path)).ok());
    REPRISE_ASSERT(WriteFileAtomically(files, path, actual).ok());
  }
  const auto golden = ReadFile(files, path);
  return golden.ok() ? *golden : golden.error().message;
}

}  // namespace reprise::testing
