#include "tracker/run_index.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/base/bytes.h"

namespace reprise::tracker {
namespace {

using lineage::query::FieldKind;

std::string NumberKey(double number) {
  std::string key;
  AppendNumber(number, key);
  return key;
}

std::string TextKey(const std::string& text) {
  std::string key;
  AppendText(text, key);
  return key;
}

TEST(RunIndex, BytesOfNumbersSortAsTheNumbersDo) {
  const std::vector<double> numbers = {-INFINITY, -1e300, -1, -5e-324, 0,     5e-324,
                                       0.1,       0.5,    1,  1.5,     1e300, INFINITY};
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    EXPECT_LT(NumberKey(numbers[i - 1]), NumberKey(numbers[i])) << numbers[i];
  }
  EXPECT_EQ(NumberKey(-0.0), NumberKey(0.0));
}

TEST(RunIndex, BytesOfTextsSortAsTheTextsDo) {
  const std::vector<std::string> texts = {"",
                                          std::string(1, '\0'),
                                          std::string("\0\0", 2),
                                          "a",
                                          std::string("a\0", 2),
                                          std::string("a\0b", 3),
                                          "a\x01",
                                          "ab",
                                          "b",
                                          "\xff"};
  for (std::size_t i = 1; i < texts.size(); ++i) {
    EXPECT_LT(TextKey(texts[i - 1]), TextKey(texts[i])) << i;
  }
  EXPECT_EQ(TextKey(std::string(64, 'x') + "y"), TextKey(std::string(64, 'x') + "z"));
}

ListedRun MakeRun() {
  ListedRun run;
  std::array<std::byte, 10> bits{};
  bits[9] = std::byte{1};
  run.id = Ulid::FromParts(1'700'000'000'000, bits);
  run.started_at_unix_ms = 1'700'000'000'000;
  run.name = "otter";
  run.experiment = "credit";
  run.status = lineage::RunStatus::kFinished;
  run.metrics["auc"] = 0.5;
  run.tags["stage"] = "prod";
  return run;
}

// The golden bytes of docs/formats/catalog_keys.md: if they must change, so must the format of the
// catalog (tracker/index.cc).
TEST(RunIndex, RowsHaveTheBytesOfTheirPage) {
  const std::string id =
      "fe74301a97ff"
      "ffffffffffffffffff"
      "fe";
  const std::vector<std::string> keys = IndexKeysOf(MakeRun());
  std::vector<std::string> hex;
  for (const std::string& key : keys) hex.push_back(ToHex(AsBytes(key)));
  const auto row = [&](const std::string& field, const std::string& value) {
    return ToHex(AsBytes("by/" + field)) + "0000" + value + id;
  };
  EXPECT_EQ(hex, (std::vector<std::string>{
                     row("experiment", "74" + ToHex(AsBytes(std::string("credit"))) + "0000"),
                     row("metrics.auc",
                         "6e"
                         "bfe0000000000000"),
                     row("name", "74" + ToHex(AsBytes(std::string("otter"))) + "0000"),
                     row("tags.stage", "74" + ToHex(AsBytes(std::string("prod"))) + "0000")}));
  EXPECT_EQ(RunIdOf(keys[0]), MakeRun().id);
}

TEST(RunIndex, OnlyWhatIsUnusualHasARowOfStatusAndStart) {
  ListedRun run = MakeRun();
  const std::size_t usual = IndexKeysOf(run).size();
  run.status = lineage::RunStatus::kFailed;
  EXPECT_EQ(IndexKeysOf(run).size(), usual + 1);
  run.started_at_unix_ms += kIdTimeSkewMsMax;
  EXPECT_EQ(IndexKeysOf(run).size(), usual + 1);
  run.started_at_unix_ms += 1;
  EXPECT_EQ(IndexKeysOf(run).size(), usual + 2);
}

TEST(RunIndex, ARunOfVeryManyFieldsHasOneRowForThemAll) {
  ListedRun run = MakeRun();
  while (run.metrics.size() + run.tags.size() < kIndexedKeysMax) {
    run.metrics["m" + std::to_string(run.metrics.size())] = 1;
  }
  EXPECT_EQ(IndexKeysOf(run).size(), kIndexedKeysMax + 2);
  run.params["one more"] = "1";
  const std::vector<std::string> keys = IndexKeysOf(run);
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_EQ(std::ranges::count_if(
                keys, [](const std::string& key) { return key.starts_with(kWideRunsPrefix); }),
            1);
}

TEST(RunIndex, RowsMoveWithWhatIsSaidLater) {
  const ListedRun before = MakeRun();
  ListedRun after = before;
  after.tags["stage"] = "test";
  storage::CatalogBatch batch;
  PutIndexRows(&before, after, batch);
  ASSERT_EQ(batch.changes().size(), 2U);
  EXPECT_FALSE(batch.changes()[0].value.has_value());
  EXPECT_NE(batch.changes()[0].key.find("prod"), std::string::npos);
  EXPECT_TRUE(batch.changes()[1].value.has_value());
  EXPECT_NE(batch.changes()[1].key.find("test"), std::string::npos);
}

TEST(RunIndex, SummariesOfMetricsAreNotServed) {
  EXPECT_TRUE(IsIndexed({FieldKind::kMetric, "auc"}));
  EXPECT_FALSE(IsIndexed({FieldKind::kMetric, "auc.min"}));
  EXPECT_TRUE(IsIndexed({FieldKind::kParam, "auc.min"}));
  EXPECT_FALSE(IsIndexed({FieldKind::kDuration, ""}));
}

}  // namespace
}  // namespace reprise::tracker
