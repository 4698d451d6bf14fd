// The documents of checks, byte for byte, and that evidence takes them.

#include "lineage/check/check_json.h"

#include <gtest/gtest.h>

#include "tests/lineage/check/check_testing.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using reprise::testing::ExpectGolden;
using testing::SampleText;
using testing::Table;

TEST(CheckDocuments, AreTheseBytes) {
  const Table sample(SampleText());
  const Table later("score,sex\n0.1,F\n0.9,M\n0.95,M\nNA,X\n");
  const ScoreColumns columns{.score = "score", .target = "bad", .positive = {}};

  const auto drift = CheckDrift({sample.Checked()}, Digest(), later.Checked(), {});
  ASSERT_TRUE(drift.ok()) << drift.error().message;
  ExpectGolden("checks/drift_v1.json", FormatJson(DriftToJson(*drift, "scorecard@3")));

  const auto stability = CheckStability(sample.Checked(), later.Checked(), "score", {});
  ASSERT_TRUE(stability.ok()) << stability.error().message;
  ExpectGolden("checks/stability_v1.json", FormatJson(StabilityToJson(*stability, "scorecard@3")));

  SubpopulationOptions options{.columns = columns, .groups = {"sex"}, .threshold = 0.4};
  const auto groups = CheckSubpopulations(sample.Checked(), options);
  ASSERT_TRUE(groups.ok()) << groups.error().message;
  ExpectGolden("checks/subpopulations_v1.json",
               FormatJson(SubpopulationsToJson(*groups, "scorecard@3")));

  const auto calibration = CheckCalibration(sample.Checked(), columns, 4, {});
  ASSERT_TRUE(calibration.ok()) << calibration.error().message;
  ExpectGolden("checks/calibration_v1.json",
               FormatJson(CalibrationToJson(*calibration, "scorecard@3")));
}

}  // namespace
}  // namespace reprise::lineage
