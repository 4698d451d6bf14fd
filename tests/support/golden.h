// Golden bytes: what a format's writer gave when the format was fixed.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>
#include <string_view>

#include "storage/base/file.h"

namespace reprise::testing {

// Expects `bytes` to be those of the file `name` below tests/golden/.  With REPRISE_TEST_ACCEPT=1
// the file is written instead.
inline void ExpectGolden(const std::string& name, std::string_view bytes) {
  const std::string path = JoinPath(REPRISE_GOLDEN_DIR, name);
  if (getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    ASSERT_TRUE(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), path, bytes).ok());
  }
  const auto golden = ReadFile(PosixFileSystem(), path);
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  EXPECT_EQ(*golden, bytes) << name;
}

}  // namespace reprise::testing
