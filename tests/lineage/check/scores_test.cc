// Stability, calibration, drift and the difference of two areas, beside SciPy and scikit-learn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lineage/check/area_difference.h"
#include "lineage/check/calibration.h"
#include "lineage/check/drift.h"
#include "lineage/check/stability.h"
#include "tests/lineage/check/check_testing.h"

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SampleText;
using testing::Table;

// The samples of tests/lineage/diff/distribution_test.cc.
std::string Scores(int count, int factor, int modulus, double divisor, double offset) {
  std::ostringstream text;
  text.precision(17);
  text << "pd\n";
  for (int i = 0; i < count; ++i) text << i * factor % modulus / divisor + offset << "\n";
  return text.str();
}

TEST(CheckStability, IsThatOfNumpyAndScipy) {
  const Table before(Scores(50, 37, 101, 7, 0));
  const Table after(Scores(60, 53, 97, 6, 1));
  for (const std::size_t held_bytes_max : {std::size_t{1} << 20, 20 * sizeof(SortedRow)}) {
    RowSorterOptions sorting;
    sorting.held_bytes_max = held_bytes_max;
    const auto check = CheckStability(before.Checked(), after.Checked(), "pd", sorting);
    ASSERT_TRUE(check.ok()) << check.error().message;
    EXPECT_NEAR(check->population_stability, 0.17877738797215464, 1e-14);
    EXPECT_NEAR(check->kolmogorov_smirnov, 0.16666666666666666, 1e-15);
    std::vector<std::uint64_t> actual;
    for (const StabilityBin& bin : check->bins) {
      EXPECT_EQ(bin.expected, 5U);
      actual.push_back(bin.actual);
    }
    EXPECT_THAT(actual, ElementsAre(2, 6, 5, 6, 5, 4, 7, 5, 6, 14));
    EXPECT_FALSE(check->bins.front().from.has_value());
    EXPECT_NEAR(*check->bins.front().to, 1.2857142857142858, 1e-15);
    EXPECT_FALSE(check->bins.back().to.has_value());
  }
}

TEST(CheckStability, OfOneScoreIsZeroAndMissingOnesAreCounted) {
  const Table table("pd\n1\nNA\n1\n-0\n");
  const auto check = CheckStability(table.Checked(), table.Checked(), "pd", {});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->kolmogorov_smirnov, 0);
  EXPECT_EQ(check->population_stability, 0);
  EXPECT_EQ(check->current_missing, 1U);
  const Table none("pd\nNA\n");
  EXPECT_THAT(CheckStability(none.Checked(), table.Checked(), "pd", {}).error().message,
              HasSubstr("no row has a score"));
}

TEST(CheckCalibration, HasTheBrierScoreOfScikitLearn) {
  const Table table(SampleText());
  const auto check =
      CheckCalibration(table.Checked(), {.score = "score", .target = "bad", .positive = {}}, 5, {});
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_NEAR(check->brier, 0.24366385648465838, 1e-15);  // brier_score_loss()
  std::uint64_t rows = 0;
  for (const CalibrationBin& bin : check->bins) rows += bin.rows;
  EXPECT_EQ(rows, 200U);
  ASSERT_EQ(check->bins.size(), 5U);
}

TEST(CheckCalibration, NeverPartsRowsWithOnePrediction) {
  const Table table("p,y\n0.1,no\n0.1,no\n0.1,yes\n0.5,no\n0.9,yes\n0.9,yes\n");
  const auto check =
      CheckCalibration(table.Checked(), {.score = "p", .target = "y", .positive = {}}, 3, {});
  ASSERT_TRUE(check.ok()) << check.error().message;
  ASSERT_EQ(check->bins.size(), 3U);
  EXPECT_EQ(check->bins[0].rows, 3U);
  EXPECT_NEAR(check->bins[0].predicted, 0.1, 1e-15);
  EXPECT_NEAR(*check->bins[0].observed.value, 1.0 / 3, 1e-15);
  EXPECT_EQ(check->bins[1].rows, 1U);
  EXPECT_EQ(check->bins[2].rows, 2U);
  EXPECT_EQ(*check->bins[2].observed.value, 1);
}

TEST(CheckCalibration, IsAboutProbabilities) {
  const Table table("p,y\n0.1,0\n620,1\n");
  const auto check =
      CheckCalibration(table.Checked(), {.score = "p", .target = "y", .positive = {}}, 3, {});
  ASSERT_FALSE(check.ok());
  EXPECT_THAT(check.error().message, HasSubstr("row 2: 620 in the column 'p' is no probability"));
}

TEST(CompareAreas, IsDeLongsTestForRowsInPairs) {
  const Table table(SampleText());
  const ScoreColumns a{.score = "score", .target = "bad", .positive = {}};
  const ScoreColumns b{.score = "other", .target = "bad", .positive = {}};
  for (const std::size_t held_bytes_max : {std::size_t{1} << 20, 20 * sizeof(SortedRow)}) {
    RowSorterOptions sorting;
    sorting.held_bytes_max = held_bytes_max;
    const auto compared = CompareAreas(table.Checked(), a, table.Checked(), b, sorting);
    ASSERT_TRUE(compared.ok()) << compared.error().message;
    ASSERT_FALSE(compared->not_comparable.has_value());
    EXPECT_NEAR(*compared->a_area.value, 0.68020330112721417, 1e-14);
    EXPECT_NEAR(*compared->b_area.value, 0.60990338164251212, 1e-14);
    EXPECT_NEAR(*compared->difference.value, -0.070299919484702045, 1e-14);
    EXPECT_NEAR(*compared->difference.low, -0.12819455592378073, 1e-13);
    EXPECT_NEAR(*compared->difference.high, -0.012405283045623355, 1e-13);
    EXPECT_NEAR(*compared->p_value, 0.017315823005974871, 1e-12);
  }
}

TEST(CompareAreas, OfOneScoreDiffersByNothingForCertain) {
  const Table table(SampleText());
  const ScoreColumns columns{.score = "score", .target = "bad", .positive = {}};
  const auto compared = CompareAreas(table.Checked(), columns, table.Checked(), columns, {});
  ASSERT_TRUE(compared.ok());
  EXPECT_EQ(*compared->difference.value, 0);
  EXPECT_NEAR(*compared->difference.low, 0, 1e-9);
}

TEST(CompareAreas, RefusesOtherRows) {
  const Table table("score,bad\n1,0\n2,1\n");
  const Table swapped("score,bad\n2,1\n1,0\n");
  const Table longer("score,bad\n1,0\n2,1\n3,1\n");
  const ScoreColumns columns{.score = "score", .target = "bad", .positive = {}};
  const auto other = CompareAreas(table.Checked(), columns, swapped.Checked(), columns, {});
  ASSERT_TRUE(other.ok());
  EXPECT_THAT(*other->not_comparable, HasSubstr("the outcomes in row 1 differ"));
  const auto more = CompareAreas(table.Checked(), columns, longer.Checked(), columns, {});
  ASSERT_TRUE(more.ok());
  EXPECT_THAT(*more->not_comparable, HasSubstr("has more rows"));
}

TEST(CheckDrift, TellsEachColumnByItsName) {
  std::string before = "age,place,old,id\n";
  std::string after = "place,age,new,id\n";
  for (int i = 0; i < 2000; ++i) {
    const std::string id = std::to_string(i);
    before += std::to_string(i % 50) + "," + (i % 2 == 0 ? "a" : "b") + ",1,n" + id + "\n";
    after +=
        std::string(i % 10 == 0 ? "a" : "b") + "," + std::to_string(i % 50) + ",2,n" + id + "\n";
  }
  const Table old_table(before);
  const Table new_table(after);
  const auto check = CheckDrift({old_table.Checked()}, Digest(), new_table.Checked(), {});
  ASSERT_TRUE(check.ok()) << check.error().message;
  std::vector<std::string> states;
  for (const DriftColumn& column : check->columns) {
    states.push_back(column.name + ":" + std::string(column.type) + ":" +
                     std::string(column.state));
  }
  EXPECT_THAT(states,
              ElementsAre("age:number:stable", "place:category:large shift", "old:unknown:missing",
                          "id:category:not compared", "new:unknown:added"));
  EXPECT_EQ(check->reference.rows, 2000U);
  EXPECT_EQ(*check->columns[0].kolmogorov_smirnov, 0);
  EXPECT_FALSE(check->columns[1].kolmogorov_smirnov.has_value());
}

TEST(CheckDrift, OfNoRowsIsNone) {
  const Table rows("age,region\n30,north\n");
  const Table header("age,region\n");
  EXPECT_THAT(CheckDrift({rows.Checked()}, Digest(), header.Checked("new.csv"), {}).error().message,
              HasSubstr("cannot check 'new.csv': it has no rows below its header"));
  EXPECT_THAT(CheckDrift({header.Checked("old.csv")}, Digest(), rows.Checked(), {}).error().message,
              HasSubstr("cannot check 'old.csv': it has no rows"));
  // A folder of training data may have an empty part.
  const auto check = CheckDrift({header.Checked(), rows.Checked()}, Digest(), rows.Checked(), {});
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_EQ(check->reference.rows, 1U);
}

TEST(CheckDrift, AShortTableStaysWholeBesideALongOne) {
  std::string old_text = "x\n";
  for (int i = 0; i < 4000; ++i) old_text += std::to_string(i % 1000) + "\n";
  const Table old_table(old_text);
  std::string new_text = "x\n";
  for (int i = 0; i < 60; ++i) new_text += std::to_string(600 + i * 6) + "\n";
  const Table new_table(new_text);
  const auto whole = CheckDrift({old_table.Checked()}, Digest(), new_table.Checked(), {});
  DriftOptions options;
  options.limits.values_held_max = 1400;
  const auto sampled = CheckDrift({old_table.Checked()}, Digest(), new_table.Checked(), options);
  ASSERT_TRUE(whole.ok() && sampled.ok());
  EXPECT_EQ(sampled->sampled_share, 0.125);
  EXPECT_LT(sampled->sampling_error, 0.1);
  EXPECT_NEAR(*sampled->columns[0].kolmogorov_smirnov, *whole->columns[0].kolmogorov_smirnov,
              sampled->sampling_error);
  EXPECT_EQ(sampled->columns[0].state, "large shift");
}

TEST(CheckDrift, AddsUpTheTablesOfAFolderAndWantsTheirColumns) {
  const Table one("age\n1\n2\n");
  const Table two("age\n3\n");
  const Table other("size\n3\n");
  const auto check = CheckDrift({one.Checked(), two.Checked()}, Digest(), one.Checked(), {});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->reference.rows, 3U);
  EXPECT_THAT(CheckDrift({one.Checked(), other.Checked("b.csv")}, Digest(), one.Checked(), {})
                  .error()
                  .message,
              HasSubstr("'b.csv': there is no column 'age'"));
  EXPECT_THAT(
      CheckDrift({one.Checked()}, Digest(), one.Checked(), {.columns = {"aeg"}}).error().message,
      HasSubstr("did you mean 'age'?"));
}

}  // namespace
}  // namespace reprise::lineage
