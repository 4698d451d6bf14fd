// Two versions of a model side by side, as far as both were judged by the same data.
//
// Thread-safety: as the store.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/models.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ComparedMetric {
  std::string name;
  // "evidence": of documents of validation ("reprise/validation/v1"); "run": what the runs logged
  // last.
  std::string_view source;
  std::optional<double> a;
  std::optional<double> b;
};

// Data that a version was judged by.
struct HoldOut {
  Digest digest;
  std::string path;  // "" where evidence alone names it.
};

struct ModelComparison {
  std::vector<HoldOut> a_hold_outs;
  std::vector<HoldOut> b_hold_outs;
  std::vector<HoldOut> shared;  // By which the metrics are comparable.
  // Why nothing is: a sentence; there are no metrics then.
  std::optional<std::string> not_comparable;
  std::vector<ComparedMetric> metrics;  // By source, then name.
};

// A version was judged by the inputs of its run whose role, or else whose path, says validation,
// test or holdout, and by the datasets that its evidence of validation names.  Evidence of one
// dataset is compared with evidence of the same; what names none, and what the runs logged, only
// if both runs had the same such inputs and no others.
// Errors: those of reading the store; what is lost of a run or of evidence counts as not there.
Result<ModelComparison> CompareModels(Store& store, const RegisteredModel& a,
                                      const RegisteredModel& b);

}  // namespace reprise::tracker
