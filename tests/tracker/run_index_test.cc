#include "tracker/run_index.h"

#include <gtest/gtest.h>

#include <algorithm>
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
  std::string long_text(kIndexedTextBytesMax + 1, 'x');
  const std::string cut = TextKey(long_text);
  long_text.back() = 'y';
  EXPECT_EQ(TextKey(long_text), cut);
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
  const auto hex_of = [](std::string_view text) { return ToHex(AsBytes(text)); };
  const auto row = [&](std::string_view field, std::string_view value) {
    std::string text = hex_of("by/");
    text += hex_of(field);
    text += "0000";
    text += value;
    text += "fe74301a97ff";          // The time in the id, inverted,
    text += "fffffffffffffffffffe";  // and its random bits.
    return text;
  };
  const auto text_row = [&](std::string_view field, std::string_view text) {
    std::string value = "74";
    value += hex_of(text);
    value += "0000";
    return row(field, value);
  };
  const std::vector<std::string> keys = IndexKeysOf(MakeRun());
  std::vector<std::string> hex;
  for (const std::string& key : keys) hex.push_back(hex_of(key));
  EXPECT_EQ(hex, (std::vector<std::string>{
                     text_row("experiment", "credit"), row("metrics.auc", "6ebfe0000000000000"),
                     text_row("name", "otter"), text_row("tags.stage", "prod")}));
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
