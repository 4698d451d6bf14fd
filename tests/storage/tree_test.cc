#include "storage/tree.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"
#include "tests/support/memory_objects.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

Tree Example() {
  Tree tree;
  tree.entries.push_back(
      {.name = "a\nb", .size_bytes = 3, .digest = crypto::Sha256("abc"), .target = ""});
  tree.entries.push_back({.name = "dir",
                          .kind = FileKind::kDirectory,
                          .size_bytes = 7,
                          .digest = crypto::Sha256("dir"),
                          .target = ""});
  tree.entries.push_back(
      {.name = "link", .kind = FileKind::kSymlink, .target = std::string("\xC3\x28", 2)});
  tree.entries.push_back(
      {.name = "run", .executable = true, .digest = crypto::Sha256(""), .target = ""});
  tree.entries.push_back(
      {.name = std::string("\xFF\xFE", 2), .digest = crypto::Sha256(""), .target = ""});
  return tree;
}

TEST(Tree, HasTheBytesOfVersion1) {
  const std::string document = EncodeTree(Example());
  EXPECT_EQ(document, testing::Golden(REPRISE_GOLDEN_DIR "/tree/v1.json", document));
}

TEST(Tree, DecodingGivesBackWhatWasEncoded) {
  const auto tree = DecodeTree(EncodeTree(Example()));
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  EXPECT_EQ(*tree, Example());
  EXPECT_EQ(*DecodeTree(EncodeTree({})), Tree());
}

TEST(Tree, WhatEncodingWouldNotHaveWrittenIsRefused) {
  const std::string document = EncodeTree(Example());
  const auto refused = [](std::string_view bad) {
    const auto tree = DecodeTree(bad);
    return !tree.ok() && tree.error().code == ErrorCode::kCorruption;
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(" " + document));
  EXPECT_TRUE(refused(document + "\n"));
  for (std::size_t i = 0; i < document.size(); ++i) EXPECT_TRUE(refused(document.substr(0, i)));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string bad = document;
    REPRISE_ASSERT(bad.find(from) != std::string::npos);
    return bad.replace(bad.find(from), from.size(), to);
  };
  EXPECT_TRUE(refused(replaced("\"dir\"", "\"..\"")));
  EXPECT_TRUE(refused(replaced("\"dir\"", "\"d/r\"")));
  EXPECT_TRUE(refused(replaced("\"dir\"", "\"zzz\"")));   // Out of order.
  EXPECT_TRUE(refused(replaced("\"dir\"", "\"link\"")));  // Named twice.
  EXPECT_TRUE(refused(replaced("\"dir\"", "{\"type\":\"bytes\",\"value\":\"ZGly\"}")));
  EXPECT_TRUE(refused(replaced("tree/v1", "tree/v2")));
  EXPECT_TRUE(refused(replaced("\"size_bytes\":7", "\"size_bytes\":-7")));
  EXPECT_TRUE(refused(replaced("\"folder\"", "\"socket\"")));
}

TEST(Tree, IsDecodedFromPartsOfAnyLength) {
  const std::string document = EncodeTree(Example());
  for (std::size_t part_bytes = 1; part_bytes <= document.size(); ++part_bytes) {
    TreeDecoder decoder;
    Tree tree;
    for (std::size_t fed = 0; fed < document.size(); fed += part_bytes) {
      decoder.Feed(std::string_view(document).substr(fed, part_bytes));
      for (;;) {
        const auto entry = decoder.Next();
        ASSERT_TRUE(entry.ok()) << entry.error().message;
        if (!entry->has_value()) break;
        tree.entries.push_back(**entry);
      }
    }
    EXPECT_TRUE(decoder.Finish().ok());
    EXPECT_EQ(tree, Example());
  }
}

TEST(Tree, AnEntryIsHandedOutBeforeTheDocumentIsWhole) {
  const std::string document = EncodeTree(Example());
  TreeDecoder decoder;
  decoder.Feed(std::string_view(document).substr(0, document.find(",{")));
  const auto entry = decoder.Next();
  ASSERT_TRUE(entry.ok() && entry->has_value());
  EXPECT_EQ(**entry, Example().entries[0]);
  EXPECT_EQ(decoder.unread_bytes(), 0U);
  EXPECT_FALSE(decoder.Finish().ok());
}

TEST(Tree, TheLongestNameAndTargetOfAFileSystemFit) {
  Tree tree;
  tree.entries.push_back({.name = std::string(4095, '\1'),
                          .kind = FileKind::kSymlink,
                          .target = std::string(4095, '\1')});
  const auto decoded = DecodeTree(EncodeTree(tree));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, tree);
}

TEST(Tree, AnEntryThatNeverEndsIsRefusedBeforeItIsAllRead) {
  TreeDecoder decoder;
  decoder.Feed(R"({"entries":[{"kind":"symlink","name":")");
  const std::string part(1000, 'x');
  std::size_t parts = 0;
  while (decoder.Next().ok()) {
    ASSERT_LE(parts++ * part.size(), kTreeEntryBytesMax);
    decoder.Feed(part);
  }
  EXPECT_EQ(decoder.Next().error().code, ErrorCode::kCorruption);
}

// More entries than fit into what ObjectReader::Get() returns.
TEST(Tree, AFolderOfHalfAMillionFilesIsStoredAndReadBack) {
  constexpr std::uint64_t kFiles = 500'000;
  testing::ObjectFixture fixture;
  const auto name_of = [](std::uint64_t i) { return "file" + std::to_string(1'000'000 + i); };
  std::uint64_t next = 0;
  const auto writer = fixture.NewWriter();
  const auto put = PutTreeDocument(*writer, [&]() -> std::optional<TreeEntry> {
    if (next == kFiles) return std::nullopt;
    const std::uint64_t i = next++;
    return TreeEntry{.name = name_of(i), .size_bytes = i, .digest = Digest(), .target = ""};
  });
  ASSERT_TRUE(put.ok()) << put.error().message;
  ASSERT_GT(put->size_bytes, kObjectSizeBytesMax);
  ASSERT_TRUE(fixture.Adopt(*writer).ok());

  const auto reader = fixture.NewReader();
  std::uint64_t visited = 0;
  const auto walked = WalkTree(
      *reader, put->digest, [&](const std::string& path, const TreeEntry& entry) -> Result<void> {
        EXPECT_EQ(path, name_of(visited));
        EXPECT_EQ(entry.size_bytes, visited++);
        return {};
      });
  ASSERT_TRUE(walked.ok()) << walked.error().message;
  EXPECT_EQ(visited, kFiles);
  EXPECT_EQ(FindInTree(*reader, put->digest, name_of(kFiles - 1))->size_bytes, kFiles - 1);
  EXPECT_EQ(FindInTree(*reader, put->digest, "other").error().code, ErrorCode::kNotFound);
}

TEST(Tree, FoldersWithinFoldersAreWalkedInNameOrder) {
  testing::MemoryObjects objects;
  const Digest file = objects.Put("x");
  const Digest inner = objects.PutTree({testing::FileEntry("b", file)});
  const Digest root =
      objects.PutTree({testing::FolderEntry("a", inner), testing::FileEntry("a.txt", file),
                       testing::FolderEntry("z", inner)});
  std::vector<std::string> paths;
  ASSERT_TRUE(WalkTree(objects, root, [&](const std::string& path, const TreeEntry&) {
                paths.push_back(path);
                return Result<void>();
              }).ok());
  EXPECT_EQ(paths, (std::vector<std::string>{"a", "a/b", "a.txt", "z", "z/b"}));
  EXPECT_EQ(FindInTree(objects, root, "z/b")->digest, file);
  EXPECT_EQ(FindInTree(objects, root, "a.txt/b").error().code, ErrorCode::kNotFound);
}

TEST(Tree, TheDeepestFoldersAreWalkedAndDeeperOnesRefused) {
  testing::MemoryObjects objects;
  Digest folder = objects.PutTree({});
  const auto depth_of = [&]() -> Result<int> {
    int depth = 0;
    REPRISE_TRY(WalkTree(objects, folder, [&](const std::string&, const TreeEntry&) {
      ++depth;
      return Result<void>();
    }));
    return depth;
  };
  for (int i = 0; i < 4096; ++i) folder = objects.PutTree({testing::FolderEntry("d", folder)});
  EXPECT_EQ(*depth_of(), 4096);
  folder = objects.PutTree({testing::FolderEntry("d", folder)});
  EXPECT_EQ(depth_of().error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace reprise::storage
