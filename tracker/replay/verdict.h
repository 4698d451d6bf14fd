// Whether a rerun did what the original did.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

enum class VerdictResult {
  kIdentical,   // Every output bit for bit, and every metric exactly.
  kEquivalent,  // What differs lies within the declared tolerances.
  kDiverged,
  kIncomplete,  // Something that is needed for an answer is missing.
};
std::string_view VerdictName(VerdictResult result);

enum class ComparisonState { kIdentical, kWithinTolerance, kDiffers, kMissing, kExtra };
std::string_view ComparisonStateName(ComparisonState state);

struct OutputComparison {
  std::string path;
  ComparisonState state = ComparisonState::kIdentical;
  std::optional<Digest> expected;
  std::optional<Digest> actual;
};

struct MetricComparison {
  std::string key;
  ComparisonState state = ComparisonState::kIdentical;
  std::optional<double> expected;  // Last values.
  std::optional<double> actual;
  std::optional<std::int64_t> first_differing_step;
  double difference_max = 0;  // Largest absolute difference of two points.
};

struct Verdict {
  VerdictResult result = VerdictResult::kIncomplete;
  std::vector<OutputComparison> outputs;
  std::vector<MetricComparison> metrics;
  std::vector<std::string> outside_reads;  // Of a traced rerun.
  std::vector<std::string> missing;        // Why it is incomplete: sentences.
  std::vector<std::string> environment;    // How today's environment differs: sentences.
  bool same_exit = true;
};

// How far a metric may lie from the original: "AUC=0.01" or "AUC=1%".
struct Tolerance {
  double absolute = 0;
  double relative = 0;  // Of the original's value.
};
Result<std::map<std::string, Tolerance>> ParseTolerances(const std::vector<std::string>& texts);

// Compares outputs by digest and metric series point by point.  Bits and metrics are both reported;
// neither stands in for the other.  A run without declared outputs is compared by its stdout.
Result<Verdict> CompareRuns(Store& store, const StoredRun& original, const StoredRun& rerun,
                            const std::map<std::string, Tolerance>& tolerances);

Json VerdictToJson(const Verdict& verdict);

}  // namespace reprise::tracker
