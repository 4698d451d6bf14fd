// MLflow's registered models as ours (docs/mlflow.md).
//
// A version keeps MLflow's number; its stage is that of MLflow, in small letters, as long as nobody
// moves it here and no policy is in force.  What has changed in MLflow since an earlier import is
// taken over: stages as promotions, the rest of what MLflow says of a version as a tag of its run.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/import/mlflow_store.h"
#include "tracker/leased_store.h"

namespace reprise::tracker {

// A run of MLflow that was looked at, and what it is here.
struct MlflowRunPlace {
  Ulid id;
  std::map<std::string, std::string> models;  // That it logged: by MLflow's id, their output.
};

struct MlflowRegistryReport {
  std::uint64_t versions = 0;       // Registered now.
  std::uint64_t stage_changes = 0;  // Of versions that were registered before or now.
  // Of versions that stay in their stage, as a policy is in force.
  std::uint64_t stages_held_back = 0;
};

struct MlflowRegistryRequest {
  std::vector<MlflowModelVersion> versions;
  std::map<std::string, MlflowRunPlace> runs;  // By MLflow's id.
  bool only_of_runs = false;                   // Versions of other runs are not asked for.
  bool dry_run = false;                        // Counts what would be registered, and no more.
  // Told each version that cannot be taken over, as a sentence.
  std::function<void(std::string sentence)> warn{};
  std::function<Result<void>()> check_stop{};  // Asked between two models.
};

// Errors: those of the store, and of `check_stop`; what was registered before stays.
Result<MlflowRegistryReport> ImportMlflowRegistry(LeasedStore& lease,
                                                  const MlflowRegistryRequest& request);

// The model's name with what lineage::CheckModelName() refuses replaced by '-'; nothing where no
// letter or digit is left.
std::optional<std::string> ModelNameOfMlflow(const std::string& name);

// Where among its run's artifacts the content of a version lies: "scorer", "models/best.pkl".
// `source` is "runs:/<run>/scorer", "models:/<model id>", or the place where the artifacts lie;
// `models` as in MlflowRunPlace.
std::optional<std::string> PathOfModelSource(const std::string& source, const std::string& run_id,
                                             const std::map<std::string, std::string>& models);

}  // namespace reprise::tracker
