// An MLflow run in the words of this store (docs/mlflow.md says what becomes what).
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/param_value.h"
#include "lineage/run_record.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/import/mlflow_artifacts.h"
#include "tracker/import/mlflow_store.h"

namespace reprise::tracker {

// Tags that an import adds to MLflow's own.
inline constexpr std::string_view kMlflowRunIdTag = "mlflow.runId";
inline constexpr std::string_view kMlflowStateTag = "mlflow.importedState";

// The id of the run: its start, and 80 bits of SHA-256 over its MLflow id.  The same run has the
// same id in every store and at every import.
Ulid RunIdOfMlflow(const std::string& mlflow_id, std::int64_t started_at_unix_ms);

// When it started: what MLflow says, else when it ended, else 1970; within the years that a record
// can hold.
std::int64_t StartOfMlflowRun(const std::optional<std::int64_t>& started,
                              const std::optional<std::int64_t>& ended);

// `name` in at most 100 letters, digits, '.', '_' and, for whatever else, '-', beginning with a
// letter or digit; "" where none is left.
std::string PlainNameOfMlflow(const std::string& name);

// The run's name with what CheckRunName() refuses replaced by '-'; nothing where no letter or digit
// is left.
std::optional<std::string> RunNameOfMlflow(const std::string& name);

// Likewise for CheckExperimentName(); never empty.
std::string ExperimentNameOfMlflow(const MlflowExperiment& experiment);

// MLflow keeps the text that Python's str() gave.  It becomes a number or truth value only where
// that text can be had back from it: "0.1" and "True" do, "1.10", "007" and "123e45" stay text.
lineage::ParamValue ParamOfMlflow(std::string_view text);

// What MLflow knows of a dataset, as a canonical JSON document; and the name under which it is an
// input of the run.
Result<std::string> DatasetDescription(const MlflowDataset& dataset);
std::string DatasetPath(const MlflowDataset& dataset);

// A digest of everything of the run that is imported, by which a later import sees that it has
// changed: status, times, name, parameters, tags, datasets, metrics (steps and values) and the
// paths and sizes of its artifacts.
Result<Digest> StateOfMlflowRun(const MlflowRun& run,
                                const std::map<std::string, lineage::MetricSummary>& metrics,
                                const std::vector<ArtifactEntry>& artifacts);

// What MLflow's registry says of versions that one run made: a tag for each model.
std::map<std::string, std::string> TagsOfMlflowVersions(
    const std::vector<MlflowModelVersion>& versions);

// All of the record but name, recipe, outputs and metrics.
lineage::RunRecord RecordOfMlflowRun(const MlflowRun& run, const MlflowExperiment& experiment,
                                     const std::vector<MlflowModelVersion>& versions);

}  // namespace reprise::tracker
