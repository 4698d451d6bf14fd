// Distances of numbers, against values worked out by hand.

#include "lineage/compare/elements.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace reprise::lineage {
namespace {

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <typename T>
ElementDifference Compare(ElementType type, std::size_t size_bytes, const std::vector<T>& expected,
                          const std::vector<T>& actual) {
  ElementComparer comparer({type, size_bytes, ""});
  comparer.Add(AsBytes(BytesOf(expected)), AsBytes(BytesOf(actual)));
  return comparer.difference();
}

ElementDifference CompareDoubles(const std::vector<double>& e, const std::vector<double>& a) {
  return Compare(ElementType::kF64, 8, e, a);
}

TEST(Elements, TheNextDoubleIsOneUlpAway) {
  for (const double value : {1.0, -1.0, 1e300, 5e-324, 0.0}) {
    const auto difference = CompareDoubles({value}, {std::nextafter(value, INFINITY)});
    EXPECT_EQ(difference.ulp_max, 1U) << value;
    EXPECT_EQ(difference.differing, 1U);
  }
}

TEST(Elements, TheUlpDistanceGoesThroughZero) {
  EXPECT_EQ(CompareDoubles({-5e-324}, {5e-324}).ulp_max, 2U);
  const auto zeros = CompareDoubles({0.0}, {-0.0});
  EXPECT_EQ(zeros.differing, 1U);
  EXPECT_EQ(zeros.ulp_max, 0U);
  EXPECT_EQ(zeros.absolute_max->value, 0);
  EXPECT_EQ(zeros.relative_max->value, 0);
}

TEST(Elements, TheLargestDifferencesKnowTheirPlaces) {
  const auto difference = CompareDoubles({1, 1000, 0.001, 5}, {1.5, 1001, 0.002, 5});
  EXPECT_EQ(difference.elements, 4U);
  EXPECT_EQ(difference.differing, 3U);
  EXPECT_EQ(difference.first, 0U);
  EXPECT_EQ(difference.first_expected, "1");
  EXPECT_EQ(difference.first_actual, "1.5");
  EXPECT_EQ(difference.absolute_max->value, 1);
  EXPECT_EQ(difference.absolute_max->index, 1U);
  EXPECT_EQ(difference.relative_max->value, 0.5);
  EXPECT_EQ(difference.relative_max->index, 2U);
}

TEST(Elements, ANanEqualsItselfAndIsNoDistance) {
  const double other = std::bit_cast<double>(std::bit_cast<std::uint64_t>(double{NAN}) + 1);
  EXPECT_EQ(CompareDoubles({NAN, INFINITY}, {NAN, INFINITY}).differing, 0U);
  const auto difference = CompareDoubles({NAN, 1, INFINITY, 2}, {other, NAN, 1, 2.5});
  EXPECT_EQ(difference.differing, 4U);
  EXPECT_EQ(difference.not_finite, 3U);
  EXPECT_EQ(difference.absolute_max->value, 0.5);
  EXPECT_FALSE(CompareDoubles({NAN}, {1.0}).absolute_max.has_value());
}

TEST(Elements, TheRelativeDifferenceOfTheLargestNumbersIsFinite) {
  constexpr double kMax = std::numeric_limits<double>::max();
  const auto difference = CompareDoubles({kMax}, {-kMax});
  EXPECT_TRUE(std::isinf(difference.absolute_max->value));
  EXPECT_EQ(difference.relative_max->value, 2);
  const auto complex = Compare(ElementType::kC128, 16, std::vector<double>{kMax, kMax},
                               std::vector<double>{-kMax, -kMax});
  EXPECT_NEAR(complex.relative_max->value, 2, 1e-15);
}

TEST(Elements, SmallFloatsHaveTheirValues) {
  struct Case {
    ElementType type;
    std::size_t size_bytes;
    std::uint16_t bits;
    std::string text;
  };
  const std::vector<Case> cases = {{ElementType::kF16, 2, 0x3C00, "1"},
                                   {ElementType::kF16, 2, 0xC000, "-2"},
                                   {ElementType::kF16, 2, 0x7BFF, "65504"},
                                   {ElementType::kF16, 2, 0x0001, "5.9604645e-08"},
                                   {ElementType::kF16, 2, 0x7C00, "inf"},
                                   {ElementType::kF16, 2, 0xFC00, "-inf"},
                                   {ElementType::kF16, 2, 0x7E00, "nan"},
                                   {ElementType::kBF16, 2, 0x3F80, "1"},
                                   {ElementType::kBF16, 2, 0x7F80, "inf"},
                                   {ElementType::kBF16, 2, 0xC040, "-3"},
                                   {ElementType::kF8E4M3, 1, 0x38, "1"},
                                   {ElementType::kF8E4M3, 1, 0x7E, "448"},
                                   {ElementType::kF8E4M3, 1, 0x7F, "nan"},
                                   {ElementType::kF8E4M3, 1, 0x01, "0.001953125"},
                                   {ElementType::kF8E4M3, 1, 0x08, "0.015625"},
                                   {ElementType::kF8E5M2, 1, 0x3C, "1"},
                                   {ElementType::kF8E5M2, 1, 0x7B, "57344"},
                                   {ElementType::kF8E5M2, 1, 0x7C, "inf"},
                                   {ElementType::kF8E5M2, 1, 0x01, "1.5258789e-05"}};
  for (const Case& one : cases) {
    const std::string bytes(reinterpret_cast<const char*>(&one.bits), one.size_bytes);
    EXPECT_EQ(ElementText({one.type, one.size_bytes, ""}, AsBytes(bytes)), one.text);
  }
}

TEST(Elements, EveryHalfIsWhatItsFieldsSay) {
  for (unsigned bits = 0; bits < 0x7C00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10);
    const double fraction = bits & 0x3FF;
    const double expected =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    const auto half = static_cast<std::uint16_t>(bits);
    const auto difference = Compare<std::uint16_t>(ElementType::kF16, 2, {0x8000}, {half});
    ASSERT_EQ(difference.absolute_max->value, expected) << bits;
    ASSERT_EQ(difference.ulp_max, bits);
  }
}

TEST(Elements, IntegersDifferExactly) {
  const auto wide = Compare<std::int64_t>(ElementType::kI64, 8, {INT64_MIN}, {INT64_MAX});
  EXPECT_EQ(wide.absolute_max->value, 18446744073709551615.0);
  EXPECT_EQ(wide.relative_max->value, 2);
  EXPECT_EQ(wide.ulp_max, std::nullopt);
  EXPECT_EQ(wide.first_expected, "-9223372036854775808");
  const auto narrow = Compare<std::int8_t>(ElementType::kI8, 1, {-128, 5}, {127, 5});
  EXPECT_EQ(narrow.absolute_max->value, 255);
  const auto bytes = Compare<std::uint8_t>(ElementType::kU8, 1, {0, 7}, {0, 9});
  EXPECT_EQ(bytes.absolute_max->value, 2);
  EXPECT_EQ(bytes.first_actual, "9");
  const auto unsigned_wide =
      Compare<std::uint64_t>(ElementType::kU64, 8, {0}, {18446744073709551615U});
  EXPECT_EQ(unsigned_wide.first_actual, "18446744073709551615");
}

TEST(Elements, ComplexNumbersAreMeasuredByTheModulus) {
  const auto difference = Compare<float>(ElementType::kC64, 8, {0, 0, 3, 4}, {3, 4, 3, 4});
  EXPECT_EQ(difference.elements, 2U);
  EXPECT_EQ(difference.absolute_max->value, 5);
  EXPECT_EQ(difference.relative_max->value, 1);
  EXPECT_EQ(difference.first_actual, "(3,4)");
}

TEST(Elements, TruthValuesAndBytesHaveNoDistance) {
  const auto flags = Compare<std::uint8_t>(ElementType::kBool, 1, {0, 1}, {1, 1});
  EXPECT_EQ(flags.first_expected, "false");
  EXPECT_EQ(flags.first_actual, "true");
  EXPECT_FALSE(flags.absolute_max.has_value());
  const auto opaque = Compare<std::uint8_t>(ElementType::kOpaque, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9},
                                            {1, 2, 3, 4, 0, 6, 7, 8, 9});
  EXPECT_EQ(opaque.elements, 3U);
  EXPECT_EQ(opaque.first, 1U);
  EXPECT_EQ(opaque.first_expected, "0x040506");
  EXPECT_EQ(opaque.differing, 1U);
}

TEST(Elements, PlacesAreRightAcrossBlocksAndParts) {
  std::vector<float> expected(10'000, 1);
  std::vector<float> actual = expected;
  actual[1'023] = 2;  // The last of a block.
  actual[1'024] = 3;
  actual[9'999] = 9;
  ElementComparer comparer({ElementType::kF32, 4, ""});
  const std::string e = BytesOf(expected);
  const std::string a = BytesOf(actual);
  comparer.Add(AsBytes(std::string_view(e).substr(0, 4'000)),
               AsBytes(std::string_view(a).substr(0, 4'000)));
  comparer.Add(AsBytes(std::string_view(e).substr(4'000)),
               AsBytes(std::string_view(a).substr(4'000)));
  EXPECT_EQ(comparer.difference().elements, 10'000U);
  EXPECT_EQ(comparer.difference().differing, 3U);
  EXPECT_EQ(comparer.difference().first, 1'023U);
  EXPECT_EQ(comparer.difference().absolute_max->index, 9'999U);
}

}  // namespace
}  // namespace reprise::lineage
