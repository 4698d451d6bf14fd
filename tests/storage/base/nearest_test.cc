#include "storage/base/nearest.h"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(Nearest, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(EditDistance("runs", "runs"), 0U);
  EXPECT_EQ(EditDistance("rnus", "runs"), 1U);
  EXPECT_EQ(EditDistance("run", "runs"), 1U);
  EXPECT_EQ(EditDistance("runs", "rums"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
}

TEST(Nearest, SuggestsOnlyWhatMayBeMeant) {
  EXPECT_EQ(Nearest("shwo", {"log", "show"}), "show");
  EXPECT_EQ(Nearest("x", {"a", "b"}), std::nullopt);
  EXPECT_EQ(Nearest("something", {"show"}), std::nullopt);
  EXPECT_EQ(Nearest(std::string(10'000, 'a'), {std::string(10'000, 'a')}), std::nullopt);
}

}  // namespace
}  // namespace reprise
