// Temporary folders and files for the tests of lineage/capture.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "storage/base/file.h"

namespace reprise::capture::testing {

// A folder that lives as long as the object.
class TempFolder {
 public:
  TempFolder() {
    std::string path = ::testing::TempDir() + "reprise-capture-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) abort();
    // Real, so that tests can compare with resolved paths.
    char* const real = realpath(path.c_str(), nullptr);
    path_ = real;
    free(real);
  }
  ~TempFolder() { (void)RemoveTree(PosixFileSystem(), path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Writes a file with all its parents.
  void Write(std::string_view name, std::string_view content, mode_t permissions = 0644) const {
    const std::string path = *this / name;
    ASSERT_TRUE(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), path, content).ok());
    ASSERT_TRUE(PosixFileSystem().SetPermissions(path, permissions).ok());
  }
  void Link(std::string_view name, const std::string& target) const {
    const std::string path = *this / name;
    ASSERT_TRUE(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    ASSERT_TRUE(PosixFileSystem().CreateSymlink(target, path).ok());
  }

 private:
  std::string path_;
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace reprise::capture::testing
