// What an MLflow tracking store holds, whichever way it keeps it.
//
// MLflow (mlflow.org) keeps runs in a folder of small files ("mlruns", mlflow/store/tracking/
// file_store.py) or in a database (mlflow/store/tracking/dbmodels/models.py).  Both are read as
// MLflow 1.x to 3.x write them; what an older one does not have is absent.  Nothing is written.
//
// All of it is outside bytes.  What cannot be read costs itself alone: a run, an experiment, a
// version of a model.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/bytes.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

struct MlflowExperiment {
  std::string id;
  std::string name;
  bool is_deleted = false;
  std::map<std::string, std::string> tags;
};

// A dataset as MLflow describes one: its digest is of a sample of it, not of its content.
struct MlflowDataset {
  std::string name;
  std::string digest;
  std::string source_type;
  std::string source;  // JSON, as the three below.
  std::string schema;
  std::string profile;
  std::string context;  // "training"; "" for none.
};

// A model that a run logged under MLflow 3, where models lie beside runs.
struct MlflowModel {
  std::string id;
  std::string name;
  std::string artifact_location;
};

enum class MlflowStatus { kRunning, kScheduled, kFinished, kFailed, kKilled };

struct MlflowRun {
  std::string id;
  std::string experiment_id;
  std::string name;
  MlflowStatus status = MlflowStatus::kRunning;
  bool is_deleted = false;
  std::optional<std::int64_t> started_at_unix_ms;
  std::optional<std::int64_t> ended_at_unix_ms;
  std::string user;
  std::string source_name;
  std::string source_version;
  std::string artifact_location;  // A URI or a path.
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::vector<MlflowDataset> datasets;
  std::vector<MlflowModel> models;
};

// A version in MLflow's model registry.
struct MlflowModelVersion {
  std::string model;
  std::string version;
  std::string run_id;
  std::string source;  // A URI or a path, of what was registered.
  std::string stage;   // "None", "Staging", "Production", "Archived".
  std::string description;
  std::vector<std::string> aliases;
  std::map<std::string, std::string> tags;
};

// What of some parts can be read, and a sentence for each that cannot.
template <typename Part>
struct MlflowParts {
  std::vector<Part> readable;
  std::vector<std::string> problems;
};

class MlflowStore {
 public:
  virtual ~MlflowStore() = default;

  // "files" or "sqlite".
  virtual std::string_view kind() const = 0;
  // Where the store lies: the folder of runs, or that of the database.  Absolute.
  virtual const std::string& folder() const = 0;

  // Deleted ones, too, ordered by id.
  // Errors: the store as a whole cannot be read.
  virtual Result<MlflowParts<MlflowExperiment>> Experiments() = 0;

  // The ids of the experiment's runs, deleted ones, too, sorted.
  // Errors: the experiment cannot be read.
  virtual Result<std::vector<std::string>> RunIds(const MlflowExperiment& experiment) = 0;

  // Errors: kCorruption  the run is damaged.  kNotFound  it is not there any more.
  //         kIoError     it cannot be read.  kTimeout  another process writes the store.
  virtual Result<MlflowRun> ReadRun(const MlflowExperiment& experiment, const std::string& id) = 0;

  // Calls `visit` for each point of the run's metrics: key by key, ordered, and the points of a key
  // in the order in which they were logged, as far as the store keeps it.
  // Errors: as ReadRun().  Those of `visit`.
  using PointVisitor =
      std::function<Result<void>(std::string_view key, const lineage::MetricPoint& point)>;
  virtual Result<void> ForEachPoint(const MlflowRun& run, const PointVisitor& visit) = 0;

  // When the run started; nothing when there is no such run.
  virtual Result<std::optional<std::int64_t>> StartOf(const std::string& run_id) = 0;

  // Of all registered models.  Errors: the registry as a whole cannot be read.
  virtual Result<MlflowParts<MlflowModelVersion>> ModelVersions() = 0;

  // Traces (of MLflow 3), which are counted only.
  virtual Result<std::uint64_t> TraceCount() = 0;
};

// Opens the store at `path` (absolute): a folder of runs, a folder that holds one under the name
// "mlruns", or an SQLite file. Errors: kNotFound         nothing is there.
//         kInvalidArgument  it is no MLflow store.
//         kCorruption, kIoError, kTimeout.
Result<std::unique_ptr<MlflowStore>> OpenMlflowStore(FileSystem& files, const std::string& path);

// The two kinds.  Errors: as OpenMlflowStore().
Result<std::unique_ptr<MlflowStore>> OpenMlflowFiles(FileSystem& files, const std::string& folder);
Result<std::unique_ptr<MlflowStore>> OpenMlflowSqlite(const std::string& path);
// A database by its bytes, which are copied; it has no folder.
Result<std::unique_ptr<MlflowStore>> OpenMlflowSqliteBytes(ByteSpan bytes);

// Ids as MLflow makes them, and nothing that could lead to another folder: 1 to 128 of A-Z a-z 0-9
// _ -.
bool IsMlflowId(std::string_view id);

// "FINISHED"; or the number of it, as files have it.  Errors: kCorruption.
Result<MlflowStatus> ParseMlflowStatus(std::string_view text);

// A line of a metric's file: "timestamp value", "timestamp value step", with name and digest of a
// dataset after them where one was given.  Errors: kCorruption.
Result<lineage::MetricPoint> ParseMlflowPoint(std::string_view line);

}  // namespace reprise::tracker
