// The rank error of sketches and of merged summaries against sorting everything.

#include "lineage/profile/quantile_sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace reprise::lineage {
namespace {

struct Distribution {
  std::string name;
  std::function<double(std::mt19937_64&, std::size_t)> draw;
};

std::vector<Distribution> Distributions() {
  return {
      {"ascending", [](auto&, std::size_t i) { return static_cast<double>(i); }},
      {"descending", [](auto&, std::size_t i) { return -static_cast<double>(i); }},
      {"normal", [](auto& random, std::size_t) { return std::normal_distribution<>()(random); }},
      {"heavy tail",
       [](auto& random, std::size_t) {
         return std::exp(std::normal_distribution<>(0, 5)(random));
       }},
      {"few values", [](auto& random, std::size_t) { return static_cast<double>(random() % 7); }},
      {"sawtooth", [](auto&, std::size_t i) { return static_cast<double>(i % 1000); }},
      {"mostly one",
       [](auto& random, std::size_t) {
         return random() % 100 == 0 ? static_cast<double>(random()) : 0.0;
       }},
  };
}

std::uint64_t TrueRank(const std::vector<double>& sorted, double value) {
  return static_cast<std::uint64_t>(std::ranges::upper_bound(sorted, value) - sorted.begin());
}

// Every rank that can be asked for is wrong by the stated error at most.
void ExpectWithinError(const QuantileSummary& summary, std::vector<double> values,
                       const std::string& what) {
  std::ranges::sort(values);
  ASSERT_EQ(summary.count, values.size()) << what;
  for (const double value : values) {
    const auto actual = static_cast<std::int64_t>(TrueRank(values, value));
    const auto told = static_cast<std::int64_t>(summary.Rank(value));
    ASSERT_LE(std::abs(actual - told), static_cast<std::int64_t>(summary.rank_error))
        << what << ", rank of " << value;
  }
  const double allowed = static_cast<double>(summary.rank_error) + 1;
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0}) {
    const double value = summary.Quantile(q);
    const auto upper = static_cast<double>(TrueRank(values, value));
    const auto lower =
        static_cast<double>(std::ranges::lower_bound(values, value) - values.begin());
    const double wanted = q * static_cast<double>(values.size());
    EXPECT_GE(upper, wanted - allowed) << what << ", quantile " << q;
    EXPECT_LE(lower, wanted + allowed) << what << ", quantile " << q;
  }
}

TEST(QuantileSketch, EveryRankIsWithinTheStatedErrorOfSorting) {
  for (const Distribution& distribution : Distributions()) {
    for (const std::size_t size : {1U, 2U, 127U, 129U, 511U, 512U, 513U, 5000U, 100'000U}) {
      std::mt19937_64 random(size);
      QuantileSketch sketch;
      std::vector<double> values;
      for (std::size_t i = 0; i < size; ++i) {
        values.push_back(distribution.draw(random, i));
        sketch.Add(values.back());
      }
      const QuantileSummary summary = sketch.Summary();
      EXPECT_LE(summary.points.size(), kQuantilePointsMax);
      ExpectWithinError(summary, std::move(values),
                        distribution.name + ", " + std::to_string(size));
    }
  }
}

TEST(QuantileSketch, TheErrorStaysBelowOnePercentOfAMillionValues) {
  QuantileSketch sketch;
  std::mt19937_64 random(7);
  for (int i = 0; i < 1'000'000; ++i) sketch.Add(static_cast<double>(random()));
  const QuantileSummary summary = sketch.Summary();
  EXPECT_GT(summary.rank_error, 0U);
  EXPECT_LT(summary.rank_error, 10'000U + 4'000U);
}

TEST(QuantileSketch, UpToAHundredAndTwentyEightDifferentValuesAreExact) {
  QuantileSketch sketch;
  for (int i = 0; i < 500; ++i) sketch.Add(i % 128);
  const QuantileSummary summary = sketch.Summary();
  EXPECT_EQ(summary.rank_error, 0U);
  EXPECT_EQ(summary.points.size(), 128U);
  EXPECT_EQ(summary.Quantile(0.5), 62);  // The 250th of 500: 0 to 115 occur 4 times.
}

TEST(QuantileSketch, EqualValuesInEqualOrderGiveEqualSummaries) {
  QuantileSketch first;
  QuantileSketch second;
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<double>(random());
    first.Add(value);
    second.Add(value);
  }
  EXPECT_EQ(first.Summary(), second.Summary());
}

TEST(SummarizeQuantiles, ItsErrorHoldsForValuesThatOccurOften) {
  for (const Distribution& distribution : Distributions()) {
    std::mt19937_64 random(11);
    std::vector<std::pair<double, std::uint64_t>> values;
    std::vector<double> all;
    for (std::size_t i = 0; i < 500; ++i) {
      values.emplace_back(distribution.draw(random, i), 1 + random() % 40);
      all.insert(all.end(), values.back().second, values.back().first);
    }
    const QuantileSummary summary = SummarizeQuantiles(std::move(values));
    EXPECT_LE(summary.points.size(), kQuantilePointsMax);
    ExpectWithinError(summary, std::move(all), distribution.name);
  }
}

}  // namespace
}  // namespace reprise::lineage
