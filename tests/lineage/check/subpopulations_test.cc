// Groups and their numbers, beside SciPy and scikit-learn.

#include "lineage/check/subpopulations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lineage/check/check_testing.h"

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SampleText;
using testing::Table;

SubpopulationOptions Options(std::vector<std::string> groups) {
  SubpopulationOptions options;
  options.columns = {.score = "score", .target = "bad", .positive = {}};
  options.groups = std::move(groups);
  return options;
}

void ExpectNear(const Estimate& estimate, double value, double low, double high) {
  ASSERT_TRUE(estimate.value.has_value());
  EXPECT_NEAR(*estimate.value, value, 1e-13);
  EXPECT_NEAR(*estimate.low, low, 1e-13);
  EXPECT_NEAR(*estimate.high, high, 1e-13);
}

TEST(CheckSubpopulations, IsThatOfScipyAndScikitLearn) {
  const Table table(SampleText());
  SubpopulationOptions options = Options({"sex"});
  options.threshold = 0.4;
  const auto check = CheckSubpopulations(table.Checked(), options);
  ASSERT_TRUE(check.ok()) << check.error().message;
  EXPECT_EQ(check->positive, "1");
  EXPECT_EQ(check->data.rows, 200U);
  // roc_auc_score() with DeLong's variance by numpy.cov(); ks_2samp(); proportion_ci("wilson").
  ExpectNear(check->overall.ranking.area, 0.68020330112721417, 0.60620770722555584,
             0.7541988950288725);
  ExpectNear(check->overall.ranking.separation, 0.29991948470209334, 0.16281947255116183,
             0.42222606268801899);
  ASSERT_EQ(check->groups.size(), 2U);
  EXPECT_EQ(check->groups[0].group, "F");
  EXPECT_EQ(check->groups[0].rows, 133U);
  ExpectNear(check->groups[0].ranking.area, 0.67862021857923494, 0.58750271594425352,
             0.76973772121421635);
  ExpectNear(check->groups[0].approval_rate, 0.39849624060150374, 0.31926662428353575,
             0.48342475132231338);
  EXPECT_EQ(check->groups[1].group, "M");
  ExpectNear(check->groups[1].ranking.area, 0.68369175627240142, 0.55504340632287974,
             0.8123401062219231);
  ExpectNear(check->groups[1].ranking.separation, 0.32616487455197135, 0.09316591491453613,
             0.51757006492425328);
}

TEST(CheckSubpopulations, HasTheSameResultOnceRowsAreSortedInAFile) {
  const Table table(SampleText());
  SubpopulationOptions options = Options({"sex"});
  const auto in_memory = CheckSubpopulations(table.Checked(), options);
  options.sorting.held_bytes_max = 40 * sizeof(SortedRow);
  const auto in_file = CheckSubpopulations(table.Checked(), options);
  ASSERT_TRUE(in_memory.ok() && in_file.ok());
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(in_memory->groups[i].ranking.area, in_file->groups[i].ranking.area);
    EXPECT_EQ(in_memory->groups[i].ranking.separation, in_file->groups[i].ranking.separation);
  }
}

TEST(CheckSubpopulations, OfPointsIsThatOfTheirOpposite) {
  // Points are 100 less the score: who has many is approved.
  const Table risks("score,bad,sex\n10,0,F\n20,1,F\n30,0,F\n40,1,F\n");
  const Table points("score,bad,sex\n90,0,F\n80,1,F\n70,0,F\n60,1,F\n");
  SubpopulationOptions options = Options({"sex"});
  options.threshold = 20;
  const auto of_risks = CheckSubpopulations(risks.Checked(), options);
  options.threshold = 80;
  options.columns.higher_is_better = true;
  const auto of_points = CheckSubpopulations(points.Checked(), options);
  ASSERT_TRUE(of_risks.ok() && of_points.ok());
  EXPECT_EQ(*of_risks->overall.ranking.area.value, 0.75);
  EXPECT_EQ(of_risks->overall.ranking.area, of_points->overall.ranking.area);
  EXPECT_EQ(*of_risks->overall.approval_rate.value, 0.5);
  EXPECT_EQ(of_risks->overall.approval_rate, of_points->overall.approval_rate);
}

TEST(CheckSubpopulations, CountsTiesByHalf) {
  const Table table("score,bad,g\n1,0,a\n1,1,a\n2,1,a\n0,0,b\n");
  const auto check = CheckSubpopulations(table.Checked(), Options({"g"}));
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(*check->groups[0].ranking.area.value, 0.75);
  EXPECT_FALSE(check->groups[1].ranking.area.value.has_value());  // One class alone.
  EXPECT_FALSE(check->groups[0].approval_rate.value.has_value());
  EXPECT_EQ(*check->groups[1].positive_rate.value, 0);
}

std::vector<std::string> GroupsOf(const std::string& values) {
  std::string text = "score,bad,g\n";
  int i = 0;
  for (std::size_t at = 0; at < values.size();) {
    const std::size_t end = std::min(values.find(' ', at), values.size());
    text +=
        std::to_string(i) + "," + std::to_string(i % 2) + "," + values.substr(at, end - at) + "\n";
    ++i;
    at = end + 1;
  }
  const Table table(text);
  const auto check = CheckSubpopulations(table.Checked(), Options({"g"}));
  std::vector<std::string> groups;
  if (!check.ok()) return {check.error().message};
  for (const GroupResult& group : check->groups) {
    groups.push_back(group.group + ":" + std::to_string(group.rows));
  }
  return groups;
}

TEST(ColumnGroups, AreValuesInOrderAndWhatIsMissing) {
  EXPECT_THAT(GroupsOf("b a NA b"), ElementsAre("a:1", "b:2", "(missing):1"));
  EXPECT_THAT(GroupsOf("10 9 10 1"), ElementsAre("1:1", "9:1", "10:2"));
}

TEST(ColumnGroups, OfManyNumbersAreItsQuarters) {
  EXPECT_THAT(GroupsOf("1 2 3 4 5 6 7 8 9 10 11 12"),
              ElementsAre("≤ 3:3", "> 3, ≤ 6:3", "> 6, ≤ 9:3", "> 9:3"));
}

TEST(ColumnGroups, AreNoNamesOfThings) {
  std::string names;
  for (int i = 0; i < 101; ++i) names += (i == 0 ? "n" : " n") + std::to_string(i);
  EXPECT_THAT(GroupsOf(names), ElementsAre(HasSubstr("more than 100 values")));
}

TEST(CheckSubpopulations, LeavesOutRowsWithoutScoreOrOutcomeAndSaysSo) {
  const Table table("score,bad,g\n1,0,a\n,1,a\n2,,a\n3,1,a\n");
  const auto check = CheckSubpopulations(table.Checked(), Options({"g"}));
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->left_out, 2U);
  EXPECT_EQ(check->groups[0].rows, 2U);
}

TEST(CheckSubpopulations, SaysWhatIsWrongWithATable) {
  const auto message = [](const std::string& text) {
    const Table table(text);
    const auto check = CheckSubpopulations(table.Checked(), Options({"g"}));
    return check.ok() ? "" : check.error().message;
  };
  EXPECT_THAT(message(""), HasSubstr("it is empty"));
  EXPECT_THAT(message("1,2,3\n"), HasSubstr("does not name the columns"));
  EXPECT_THAT(message("score,bd,g\n1,0,a\n"), HasSubstr("did you mean 'bd'?"));
  EXPECT_THAT(message("score,bad,g\nx,0,a\n"), HasSubstr("row 1: 'x' in the column 'score'"));
  EXPECT_THAT(message("score,bad,g\ninf,0,a\n"), HasSubstr("is no finite number"));
  EXPECT_THAT(message("score,bad,g\n1,2,a\n"), HasSubstr("--positive VALUE"));
  EXPECT_THAT(message("score,bad,g\n1,0,a\n1,1,a\n1,2,a\n"), HasSubstr("a third value, '2'"));
  EXPECT_THAT(message("score,bad,g\n,0,a\n"), HasSubstr("no row has both"));
  EXPECT_THAT(message("score,bad,g\n1,0\n"), HasSubstr("row 1 has 2 fields"));
}

}  // namespace
}  // namespace reprise::lineage
