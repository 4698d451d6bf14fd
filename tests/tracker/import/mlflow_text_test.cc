#include <gtest/gtest.h>

#include <cmath>

#include "tracker/import/flat_yaml.h"
#include "tracker/import/mlflow_run.h"
#include "tracker/run_names.h"

namespace reprise::tracker {
namespace {

using lineage::ParamType;

TEST(FlatYaml, ReadsScalarsAndMappingsOfScalarsAndPassesOverTheRest) {
  const auto yaml = ParseFlatYaml(
      "name: 'a b'\nend_time: null\nquoted: 'null'\ntags:\n  k: v\n  deep: {x: 1}\nlist: [1, {a: "
      "2}]\n"
      "anchor: &a {z: 1}\nalias: *a\nlast: 7\n");
  ASSERT_TRUE(yaml.ok()) << yaml.error().message;
  EXPECT_EQ(yaml->Text("name"), "a b");
  EXPECT_FALSE(yaml->Find("end_time").has_value());
  EXPECT_EQ(yaml->Find("quoted"), "null");
  EXPECT_EQ(yaml->mappings.at("tags"), (std::map<std::string, std::string>{{"k", "v"}}));
  EXPECT_EQ(yaml->Text("last"), "7");
  EXPECT_FALSE(yaml->Find("list").has_value());
}

TEST(FlatYaml, RefusesWhatIsNoMapping) {
  for (const char* const text : {"", "- a\n", "text", "a: [\n", "\t\tx: y", "a: \xFF\n"}) {
    const auto yaml = ParseFlatYaml(text);
    ASSERT_FALSE(yaml.ok()) << text;
    EXPECT_EQ(yaml.error().code, ErrorCode::kCorruption) << text;
  }
  EXPECT_FALSE(ParseFlatYaml(std::string_view()).ok());
}

TEST(MlflowPoint, HasTwoFieldsAtLeast) {
  const auto old = ParseMlflowPoint("1700000000000 0.5");
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old->time_unix_ms, 1700000000000);
  EXPECT_EQ(old->step, 0);
  const auto named = ParseMlflowPoint("1 0.25 -3 my data 1234abcd");
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->step, -3);
  EXPECT_EQ(named->value, 0.25);
  for (const char* const text : {"", "1", "1 x", "x 1", "1 1 1.5", "1  1", "1 1e 1"}) {
    EXPECT_FALSE(ParseMlflowPoint(text).ok()) << text;
  }
}

TEST(MlflowPoint, TakesTheNumbersThatPythonWrites) {
  EXPECT_TRUE(std::isnan(ParseMlflowPoint("1 nan 0")->value));
  EXPECT_EQ(ParseMlflowPoint("1 inf 0")->value, INFINITY);
  EXPECT_EQ(ParseMlflowPoint("1 -inf 0")->value, -INFINITY);
  EXPECT_EQ(ParseMlflowPoint("1 1e-05 0")->value, 1e-5);
  EXPECT_EQ(ParseMlflowPoint("1 1.7976931348623157e+308 0")->value, 1.7976931348623157e308);
  EXPECT_EQ(ParseMlflowPoint("1 1e400 0")->value, INFINITY);
  EXPECT_EQ(ParseMlflowPoint("1 1e-400 0")->value, 0);
}

TEST(MlflowParam, BecomesANumberOnlyWhereItsTextCanBeHadBack) {
  EXPECT_EQ(ParamOfMlflow("6").type(), ParamType::kInt);
  EXPECT_EQ(ParamOfMlflow("0.1").type(), ParamType::kReal);
  EXPECT_EQ(ParamOfMlflow("1e-05").type(), ParamType::kReal);
  EXPECT_EQ(ParamOfMlflow("100000.0").type(), ParamType::kReal);
  EXPECT_EQ(ParamOfMlflow("True").type(), ParamType::kBool);
  for (const char* const text : {"1.10", "007", "123e45", "00.5", "1.", "", "None", "nan x",
                                 "0.12345678901234567890123", "+5", "1_000"}) {
    const lineage::ParamValue value = ParamOfMlflow(text);
    EXPECT_EQ(value.type(), ParamType::kString) << text;
    EXPECT_EQ(value.text(), text);
  }
}

TEST(MlflowRunName, IsOneThatARunCanHaveOrNone) {
  EXPECT_EQ(RunNameOfMlflow("bold-hare-12"), "bold-hare-12");
  EXPECT_EQ(RunNameOfMlflow("failed run!"), "failed-run");
  EXPECT_EQ(RunNameOfMlflow("../../etc/passwd"), "etc-passwd");
  EXPECT_EQ(RunNameOfMlflow("\xCE\xB1"), std::nullopt);
  EXPECT_EQ(RunNameOfMlflow(""), std::nullopt);
  EXPECT_EQ(RunNameOfMlflow("01HF7YAT00Z97RNHE85SQVZVBK"), std::nullopt);
  EXPECT_EQ(RunNameOfMlflow(std::string(500, 'a'))->size(), 100U);
}

TEST(MlflowRunId, IsTheSameForTheSameRunAndBeginsWithItsStart) {
  const Ulid id = RunIdOfMlflow("7b23a9dbf075408eb213dedf46ad2000", 1'700'000'000'000);
  EXPECT_EQ(id.ToString(), "01HF7YAT00M3WDXR201P37TTX9");
  EXPECT_EQ(id.unix_ms(), 1'700'000'000'000U);
  EXPECT_NE(id, RunIdOfMlflow("7b23a9dbf075408eb213dedf46ad2001", 1'700'000'000'000));
}

TEST(MlflowDataset, HasAGoldenDescriptionWithoutCredentials) {
  MlflowDataset dataset{"credit/a", "eddf58f6", "http", R"({"url": "https://u:pw@h/x.csv"})",
                        "{}",       "",         "train"};
  const auto description = DatasetDescription(dataset);
  ASSERT_TRUE(description.ok());
  EXPECT_EQ(*description,
            R"({"digest":"eddf58f6","name":"credit/a","profile":"","schema":"{}",)"
            R"("source":"{\"url\": \"https://<redacted>@h/x.csv\"}","source_type":"http",)"
            R"("type":"reprise/mlflow-dataset/v1"})");
  EXPECT_EQ(DatasetPath(dataset), "mlflow-datasets/credit_a-eddf58f6.json");
}

TEST(MlflowExperimentName, HasNothingThatAReferenceCouldMisread) {
  EXPECT_EQ(ExperimentNameOfMlflow({"1", "credit", false, {}}), "credit");
  EXPECT_EQ(ExperimentNameOfMlflow({"1", "/Users/a@b.c/x", false, {}}), "/Users/a_b.c/x");
  EXPECT_EQ(ExperimentNameOfMlflow({"1", "-x", false, {}}), "_x");
  EXPECT_EQ(ExperimentNameOfMlflow({"1", "", false, {}}), "mlflow-1");
}

}  // namespace
}  // namespace reprise::tracker
