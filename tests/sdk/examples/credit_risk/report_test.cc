#include "report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace credit_risk {
namespace {

// Loans of the given ages, every second one bad.
Dataset LoansOfAges(const std::vector<std::string>& ages) {
  std::string text = "Age,Class\n";
  for (std::size_t i = 0; i < ages.size(); ++i) text += ages[i] + (i % 2 ? ",Bad\n" : ",Good\n");
  return ToDataset(ParseCsv(text, "ages"));
}

// What `write` leaves in a file.
template <typename Write>
std::string Written(Write&& write) {
  const std::string path = (std::filesystem::path(::testing::TempDir()) /
                            ("report_" + std::to_string(::getpid()) + ".csv"))
                               .string();
  write(path);
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(path);
  return text;
}

TEST(Evaluate, AnAgeOnABoundaryBelongsToTheOlderGroup) {
  const Dataset loans = LoansOfAges({"19", "24", "25", "39", "40", "59", "60", "75", "24.5"});
  const Evaluation evaluation = Evaluate(loans, std::vector<double>(9, 0.5));
  ASSERT_EQ(evaluation.age_groups.size(), 4u);
  EXPECT_EQ(evaluation.age_groups[0].count, 3u);
  EXPECT_EQ(evaluation.age_groups[0].bad_count, 1u);
  for (int group : {1, 2, 3}) EXPECT_EQ(evaluation.age_groups[group].count, 2u) << group;
}

TEST(Evaluate, MeasuresEachGroupApart) {
  // The young are ranked perfectly, the old the wrong way round.
  const Dataset loans = LoansOfAges({"20", "20", "70", "70"});
  const Evaluation evaluation = Evaluate(loans, {0.1, 0.9, 0.9, 0.1});
  EXPECT_EQ(evaluation.age_groups[0].auc, 1.0);
  EXPECT_EQ(evaluation.age_groups[3].auc, 0.0);
  EXPECT_EQ(evaluation.auc, 0.5);
}

TEST(Evaluate, AGroupOfOneClassHasNoAuc) {
  const Evaluation evaluation = Evaluate(LoansOfAges({"20", "70"}), {0.1, 0.9});
  EXPECT_EQ(evaluation.age_groups[0].auc, std::nullopt);
  EXPECT_EQ(evaluation.age_groups[1].auc, std::nullopt) << "nobody is of that age";
}

TEST(WriteAgeGroups, WhatIsUndefinedIsAnEmptyCell) {
  const std::vector<AgeGroup> groups = {
      {.name = "under 25", .key = "", .count = 3, .bad_count = 1, .auc = 0.5},
      {.name = "60, and over", .key = "", .count = 0, .bad_count = 0, .auc = std::nullopt}};
  EXPECT_EQ(Written([&](const std::string& path) { WriteAgeGroups(path, groups); }),
            "age,count,bad_count,auc\nunder 25,3,1,0.5\n\"60, and over\",0,0,\n");
}

TEST(WriteCalibration, AnEmptyBinHasNeitherMeanNorShare) {
  const Calibration calibration = Calibrate(std::vector<double>{0.25, 0.25}, {{0, 1}});
  const std::string text =
      Written([&](const std::string& path) { WriteCalibration(path, calibration); });
  EXPECT_THAT(text, ::testing::HasSubstr("\n0.1,0.2,0,,\n0.2,0.3,2,0.25,0.5\n"));
}

TEST(WritePredictions, NamesTheRowsOfTheFile) {
  const Dataset loans = LoansOfAges({"20", "30", "40"}).Rows({1, 2});
  EXPECT_EQ(Written([&](const std::string& path) {
              WritePredictions(path, loans, {0.75, static_cast<double>(0.1f)});
            }),
            "row,is_bad,probability_bad\n2,1,0.75\n3,0,0.1\n");
}

TEST(WriteFiles, AFolderThatIsMissingIsNamed) {
  try {
    WriteImportance("/nonexistent/importance.csv", {});
    FAIL() << "it was written";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/nonexistent/importance.csv: No such file"));
  }
}

}  // namespace
}  // namespace credit_risk
