// The results of checks as JSON documents: docs/formats/checks.md.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>

#include "lineage/check/area_difference.h"
#include "lineage/check/calibration.h"
#include "lineage/check/drift.h"
#include "lineage/check/stability.h"
#include "lineage/check/subpopulations.h"
#include "storage/base/json.h"

namespace reprise::lineage {

// "reprise/drift/v1" and so on.  `subject` is the model's version or the run that was checked.
Json DriftToJson(const DriftCheck& check, const std::string& subject);
Json StabilityToJson(const StabilityCheck& check, const std::string& subject);
Json SubpopulationsToJson(const SubpopulationCheck& check, const std::string& subject);
Json CalibrationToJson(const CalibrationCheck& check, const std::string& subject);

// {"value", "low", "high"}; what is absent is null.
Json EstimateToJson(const Estimate& estimate);

// {"digest", "rows"}
Json CheckedDataToJson(const CheckedData& data);

}  // namespace reprise::lineage
