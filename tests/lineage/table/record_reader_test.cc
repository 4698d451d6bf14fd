// Records of delimited text, however the bytes are cut, against the reader of whole records.

#include "lineage/table/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Records = std::vector<std::vector<std::string>>;

// Fed in parts of `part_bytes`.
Result<Records> Read(std::string_view text, std::size_t part_bytes) {
  Records records;
  RecordReader reader([&](std::span<const std::string_view> fields) -> Result<void> {
    records.emplace_back(fields.begin(), fields.end());
    return {};
  });
  for (std::size_t at = 0; at < text.size(); at += part_bytes) {
    REPRISE_TRY(reader.Feed(text.substr(at, part_bytes)));
  }
  REPRISE_TRY(reader.Finish());
  return records;
}

void ExpectRecords(std::string_view text, const Records& expected) {
  for (const std::size_t part_bytes : {1U, 2U, 3U, 7U, 1000U}) {
    const auto records = Read(text, part_bytes);
    ASSERT_TRUE(records.ok()) << records.error().message;
    EXPECT_EQ(*records, expected) << "in parts of " << part_bytes << " of " << text;
  }
}

TEST(RecordReader, LinesEndWithLineFeedsWithOrWithoutACarriageReturn) {
  ExpectRecords("a,b\n1,2\r\n3,4", {{"a", "b"}, {"1", "2"}, {"3", "4"}});
  ExpectRecords("a,b\n\n", {{"a", "b"}, {""}});
  ExpectRecords("a,\r\n,b\n", {{"a", ""}, {"", "b"}});
  ExpectRecords("a\rb,c\n", {{"a\rb", "c"}});
}

TEST(RecordReader, LinesMayEndWithCarriageReturnsAlone) {
  ExpectRecords("a,b\r1,2\r3,4", {{"a", "b"}, {"1", "2"}, {"3", "4"}});
  ExpectRecords("a;b;c\r1,2;3,4;\"x\ry\"\r", {{"a", "b", "c"}, {"1,2", "3,4", "x\ry"}});
  ExpectRecords("\r\ra\r1\r", {{""}, {""}, {"a"}, {"1"}});
  ExpectRecords("\"a\",\"b\"\r\"1\",\r", {{"a", "b"}, {"1", ""}});
  ExpectRecords("a,b\r", {{"a", "b"}});
}

TEST(RecordReader, AReturnFarFromAnyLineFeedEndsALineHoweverTheTextIsCut) {
  std::string text = "a,b\r";
  for (int i = 0; i < 20'000; ++i) text += "1,2\r";
  text += "3,4\n";
  for (const std::size_t part_bytes : {1000U, 65536U, 200'000U}) {
    const auto records = Read(text, part_bytes);
    ASSERT_TRUE(records.ok()) << records.error().message;
    EXPECT_EQ(records->size(), 20'002U) << "in parts of " << part_bytes;
  }
}

TEST(RecordReader, QuotedFieldsHoldDelimitersLineEndsAndDoubledQuotes) {
  ExpectRecords("\"a,b\",\"c\nd\",\"e\"\"f\",\"\"\"\",\"\"\n", {{"a,b", "c\nd", "e\"f", "\"", ""}});
  ExpectRecords("\"\"\"x\"\"\",\"y\"\"\"\r\n\"1\"", {{"\"x\"", "y\""}, {"1"}});
}

TEST(RecordReader, TheDelimiterIsTheOneThatDividesTheFirstRecordMost) {
  ExpectRecords("a;b;c,d\n1;2;3\n", {{"a", "b", "c,d"}, {"1", "2", "3"}});
  ExpectRecords("a\tb\n1\t2\n", {{"a", "b"}, {"1", "2"}});
  ExpectRecords("\"a;b;c\",d\n", {{"a;b;c", "d"}});
}

TEST(RecordReader, AByteOrderMarkIsNoPartOfTheFirstName) {
  ExpectRecords(
      "\xEF\xBB\xBF"
      "a,b\n",
      {{"a", "b"}});
  ExpectRecords("\xEF\xBB", {{"\xEF\xBB"}});
}

TEST(RecordReader, NothingHasNoRecords) { ExpectRecords("", {}); }

TEST(RecordReader, WhatIsNoTableIsAnErrorWhereverItIsCut) {
  for (const std::size_t part_bytes : {1U, 4U, 100U}) {
    EXPECT_THAT(Read("a,b\n\"x\"y,2\n", part_bytes).error().message,
                HasSubstr("something follows"));
    EXPECT_THAT(Read("a,b\n\"x,2\n", part_bytes).error().message, HasSubstr("does not end"));
  }
}

TEST(RecordReader, ARecordBeyondTheLimitIsAnErrorAndTakesNoMoreMemory) {
  const std::string line(kRecordBytesMax + 2, 'x');
  EXPECT_THAT(Read("a\n" + line, 65536).error().message, HasSubstr("longer than 4 MiB"));
  EXPECT_TRUE(Read("a\n" + line.substr(2) + "\n", 65536).ok());
}

}  // namespace
}  // namespace reprise::lineage
