#include "lineage/series_column.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

using Cells = std::vector<std::uint64_t>;

// A column from its method, its shift and its bits written as 0 and 1; other characters are
// ignored, and zero bits fill the last byte.
std::string Column(int method, int shift, std::string_view bits) {
  std::string column{static_cast<char>(method), static_cast<char>(shift)};
  int count = 0;
  for (const char bit : bits) {
    if (bit != '0' && bit != '1') continue;
    if (count++ % 8 == 0) column += '\0';
    column.back() = static_cast<char>(column.back() | (bit - '0') << (7 - (count - 1) % 8));
  }
  return column;
}

const std::string kZero64(64, '0');

void ExpectCells(const std::string& column, const Cells& cells) {
  const auto decoded = DecodeColumn(column, cells.size());
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, cells);
}

void ExpectMalformed(const std::string& column, std::size_t count) {
  const auto decoded = DecodeColumn(column, count);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption);
}

TEST(SeriesColumn, ReadsXorByHand) {
  // A zero; the window of bits 4 to 7 with 1001; the same window with 0010; no change.
  ExpectCells(Column(0, 0, kZero64 + "11 111000 000011 1001  10 0010  0"), {0, 0x90, 0xB0, 0xB0});
  ExpectCells(Column(0, 0, std::string(64, '1')), {~std::uint64_t{0}});
  ExpectCells(Column(0, 0, kZero64 + "11 000000 111111 1" + std::string(62, '0') + "1"),
              {0, std::uint64_t{1} << 63 | 1});
}

TEST(SeriesColumn, ReadsDifferencesByHand) {
  ExpectCells(Column(1, 0, "0 110 110"), {0, 1, 2});
  ExpectCells(Column(2, 0, "0 110 0"), {0, 1, 2});
  ExpectCells(Column(1, 3, "110 0"), {8, 8});
  ExpectCells(Column(1, 0, "10 110"), {~std::uint64_t{0}, 0});
  // 16 needs an escape at first: sixteen ones, 5 - 1, 10000; after it k is 5 * 8 / 64 = 0.
  ExpectCells(Column(1, 0, "1111111111111111 000100 10000 10"), {8, 7});
}

TEST(SeriesColumn, TheRiceParameterFollowsTheCodes) {
  // After the escape of 64 bits m is 512 and k is 8; after a code of 0 bits it is 448, 7.
  ExpectCells(
      Column(1, 0,
             "1111111111111111 111111 1" + std::string(62, '1') + "1" + " 0 00000000  0 0000010"),
      {std::uint64_t{1} << 63, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1});
}

TEST(SeriesColumn, EveryEncodedColumnReadsBack) {
  for (const Cells& cells :
       {Cells{}, Cells{0}, Cells{0, 0, 0}, Cells{1}, Cells{~std::uint64_t{0}},
        Cells{std::uint64_t{1} << 63, 0, std::uint64_t{1} << 63}, Cells{8, 16, 24, 32, 0},
        Cells{0, ~std::uint64_t{0}, 1, ~std::uint64_t{1}}}) {
    ExpectCells(EncodeColumn(cells), cells);
  }
}

TEST(SeriesColumn, ACountThatDoesNotFitIsRefused) {
  ExpectMalformed("", 1);
  ExpectMalformed(Column(1, 0, ""), 1);
  ExpectMalformed(Column(1, 0, "0"), 0);
  ExpectMalformed(Column(1, 0, "0"), 9);
  ExpectMalformed(Column(1, 0, "0"), std::size_t{1} << 60);
  ExpectMalformed(Column(0, 0, "0000"), 1);
  ExpectCells(Column(1, 0, "00000000"), Cells(8, 0));
}

TEST(SeriesColumn, UnknownMethodsAndShiftsAreRefused) {
  ExpectMalformed(Column(7, 0, "0"), 1);
  ExpectMalformed(Column(255, 0, "0"), 1);
  ExpectMalformed(Column(1, 64, "0"), 1);
  ExpectMalformed(Column(0, 1, kZero64), 1);
}

TEST(SeriesColumn, TheShiftMustBeTheCommonOne) {
  ExpectMalformed(Column(1, 1, "0 0"), 2);      // All zero: 0.
  ExpectMalformed(Column(1, 0, "11110 0"), 2);  // 2 and 2: 1.
  ExpectMalformed(Column(1, 63, "110"), 1);     // 1 << 63 is a negative number.
  ExpectCells(Column(1, 63, "10"), {std::uint64_t{1} << 63});
}

TEST(SeriesColumn, WhatNoWriterWritesInXorIsRefused) {
  ExpectMalformed(Column(0, 0, kZero64 + "10 1"), 2);                           // No window yet.
  ExpectMalformed(Column(0, 0, kZero64 + "11 111000 000011 0001"), 2);          // Leading zero.
  ExpectMalformed(Column(0, 0, kZero64 + "11 111000 000011 1000"), 2);          // Trailing zero.
  ExpectMalformed(Column(0, 0, kZero64 + "11 111000 001000 111111111"), 2);     // 56 + 9 bits.
  ExpectMalformed(Column(0, 0, kZero64 + "11 111000 000011 1001 10 0000"), 3);  // Zero in a window.
  ExpectMalformed(Column(0, 0, kZero64 + "11 111"), 2);                         // Cut short.
}

TEST(SeriesColumn, WhatNoWriterWritesInRiceCodesIsRefused) {
  ExpectMalformed(Column(1, 0, "1111111111111111 000011 1111"), 1);    // 15 needs no escape.
  ExpectMalformed(Column(1, 0, "1111111111111111 000101 010000"), 1);  // Leading zero.
  ExpectMalformed(Column(1, 0, "1111111111111111 0001"), 1);           // Cut short.
  ExpectMalformed(Column(1, 0, "11111111"), 1);
}

TEST(SeriesColumn, NothingButZeroBitsFollowsTheLastCell) {
  ExpectCells(Column(1, 0, "110 00000"), {1});
  ExpectMalformed(Column(1, 0, "110 00001"), 1);
  ExpectMalformed(Column(1, 0, "110 00000 00000000"), 1);
}

}  // namespace
}  // namespace reprise::lineage
