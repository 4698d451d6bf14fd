// Taking the runs of an MLflow store into this one.
//
// Runs go in by batches (tracker/bulk_recorder.h), each of which is in the store wholly or not at
// all, and an import that is killed is repeated from there.  A run that is there already is passed
// over; one that has changed since is named and left as it is, as records never change
// (docs/decisions/0024-mlflow-and-pictures.md).  What of MLflow's store cannot be read is named and
// left out, and comes along when the import is repeated after it was mended.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/stop.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct MlflowImportRequest {
  std::string store_folder;
  std::string source;                    // Absolute: mlruns/, its parent, or mlflow.db.
  std::vector<std::string> experiments;  // By name; empty: all.
  bool dry_run = false;                  // Reads and counts, and writes nothing.
  bool deleted = false;                  // Also what was deleted in MLflow.
  bool unfinished = false;               // Also runs without an end, as lost ones.
  std::function<void(std::uint64_t runs, std::uint64_t bytes)> progress{};
  storage::StopFunction stop{};  // Asked for every run and every piece of an artifact.
};

struct MlflowImportReport {
  std::string kind;               // "files" or "sqlite".
  std::string folder;             // Of the MLflow store.
  std::uint64_t experiments = 0;  // That were looked into.
  std::uint64_t runs = 0;         // Imported now, or that would be.
  std::uint64_t points = 0;       // Of their metrics.
  std::uint64_t artifacts = 0;    // Files.
  std::uint64_t artifact_bytes = 0;
  std::uint64_t datasets = 0;
  std::uint64_t stored_bytes = 0;      // What they took in the store.
  std::uint64_t model_versions = 0;    // Registered now, or that would be.
  std::uint64_t stage_changes = 0;     // Of those, and of versions that were registered before.
  std::uint64_t stages_held_back = 0;  // Of versions that stay, as a policy is in force.
  // Runs that were passed over.
  std::uint64_t present = 0;     // Imported before, and unchanged.
  std::uint64_t changed = 0;     // Imported before, and changed since.
  std::uint64_t unfinished = 0;  // Still running, as MLflow has it.
  std::uint64_t deleted = 0;     // With those of deleted experiments.
  std::uint64_t unreadable = 0;  // They could not be read.
  // Experiments, versions of models and the like that could not be read, each with its warning.
  std::uint64_t unreadable_parts = 0;
  std::uint64_t traces = 0;           // Of MLflow 3, which have no place here.
  std::vector<std::string> warnings;  // Sentences; the first hundred.
  std::uint64_t more_warnings = 0;
};

// Errors: kNotFound         no such source or experiment.
//         kInvalidArgument  it is no MLflow store.
//         kInterrupted      request.stop said so; the batches before are in the store.
//         kTimeout          another import into this store is under way.
//         Those of Store::Open and of writing.
Result<MlflowImportReport> ImportMlflow(FileSystem& files, const MlflowImportRequest& request,
                                        const StoreOptions& store_options);

}  // namespace reprise::tracker
