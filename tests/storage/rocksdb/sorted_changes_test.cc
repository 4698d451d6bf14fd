#include "storage/rocksdb/sorted_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace reprise::storage {
namespace {

// Keys and values in the order of SortByKey().
std::vector<std::pair<std::string, std::string>> Sorted(const CatalogBatch& batch) {
  ChangesBySpace changes = BySpace(batch);
  auto& edges = changes[static_cast<std::size_t>(Space::kEdge)];
  SortByKey(edges);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const SortedChange& sorted : edges) {
    rows.emplace_back(sorted.change().key, sorted.change().value.value_or("deleted"));
  }
  return rows;
}

// Long common beginnings, keys that are the beginning of others, zero bytes, equal keys.
TEST(SortedChanges, AreInTheOrderOfTheirBytesAndThenOfTheBatch) {
  std::mt19937 random(7);
  CatalogBatch batch;
  std::vector<std::pair<std::string, std::string>> expected;
  for (int i = 0; i < 5000; ++i) {
    std::string key(random() % 3 * 20, 'k');
    for (std::size_t length = random() % 40; length > 0; --length) {
      key += std::string_view("\0\x01\xff", 3)[random() % 100 < 97 ? 0 : random() % 3];
    }
    expected.emplace_back(key, std::to_string(i));
    batch.Put(Space::kEdge, key, expected.back().second);
  }
  std::ranges::stable_sort(expected, {}, &std::pair<std::string, std::string>::first);
  EXPECT_EQ(Sorted(batch), expected);
}

TEST(SortedChanges, OfOneLongKeyKeepTheirOrder) {
  CatalogBatch batch;
  const std::string key(1000, 'k');
  for (int i = 0; i < 100; ++i) batch.Put(Space::kEdge, key, std::to_string(i));
  batch.Delete(Space::kEdge, key);
  const auto rows = Sorted(batch);
  ASSERT_EQ(rows.size(), 101U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rows[i].second, std::to_string(i));
  EXPECT_EQ(rows.back().second, "deleted");
}

}  // namespace
}  // namespace reprise::storage
