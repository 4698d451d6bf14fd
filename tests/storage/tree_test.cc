#include "storage/tree.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"

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

}  // namespace
}  // namespace reprise::storage
