// What is said of folders, and of artifacts of a store.

#include "lineage/compare/artifact_difference.h"

#include <gtest/gtest.h>

#include "tests/lineage/compare/comparing.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::FileEntry;
using testing::FolderEntry;
using testing::MemoryObjects;

storage::TreeEntry File(MemoryObjects& objects, const std::string& name,
                        const std::string& content) {
  return FileEntry(name, objects.Put(content), content.size());
}

storage::TreeEntry Link(const std::string& name, const std::string& target) {
  return {.name = name, .kind = FileKind::kSymlink, .digest = {}, .target = target};
}

TEST(CompareFolders, NamesWhatDiffersIsMissingAndWasAdded) {
  MemoryObjects objects;
  const Digest same = objects.PutTree({File(objects, "deep", "unchanged")});
  const Digest expected = objects.PutTree(
      {File(objects, "gone", "1"), FolderEntry("same", same),
       FolderEntry("sub",
                   objects.PutTree({File(objects, "log.txt", "a\nb\n"), Link("link", "here")}))});
  const Digest actual = objects.PutTree(
      {File(objects, "new", "1"), FolderEntry("same", same),
       FolderEntry("sub",
                   objects.PutTree({File(objects, "log.txt", "a\nc\n"), Link("link", "there")}))});
  objects.Remove(same);  // Folders with one digest are not read.
  const auto difference = CompareFolders(objects, expected, actual);
  ASSERT_TRUE(difference.ok()) << difference.error().message;
  EXPECT_EQ(difference->kind, "folder");
  EXPECT_EQ(difference->sentence,
            "2 entries differ, 1 is missing, 1 was added; 'sub/log.txt': text, line 2: 'b' became "
            "'c'; 1 of 2 lines differs");
  EXPECT_EQ(At(difference->details, "entries/0/path"), R"("gone")");
  EXPECT_EQ(At(difference->details, "entries/0/change"), R"("missing")");
  EXPECT_EQ(At(difference->details, "entries/1/change"), R"("extra")");
  EXPECT_EQ(At(difference->details, "entries/2/path"), R"("sub/link")");
  EXPECT_EQ(At(difference->details, "entries/2/change"), R"("target")");
  EXPECT_EQ(At(difference->details, "entries/3/change"), R"("content")");
  EXPECT_EQ(At(difference->details, "first/path"), R"("sub/log.txt")");
  EXPECT_EQ(At(difference->details, "first/difference/first_line"), "2");
}

TEST(CompareFolders, AFileThatBecameAFolderOrExecutableIsNamed) {
  MemoryObjects objects;
  storage::TreeEntry program = File(objects, "p", "x");
  const Digest plain = objects.PutTree({program});
  program.executable = true;
  const Digest executable = objects.PutTree({program});
  EXPECT_EQ(CompareFolders(objects, plain, executable)->sentence,
            "1 entry differs; 'p' may be executed in one of them");
  const Digest folder = objects.PutTree({FolderEntry("p", objects.PutTree({}))});
  EXPECT_EQ(CompareFolders(objects, plain, folder)->sentence,
            "1 entry differs; 'p' has another kind");
  EXPECT_EQ(CompareFolders(objects, objects.PutTree({}), folder)->sentence,
            "1 was added; 'p/' was added");
}

TEST(CompareArtifacts, FilesAreComparedByContentAndName) {
  MemoryObjects objects;
  const auto use = [&](const std::string& content, ArtifactKind kind) {
    return ArtifactUse{
        .path = "out/t.csv", .role = "", .kind = kind, .digest = objects.Put(content)};
  };
  const auto difference = CompareArtifacts(objects, use("a\n1\n", ArtifactKind::kFile),
                                           use("a\n2\n", ArtifactKind::kFile));
  ASSERT_TRUE(difference.ok());
  EXPECT_EQ(difference->kind, "csv");
  EXPECT_EQ(CompareArtifacts(objects, use("a", ArtifactKind::kFile),
                             {.path = "out/t.csv",
                              .role = "",
                              .kind = ArtifactKind::kFolder,
                              .digest = objects.PutTree({})})
                ->sentence,
            "a file became a folder");
}

TEST(CompareArtifacts, WhatIsLostIsAnError) {
  MemoryObjects objects;
  const ArtifactUse kept{.path = "o", .role = "", .digest = objects.Put("x")};
  const ArtifactUse lost{.path = "o", .role = "", .digest = crypto::Sha256("y")};
  const auto difference = CompareArtifacts(objects, kept, lost);
  ASSERT_FALSE(difference.ok());
  EXPECT_EQ(difference.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::lineage
