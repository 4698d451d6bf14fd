// Patches of contents, line by line; that git takes them is checked by tests/cli/diff_test.sh.

#include "lineage/capture/content_patch.h"

#include <gtest/gtest.h>

namespace reprise::capture {
namespace {

std::string Patch(const std::string& path, const std::optional<PatchSide>& before,
                  const std::optional<PatchSide>& after) {
  const auto patch = MakePatch(path, before, after);
  EXPECT_TRUE(patch.ok()) << patch.error().message;
  return patch.value_or("");
}

TEST(MakePatch, ChangedLinesHaveThreeLinesAround) {
  EXPECT_EQ(Patch("a.py", PatchSide{"1\n2\n3\n4\n5\n"}, PatchSide{"1\n2\n3\n4\nfive\n"}),
            "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -2,4 +2,4 @@\n 2\n 3\n 4\n-5\n"
            "+five\n");
}

TEST(MakePatch, FilesComeAndGoWithTheirModes) {
  EXPECT_EQ(Patch("new", std::nullopt, PatchSide{.content = "x\n", .executable = true}),
            "diff --git a/new b/new\nnew file mode 100755\n--- /dev/null\n+++ b/new\n"
            "@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(Patch("old", PatchSide{"x"}, std::nullopt),
            "diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n"
            "@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n");
  EXPECT_EQ(Patch("empty", std::nullopt, PatchSide{""}),
            "diff --git a/empty b/empty\nnew file mode 100644\n");
  EXPECT_EQ(Patch("p", PatchSide{"x"}, PatchSide{.content = "x", .executable = true}),
            "diff --git a/p b/p\nold mode 100644\nnew mode 100755\n");
  EXPECT_EQ(Patch("same", PatchSide{"x"}, PatchSide{"x"}), "");
}

TEST(MakePatch, AFileThatBecameALinkIsRemovedAndAdded) {
  EXPECT_EQ(Patch("l", PatchSide{"x\n"}, PatchSide{.content = "there", .is_symlink = true}),
            "diff --git a/l b/l\ndeleted file mode 100644\n--- a/l\n+++ /dev/null\n"
            "@@ -1 +0,0 @@\n-x\n"
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n"
            "@@ -0,0 +1 @@\n+there\n\\ No newline at end of file\n");
}

TEST(MakePatch, NamesThatAreNotPlainAreQuotedAsGitDoes) {
  const std::string patch = Patch("caf\xe9 \"q\"\n", PatchSide{"1\n"}, PatchSide{"2\n"});
  EXPECT_TRUE(
      patch.starts_with("diff --git \"a/caf\\351 \\\"q\\\"\\n\" \"b/caf\\351 \\\"q\\\"\\n\"\n"))
      << patch;
  EXPECT_NE(Patch("a b", PatchSide{"1\n"}, PatchSide{"2\n"}).find("--- a/a b\t\n+++ b/a b\t\n"),
            std::string::npos);
}

TEST(MakePatch, BytesThatAreNotTextAreNamed) {
  const std::string binary("\x00\x01\x02", 3);
  EXPECT_EQ(Patch("m", PatchSide{binary}, PatchSide{"x\n"}),
            "diff --git a/m b/m\nBinary files a/m and b/m differ\n");
}

TEST(MakePatch, LinesLikeTheMarksOfHunksSurvive) {
  EXPECT_EQ(Patch("q", PatchSide{"@@ -1 +1 @@\n"}, PatchSide{"-- x\n++ y\n"}),
            "diff --git a/q b/q\n--- a/q\n+++ b/q\n@@ -1 +1,2 @@\n-@@ -1 +1 @@\n+-- x\n+++ y\n");
}

}  // namespace
}  // namespace reprise::capture
