// Golden bytes: what a format's writer gave when the format was fixed.

#pragma once

#include <gtest/gtest.h>

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

// Expects `bytes` to be those of the file `name` below tests/golden/.
inline void ExpectGolden(const std::string& name, std::string_view bytes) {
  EXPECT_EQ(Golden(JoinPath(REPRISE_GOLDEN_DIR, name), bytes), bytes) << name;
}

}  // namespace reprise::testing
