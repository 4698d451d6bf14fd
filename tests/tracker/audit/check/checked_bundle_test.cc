#include "tracker/audit/check/checked_bundle.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/merkle.h"

namespace reprise::tracker {
namespace {

TEST(CheckedBundle, RootsAreThoseOfTheFirstEntriesAndThereIsNoneBeyondTheLast) {
  const BundleFileSet files;
  const BroughtAlong brought;
  CheckedBundle bundle(files, brought);
  bundle.leaves.emplace();
  std::set<std::uint64_t> sizes = {0, 2000};
  std::map<std::uint64_t, Digest> expected;
  storage::MerkleFrontier frontier;
  expected[0] = frontier.Root();
  for (std::uint64_t i = 0; i < 100; ++i) {
    bundle.leaves->push_back(crypto::Sha256(std::to_string(i)));
    frontier.Append(bundle.leaves->back());
    if (i % 3 == 0) continue;
    sizes.insert(i + 1);
    expected[i + 1] = frontier.Root();
  }
  EXPECT_EQ(bundle.RootsAt(sizes), expected);
  EXPECT_TRUE(bundle.RootsAt({}).empty());
}

// The same bytes may be a patch and evidence.
TEST(CheckedBundle, WhatIsLeftOutIsKnownByWhatItIs) {
  const BundleFileSet files;
  const BroughtAlong brought;
  CheckedBundle bundle(files, brought);
  const Digest digest = crypto::Sha256("x");
  bundle.content.holes = {{{digest, "patch"}, "redacted"}, {{digest, "evidence"}, "lost"}};
  EXPECT_TRUE(bundle.TakeHole(digest, "evidence", "a document").ok());
  EXPECT_FALSE(bundle.TakeHole(digest, "note", "a document").ok());
  EXPECT_EQ(bundle.used_holes, (std::set<BundleHole>{{digest, "evidence"}}));
  EXPECT_TRUE(bundle.TakeHole(digest, "patch", "a document").ok());
  EXPECT_EQ(bundle.used_holes.size(), 2U);
}

}  // namespace
}  // namespace reprise::tracker
