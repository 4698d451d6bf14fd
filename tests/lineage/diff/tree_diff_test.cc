// What is visited of two folders, and how much of them is read.

#include "lineage/diff/tree_diff.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/memory_objects.h"
#include "tests/support/object_fixture.h"

namespace reprise::lineage {
namespace {

using storage::TreeEntry;
using testing::FileEntry;
using testing::FileOf;
using testing::FolderEntry;
using testing::MemoryObjects;
using testing::ObjectFixture;

std::vector<std::string> Told(const StoredContents& contents, const Digest& before,
                              const Digest& after) {
  std::vector<std::string> told;
  const auto done = DiffTrees(contents, before, after, [&](const TreeChange& change) {
    told.push_back(std::string(EntryChangeName(change.change)) + " " + change.path);
    return Result<void>();
  });
  EXPECT_TRUE(done.ok()) << done.error().message;
  return told;
}

TEST(DiffTrees, NamesEveryKindOfChangeInTheOrderOfPaths) {
  MemoryObjects objects;
  TreeEntry program = FileOf("p", "x");
  TreeEntry executable = program;
  executable.executable = true;
  const TreeEntry here{.name = "z", .kind = FileKind::kSymlink, .digest = {}, .target = "here"};
  const TreeEntry there{.name = "z", .kind = FileKind::kSymlink, .digest = {}, .target = "there"};
  const Digest same = objects.PutTree({FileOf("deep", "unchanged")});
  const Digest empty = objects.PutTree({});
  const Digest before = objects.PutTree(
      {FileOf("b", "1"), FileOf("became", "x"),
       FolderEntry("gone", objects.PutTree({FileOf("f", "1"), FileOf("g", "1")})), program,
       FolderEntry("same", same), FolderEntry("sub", objects.PutTree({FileOf("x", "1")})), here});
  const Digest after =
      objects.PutTree({FileOf("a", "1"), FileOf("b", "2"), FolderEntry("became", empty),
                       FolderEntry("new", empty), executable, FolderEntry("same", same),
                       FolderEntry("sub", objects.PutTree({FileOf("x", "2")})), there});
  objects.Remove(same);  // Folders with one digest are not read.
  EXPECT_EQ(Told({objects}, before, after),
            (std::vector<std::string>{"added a", "content b", "removed became", "added became",
                                      "removed gone/f", "removed gone/g", "added new",
                                      "executable p", "content sub/x", "target z"}));
  EXPECT_TRUE(Told({objects}, before, before).empty());
}

TEST(DiffTrees, AFolderThatIsLostIsNamedAndTheRestIsCompared) {
  MemoryObjects objects;
  const Digest lost = crypto::Sha256("lost");
  const Digest whole = objects.PutTree({FileOf("f", "1")});
  const Digest before = objects.PutTree({FolderEntry("a", whole), FileOf("b", "1")});
  const Digest after = objects.PutTree({FolderEntry("a", lost), FileOf("b", "2")});
  EXPECT_EQ(Told({objects}, before, after), (std::vector<std::string>{"unread a", "content b"}));
  const Digest without = objects.PutTree({FileOf("b", "1")});
  EXPECT_EQ(Told({objects}, without, after), (std::vector<std::string>{"unread a", "content b"}));
  const auto top =
      DiffTrees({objects}, lost, before, [](const TreeChange&) { return Result<void>(); });
  ASSERT_FALSE(top.ok());
  EXPECT_EQ(top.error().code, ErrorCode::kNotFound);
}

TEST(DiffTrees, WhatWasBelowAFolderThatBecameAFileIsRemoved) {
  MemoryObjects objects;
  const Digest folder =
      objects.PutTree({FileOf("f", "1"), FolderEntry("g", objects.PutTree({FileOf("h", "1")}))});
  const Digest before = objects.PutTree({FolderEntry("a", folder), FileOf("b", "1")});
  const Digest after = objects.PutTree({FileOf("a", "1"), FileOf("b", "1")});
  EXPECT_EQ(Told({objects}, before, after),
            (std::vector<std::string>{"added a", "removed a/f", "removed a/g/h"}));
  EXPECT_EQ(Told({objects}, after, before),
            (std::vector<std::string>{"removed a", "added a/f", "added a/g/h"}));
  const TreeEntry link{.name = "b", .kind = FileKind::kSymlink, .digest = {}, .target = "a"};
  EXPECT_EQ(Told({objects}, after, objects.PutTree({FileOf("a", "1"), link})),
            (std::vector<std::string>{"kind b"}));
}

TEST(DiffTrees, FoldersThatAreNestedWithoutEndAreNamed) {
  MemoryObjects objects;
  Digest before = objects.PutTree({FileOf("f", "1")});
  Digest after = objects.PutTree({FileOf("f", "2")});
  for (int i = 0; i < 20'000; ++i) {
    before = objects.PutTree({FolderEntry("d", before)});
    after = objects.PutTree({FolderEntry("d", after)});
  }
  for (const Digest& other : {before, objects.PutTree({})}) {
    const auto told = Told({objects}, other, after);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(told[0].starts_with("unread d/d/d"));
    EXPECT_EQ(told[0].size(), std::string_view("unread ").size() + 2 * 4096 - 1);
  }
}

TEST(DiffTrees, AnErrorOfTheVisitorEndsIt) {
  MemoryObjects objects;
  const Digest before = objects.PutTree({FolderEntry("a", objects.PutTree({FileOf("f", "1")}))});
  const Digest after = objects.PutTree({FolderEntry("a", objects.PutTree({FileOf("f", "2")}))});
  int visits = 0;
  const auto done = DiffTrees({objects}, before, after, [&](const TreeChange&) {
    ++visits;
    return Result<void>(Error{ErrorCode::kCorruption, "full"});
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message, "full");
  EXPECT_EQ(visits, 1);
}

// A flat folder whose document has many chunks.
class FlatFolders : public ::testing::Test {
 protected:
  static constexpr int kEntries = 20'000;

  static std::vector<TreeEntry> Entries() {
    std::vector<TreeEntry> entries;
    for (int i = 0; i < kEntries; ++i) {
      std::string name = "part-" + std::to_string(100'000 + i);
      if (i % 7 == 0) name += "\xff},{\"";  // Not UTF-8, and like the end of an entry.
      if (i % 11 == 0) name += "},{\"kind\"";
      entries.push_back(FileOf(name, std::to_string(i)));
    }
    return entries;
  }

  Digest Store(std::vector<TreeEntry> entries) {
    return fixture.Store(storage::EncodeTree({std::move(entries)}));
  }

  // Reads chunks and counts them.
  class Counting final : public storage::ChunkReader {
   public:
    explicit Counting(ObjectFixture& fixture)
        : reader_(storage::NewChunkReader(fixture.files, fixture.store, *fixture.catalog)) {}
    Result<std::vector<Digest>> ListChunks(const Digest& object) override {
      return reader_->ListChunks(object);
    }
    Result<std::string> ReadChunk(const Digest& chunk) override {
      ++read;
      return reader_->ReadChunk(chunk);
    }
    int read = 0;

   private:
    std::unique_ptr<storage::ChunkReader> reader_;
  };

  // The same by way of shared chunks and without, which must agree.
  std::vector<std::string> Compare(const Digest& before, const Digest& after) {
    const auto objects = fixture.NewReader();
    Counting chunks(fixture);
    const auto told = Told({*objects, &chunks}, before, after);
    EXPECT_EQ(told, Told({*objects}, before, after));
    chunks_read = chunks.read;
    chunks_in_all = static_cast<int>(chunks.ListChunks(before)->size());
    return told;
  }

  ObjectFixture fixture;
  int chunks_read = 0;
  int chunks_in_all = 0;
};

TEST_F(FlatFolders, OnlyTheChunksThatChangedAndTheirNeighboursAreRead) {
  std::vector<TreeEntry> entries = Entries();
  const Digest before = Store(entries);
  entries[5000] = FileOf(entries[5000].name, "changed");
  entries.erase(entries.begin() + 12'001);
  entries.insert(entries.begin() + 15'001, FileOf(entries[15'000].name + "!", "new"));
  const Digest after = Store(entries);
  const auto told = Compare(before, after);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].starts_with("content part-105000"));
  EXPECT_TRUE(told[1].starts_with("removed part-112001"));
  EXPECT_TRUE(told[2].starts_with("added part-1150"));
  EXPECT_GT(chunks_in_all, 30);
  // Three places: each a few chunks of both, and one on either side.
  EXPECT_LE(chunks_read, 24);
}

TEST_F(FlatFolders, NamesThatEndLikeAnEntryAreNoEndOfOne) {
  std::vector<TreeEntry> entries;
  for (int i = 0; i < kEntries; ++i) {
    entries.push_back(FileOf("part-" + std::to_string(100'000 + i) + "},{", std::to_string(i)));
  }
  const Digest before = Store(entries);
  for (int i = 500; i < kEntries; i += 1000) {
    entries[static_cast<std::size_t>(i)].digest = crypto::Sha256("changed");
  }
  EXPECT_EQ(Compare(before, Store(entries)).size(), static_cast<std::size_t>(kEntries / 1000));
}

TEST_F(FlatFolders, ChangesAtTheEndsAndEverywhereAreFoundToo) {
  const std::vector<TreeEntry> entries = Entries();
  const Digest before = Store(entries);
  std::vector<TreeEntry> ends = entries;
  ends.insert(ends.begin(), FileOf("a", "first"));
  ends.push_back(FileOf("z", "last"));
  EXPECT_EQ(Compare(before, Store(ends)), (std::vector<std::string>{"added a", "added z"}));
  EXPECT_EQ(Compare(before, Store({})).size(), entries.size());
  EXPECT_EQ(Compare(Store({}), before).size(), entries.size());
  std::vector<TreeEntry> all = entries;
  for (TreeEntry& entry : all) entry.digest = crypto::Sha256(entry.name);
  EXPECT_EQ(Compare(before, Store(all)).size(), entries.size());
  std::vector<TreeEntry> half(entries.begin() + kEntries / 2, entries.end());
  EXPECT_EQ(Compare(before, Store(half)).size(), entries.size() / 2);
}

TEST_F(FlatFolders, WhatIsNoTreeDocumentIsAnErrorAndNotAnAnswer) {
  std::vector<TreeEntry> entries = Entries();
  const Digest before = Store(entries);
  entries[5000] = FileOf(entries[5000].name, "changed");
  const Digest after = fixture.Store("no tree " + storage::EncodeTree({entries}));
  const auto objects = fixture.NewReader();
  Counting chunks(fixture);
  const auto done = DiffTrees({*objects, &chunks}, before, after,
                              [](const TreeChange&) { return Result<void>(); });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace reprise::lineage
