// Whether reruns did what the original did.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_difference.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

enum class VerdictResult {
  kIdentical,      // Every output bit for bit, and every metric exactly.
  kEquivalent,     // What differs lies within the declared tolerances.
  kWithinNoise,    // What differs lies within what the reruns differ among themselves.
  kDiverged,       // What differs has no such excuse.
  kNotComparable,  // It diverged, on hardware on which the same bits cannot be expected.
  kIncomplete,     // Something that is needed for an answer is missing.
};
std::string_view VerdictName(VerdictResult result);
// Whether the answer is yes: the first three.
bool IsReproduced(VerdictResult result);

// From the best to the worst.
enum class ComparisonState {
  kIdentical,
  kWithinTolerance,
  kWithinNoise,
  kDiffers,
  kMissing,
  kExtra
};
std::string_view ComparisonStateName(ComparisonState state);

// Where there are several reruns, `state` and `actual` are those of the rerun that fits worst.
struct OutputComparison {
  std::string path;
  ComparisonState state = ComparisonState::kIdentical;
  std::optional<Digest> expected;
  std::optional<Digest> actual;
  bool varies = false;  // The reruns do not agree with each other in these bits.
  // Of kDiffers, where the contents could be read: "unread" is the kind where they could not.
  std::optional<lineage::ContentDifference> difference{};
};

// The least and the greatest last value among the reruns.
struct Envelope {
  double min = 0;
  double max = 0;
};

struct MetricComparison {
  std::string key;
  ComparisonState state = ComparisonState::kIdentical;
  std::optional<double> expected;  // Last values.
  std::optional<double> actual;
  std::optional<std::int64_t> first_differing_step;
  double difference_max = 0;  // Largest absolute difference of two points.
  // Largest difference as a share of the original's value; infinite where that is 0, and NaN where
  // a point is no number.  No verdict keeps it.
  double relative_difference_max = 0;
  std::optional<Envelope> envelope;  // Of two reruns or more that all have the metric.
};

// What a warning of a rerun ends with when the rerun may have met files of the project of today.
inline constexpr std::string_view kNoVerdictAboutThat = "and no verdict is about that";

struct Verdict {
  VerdictResult result = VerdictResult::kIncomplete;
  std::vector<OutputComparison> outputs;
  std::vector<MetricComparison> metrics;
  // What it may have met of the project of today, so that even kIdentical is no proof without it:
  // sentences.
  std::vector<std::string> outside_reads;
  std::vector<std::string> missing;      // Why it is incomplete: sentences.
  std::vector<std::string> environment;  // How today's environment differs: sentences.
  std::vector<std::string> hardware;     // What of it forbids a comparison: sentences.
  bool same_exit = true;
};

// The result that follows from the comparisons, `missing` and `hardware`.
//
// Metrics never excuse bits: an output that differs is passed over only where the reruns themselves
// do not agree in it, so that no rerun could have given those bits for certain.
VerdictResult Conclude(const Verdict& verdict);

// The value of "verdict" in `rerun --json`, and the members of the "reprise/verdict/v1" document.
Json VerdictToJson(const Verdict& verdict);

inline constexpr std::string_view kVerdictType = "reprise/verdict/v1";

// The document that the ledger keeps of a verdict on `reruns`, of which there is at least one.
// docs/formats/verdict.md.  Errors: kInvalidArgument  a metric's name is not UTF-8.
Result<std::string> EncodeVerdict(const Verdict& verdict, const Ulid& original,
                                  const std::vector<Ulid>& reruns, bool on_host);

}  // namespace reprise::tracker
