// Rows come back in order, however many are held at once, and nothing is left of their file.

#include "lineage/table/row_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/temp_dir.h"

namespace reprise::lineage {
namespace {

std::vector<SortedRow> RandomRows(std::size_t count) {
  std::mt19937_64 random(7);
  std::vector<SortedRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back({{random() % 50, random() % 3}, random() % 4, random()});
  }
  return rows;
}

Result<std::vector<SortedRow>> Sort(const std::vector<SortedRow>& rows, RowSorterOptions options) {
  RowSorter sorter(std::move(options));
  for (const SortedRow& row : rows) REPRISE_TRY(sorter.Add(row));
  std::vector<SortedRow> sorted;
  REPRISE_TRY(sorter.Finish([&](const SortedRow& row) -> Result<void> {
    sorted.push_back(row);
    return {};
  }));
  return sorted;
}

TEST(RowSorter, RowsComeInOrderHoweverFewAreHeld) {
  const testing::TempDir folder;
  for (const std::size_t count : {0U, 1U, 2U, 3U, 100U, 30'000U}) {
    const std::vector<SortedRow> rows = RandomRows(count);
    std::vector<SortedRow> expected = rows;
    std::ranges::sort(expected);
    for (const std::size_t held : {1U, 2U, 7U, 1000U, 1U << 20}) {
      if (count / held > 1000) continue;  // As many buffers.
      const auto sorted =
          Sort(rows, {.folder = folder.path(), .held_bytes_max = held * sizeof(SortedRow)});
      ASSERT_TRUE(sorted.ok()) << sorted.error().message;
      EXPECT_EQ(*sorted, expected) << count << " rows, " << held << " held";
    }
  }
}

TEST(RowSorter, TheTemporaryFileHasNoNameWhileItIsUsed) {
  const testing::TempDir folder;
  RowSorter sorter({.folder = folder.path(), .held_bytes_max = sizeof(SortedRow)});
  ASSERT_TRUE(sorter.Add({}).ok());
  const auto names = PosixFileSystem().List(folder.path());
  ASSERT_TRUE(names.ok());
  EXPECT_TRUE(names->empty());
}

TEST(RowSorter, AFolderThatIsNotThereIsAnErrorOnlyWhereItIsNeeded) {
  const testing::TempDir folder;
  const std::vector<SortedRow> rows = RandomRows(10);
  EXPECT_TRUE(Sort(rows, {.folder = folder.Path("none")}).ok());
  const auto failed =
      Sort(rows, {.folder = folder.Path("none"), .held_bytes_max = 4 * sizeof(SortedRow)});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kNotFound);
}

TEST(RowSorter, StopsOnRequest) {
  const auto stopped = Sort(RandomRows(10), {.is_cancelled = [] { return true; }});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace reprise::lineage
