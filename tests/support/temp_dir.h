// A folder of its own for one test, removed with all that is in it.
//
// Stands under $TMPDIR, or /tmp.  Thread-safety: none needed; path() never changes.

#pragma once

#include <stdlib.h>

#include <string>

#include "storage/base/assert.h"
#include "storage/base/file.h"

namespace reprise::testing {

class TempDir {
 public:
  TempDir() {
    const char* const parent = getenv("TMPDIR");
    path_ = JoinPath(parent != nullptr ? parent : "/tmp", "reprise_test_XXXXXX");
    REPRISE_ASSERT(mkdtemp(path_.data()) != nullptr);
  }
  // Best effort: a test that takes permissions away gives them back.
  ~TempDir() { (void)RemoveTree(PosixFileSystem(), path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // The path of `name` in the folder.
  std::string Path(std::string_view name) const { return JoinPath(path_, name); }

 private:
  std::string path_;
};

}  // namespace reprise::testing
