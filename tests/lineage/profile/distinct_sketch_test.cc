// Estimates of the number of different values against the true number, and frequent values against
// counting.

#include "lineage/profile/distinct_sketch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "lineage/profile/frequent_values.h"
#include "lineage/table/field_hash.h"

namespace reprise::lineage {
namespace {

TEST(DistinctSketch, NothingIsEstimatedAsNothing) { EXPECT_EQ(DistinctSketch().Estimate(), 0U); }

TEST(DistinctSketch, EstimatesAreWithinFiveStandardErrorsFromOneToAMillion) {
  for (const std::uint64_t count : {1U, 10U, 100U, 1000U, 5000U, 10'000U, 100'000U, 1'000'000U}) {
    DistinctSketch sketch;
    for (std::uint64_t i = 0; i < count; ++i) {
      const FieldHash hash = HashField("value " + std::to_string(i));
      sketch.Add(hash.low);
      if (i % 3 == 0) sketch.Add(hash.low);  // Again: that changes nothing.
    }
    const auto estimate = static_cast<double>(sketch.Estimate());
    const auto truth = static_cast<double>(count);
    EXPECT_NEAR(estimate, truth, std::max(0.5, 5 * truth * 1.04 / 64)) << count;
  }
}

TEST(FrequentValues, CountsAreTooSmallByTheErrorAtMostAndWhatIsFrequentIsThere) {
  std::mt19937_64 random(5);
  FrequentValues frequent;
  std::map<std::string, std::uint64_t> truth;
  for (int i = 0; i < 200'000; ++i) {
    // Half of the values are among a few, in decreasing shares; the others are all over the place.
    std::string value =
        std::to_string(random() % 2 == 0 ? random() % 1'000'000 + 100
                                         : static_cast<std::uint64_t>(std::sqrt(random() % 400)));
    frequent.Add(HashField(value), value);
    ++truth[value];
  }
  EXPECT_LE(frequent.error(), 200'000U / (kFrequentCounters + 1));
  std::map<std::string, std::uint64_t> told;
  for (const FrequentValue& value : frequent.Top(kFrequentCounters)) {
    told[value.value] = value.count;
    EXPECT_LE(value.count, truth[value.value]);
    EXPECT_GE(value.count + frequent.error(), truth[value.value]);
  }
  for (const auto& [value, count] : truth) {
    if (count > frequent.error()) {
      EXPECT_TRUE(told.contains(value)) << value;
    }
  }
}

TEST(FrequentValues, TheMostFrequentComesFirstAndEqualCountsAreOrderedByBytes) {
  FrequentValues frequent;
  for (const std::string value : {"b", "a", "c", "c"}) frequent.Add(HashField(value), value);
  EXPECT_EQ(frequent.Top(2), (std::vector<FrequentValue>{{"c", 2}, {"a", 1}}));
}

}  // namespace
}  // namespace reprise::lineage
