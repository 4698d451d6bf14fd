// Which factor decides that reruns of a run do not give its result.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/stop.h"
#include "tracker/replay/explain_metrics.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ExplainRequest {
  std::string store_folder;
  Ulid run;            // An original, or a rerun of one.
  unsigned times = 3;  // Reruns for each factor, 2 or more; one that seems to decide gets as many
                       // again.
  storage::StopFunction stop{};
  // Gives the file system through which the run is laid out; absent: that of the store.
  std::function<std::unique_ptr<FileSystem>()> open_layout{};
  // Called before each rerun: of which factor, and how many there were.
  std::function<void(const std::string& factor, unsigned reruns)> progress{};
};

// What came of reruns that all had one factor changed.
struct FactorOutcome {
  std::string name;  // Factor::name; "nothing" of those in which nothing was changed.
  std::string meaning;
  unsigned reruns = 0;           // They end with the first that differs from another.
  bool agrees = false;           // They all gave the same result.
  bool equals_original = false;  // All gave the original's.
  bool decides = false;
  std::string failure;  // Why the factor could not be tried; else empty.
};

struct Explanation {
  Ulid original;
  std::string original_name;
  std::vector<FactorOutcome> factors;  // In the order in which they were tried; "nothing" first.
  // Results of which reruns without a change gave several versions, or another than the original.
  std::vector<std::string> differing;
  // Of the original and of the rerun that was asked about, else of the newest recorded one;
  // nullopt where there are no metrics, or no rerun is recorded, or its points are lost.
  std::optional<MetricsOfRerun> metrics;
  std::optional<std::string> decided_by;  // A factor's name.
  std::string sentence;                   // What was found, and what to do.
  std::vector<std::string> warnings;

  bool reproduces() const { return factors.front().equals_original; }
};

// Reruns the original in its sandbox, first unchanged, then with one factor changed at a time, and
// compares outputs by digest and how the command ended.  A run without outputs is compared by what
// it printed.  These reruns have no recorder: metrics are compared with those of a rerun that
// `reprise rerun` recorded, and decide nothing.  Nothing is recorded, and the store is left alone:
// it is open only while the run is laid out.
//
// A factor decides when reruns with it agree with each other where without it they do not, or give
// the original's result where without it they do not.
//
// Errors: kInvalidArgument  `times` is below 2, or the run is a retraining;
//         kInterrupted      request.stop said so, or a signal;
//         and those of LayOutRun() and Sandbox::Prepare().
Result<Explanation> Explain(FileSystem& files, const ExplainRequest& request,
                            const StoreOptions& store_options);

}  // namespace reprise::tracker
