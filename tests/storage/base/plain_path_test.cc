#include "storage/base/plain_path.h"

#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

TEST(PlainPath, HasPlainNamesAlone) {
  for (const char* path : {"/", "/a", "/a/b", "/...", "/.a/b..", "/caf\xe9\n"}) {
    EXPECT_TRUE(IsPlainPath(path)) << path;
  }
  for (const std::string& path :
       {std::string(""), std::string("a"), std::string("//"), std::string("/a/"),
        std::string("/a//b"), std::string("/."), std::string("/a/./b"), std::string("/.."),
        std::string("/a/../b"), std::string("/a\0b", 4)}) {
    EXPECT_FALSE(IsPlainPath(path)) << path;
  }
}

TEST(PlainPath, NamesAreThoseOfAFolder) {
  for (const char* path : {"a", "a/b", "..a"}) EXPECT_TRUE(ArePlainNames(path)) << path;
  for (const char* path : {"", "/a", "a/", "a//b", ".", "..", "a/.."}) {
    EXPECT_FALSE(ArePlainNames(path)) << path;
  }
  EXPECT_TRUE(IsPlainName("..."));
  for (const char* name : {"", ".", "..", "a/b"}) EXPECT_FALSE(IsPlainName(name)) << name;
}

}  // namespace
}  // namespace reprise
