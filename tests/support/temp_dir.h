// A folder for one test, removed with everything in it.

#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/base/assert.h"
#include "storage/base/file.h"

namespace reprise::testing {

class TempDir {
 public:
  TempDir() {
    const char* const parent = std::getenv("TMPDIR");
    path_ = JoinPath(parent == nullptr ? "/tmp" : parent, "reprise-test-XXXXXX");
    REPRISE_ASSERT(mkdtemp(path_.data()) != nullptr);
  }
  ~TempDir() {
    const Result<void> removed = RemoveTree(PosixFileSystem(), path_);
    REPRISE_ASSERT(removed.ok());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(std::string_view name) const { return JoinPath(path_, name); }

 private:
  std::string path_;
};

}  // namespace reprise::testing
