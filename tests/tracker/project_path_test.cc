#include "tracker/project_path.h"

#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

TEST(AbsolutePath, RemovesDotsAndSlashes) {
  EXPECT_EQ(AbsolutePath("a/./b//c/", "/w"), "/w/a/b/c");
  EXPECT_EQ(AbsolutePath("../x", "/w/v"), "/w/x");
  EXPECT_EQ(AbsolutePath("../../../x", "/w"), "/x");
  EXPECT_EQ(AbsolutePath("/", "/w"), "/");
  EXPECT_EQ(AbsolutePath(".", "/w"), "/w");
}

TEST(PathInProject, IsRelativeInsideAndAbsoluteOutside) {
  EXPECT_EQ(PathInProject("/p/a/b", "/p"), "a/b");
  EXPECT_EQ(PathInProject("/p", "/p"), ".");
  EXPECT_EQ(PathInProject("/pq/a", "/p"), "/pq/a");
  EXPECT_EQ(PathInProject("/a", "/"), "a");
}

}  // namespace
}  // namespace reprise::tracker
