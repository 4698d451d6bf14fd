// What is said of text, and of bytes of no known kind.

#include "storage/base/bytes.h"
#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::Compare;
using testing::Told;

TEST(CompareText, NamesTheFirstLineThatDiffersAndCountsThem) {
  EXPECT_EQ(Told("one\ntwo\nthree\n", "one\n2\nthree\n"),
            "text: line 2: 'two' became '2'; 1 of 3 lines differs");
  const auto difference = Compare("a\nb\nc\nd\n", "a\nx\nc\ny\n");
  EXPECT_EQ(difference.sentence, "line 2: 'b' became 'x'; 2 of 4 lines differ");
  EXPECT_EQ(At(difference.details, "first_line"), "2");
  EXPECT_EQ(At(difference.details, "expected"), "\"b\"");
  EXPECT_EQ(At(difference.details, "differing"), "2");
  EXPECT_EQ(At(difference.details, "fell_back"), "null");
}

TEST(CompareText, KnowsLinesThatWereAddedFromLinesThatChanged) {
  EXPECT_EQ(Told("a\nb\nc\n", "a\nnew\nb\nc\n"),
            "text: line 2, 'new', was added; 1 line added and 0 removed, of 3");
  EXPECT_EQ(Told("a\nb\nc\n", "a\nc\n"),
            "text: line 2, 'b', was removed; 0 lines added and 1 removed, of 3");
  EXPECT_EQ(Told("a\nb\n", "a\nb\nc\n"),
            "text: line 3, 'c', was added; 1 line added and 0 removed, of 2");
  EXPECT_EQ(Told("a\nb\n", "a\n"),
            "text: line 2, 'b', was removed; 0 lines added and 1 removed, of 2");
}

TEST(CompareText, AShiftedBlockIsNotManyChanges) {
  std::string expected = "moved\n";
  std::string actual;
  for (int i = 0; i < 50; ++i) {
    expected += std::to_string(i) + "\n";
    actual += std::to_string(i) + "\n";
  }
  actual += "other\n";
  EXPECT_EQ(Told(expected, actual),
            "text: line 1: 'moved' became '0'; 51 of 51 lines differ by place: 1 line added and 1 "
            "removed, of 51");
}

TEST(CompareText, TheSameLinesInAnotherOrderAreSaidToBe) {
  EXPECT_EQ(Told("b\na\nc\n", "a\nb\nc\n"),
            "text: line 1: 'b' became 'a'; the same lines in another order, 2 of 3 elsewhere");
}

TEST(CompareText, EndsOfLinesAreToldApartFromLines) {
  EXPECT_EQ(Told("a\nb\n", "a\r\nb\r\n"),
            "text: only the ends of lines differ, first of line 1; 2 of 2 lines differ");
  EXPECT_EQ(Told("a\nb\n", "a\nb"),
            "text: only the ends of lines differ, first of line 2; 1 of 2 lines differs");
}

TEST(CompareText, LongLinesAreCutToWhereTheyDiffer) {
  const std::string start(500, 'x');
  const std::string end(500, 'y');
  EXPECT_EQ(Told(start + "1" + end, start + "2" + end),
            "text: line 1: '…" + std::string(24, 'x') + "1" + std::string(35, 'y') +
                "…' became '…" + std::string(24, 'x') + "2" + std::string(35, 'y') +
                "…'; 1 of 1 line differs");
}

TEST(CompareText, WhatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(Told("\x1B[31mred\n", "blue\n"),
            "text: line 1: '\\x1b[31mred' became 'blue'; 1 of 1 line differs");
}

TEST(CompareText, ManyChangesAreOnlyCounted) {
  std::string expected;
  std::string actual = "extra\n";
  for (int i = 0; i < 5'000; ++i) {
    expected += "a" + std::to_string(i) + "\n";
    actual += "b" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(Told(expected, actual), "text: line 1: 'a0' became 'extra'; 5000 lines became 5001");
}

TEST(CompareText, LinesAreCountedAcrossBlocks) {
  std::string expected;
  for (int i = 0; expected.size() < 3 * kCompareBlockBytes; ++i) {
    expected += "line " + std::to_string(i) + "\n";
  }
  std::string actual = expected;
  actual[actual.size() - 2] = 'x';
  const auto difference = Compare(expected, actual);
  EXPECT_EQ(At(difference.details, "first_line"), At(difference.details, "expected_lines"));
  EXPECT_EQ(At(difference.details, "differing"), "1");
}

TEST(CompareText, ALineThatIsTooLongIsComparedByItsBytes) {
  std::string expected(kLineBytesMax + 1, 'a');
  std::string actual = expected;
  actual[7] = 'b';
  const auto difference = Compare(expected, actual);
  EXPECT_EQ(difference.kind, "bytes");
  EXPECT_NE(difference.sentence.find("(not as text: a line is longer than"), std::string::npos);
  EXPECT_NE(At(difference.details, "fell_back"), "null");
}

TEST(CompareText, Latin1IsTextToo) {
  const std::string words = "a line of some length in German, ";
  EXPECT_EQ(Compare(words + "M\xFCnchen\n", words + "K\xF6ln\n").kind, "text");
}

TEST(CompareBytes, NamesTheFirstByteAndCounts) {
  const std::string zero(1, '\0');
  EXPECT_EQ(Told(zero + "abc", zero + "axd"),
            "bytes: byte 2: 0x62 became 0x78; 2 of 4 bytes differ");
  EXPECT_EQ(Told(zero + "abc", zero + "abcd"),
            "bytes: 4 bytes became 5, and all that both have is the same");
  EXPECT_EQ(Told(zero + "abc", zero + "xbcd"),
            "bytes: byte 1: 0x61 became 0x78; 1 of 4 bytes differs; 4 bytes became 5");
  EXPECT_EQ(Compare("", zero).kind, "bytes");
}

TEST(CompareBytes, CountsEveryByteWhateverItsPlace) {
  std::string expected(20'000, '\0');
  std::string actual = expected;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < expected.size(); i += 1 + i % 13) {
    actual[i] = static_cast<char>(1 + i % 255);
    ++count;
  }
  EXPECT_EQ(At(Compare(expected, actual).details, "differing"), std::to_string(count));
}

TEST(CompareContent, TheSameContentIsNoFailure) {
  EXPECT_EQ(Told("a\n", "a\n"), "bytes: the same bytes");
  EXPECT_EQ(Compare("{}", "{}").kind, "json");
}

}  // namespace
}  // namespace reprise::lineage
