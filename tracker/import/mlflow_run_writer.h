// One MLflow run after the other into an object store: its series, artifacts and documents.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "storage/stop.h"
#include "tracker/import/mlflow_artifacts.h"
#include "tracker/import/mlflow_store.h"

namespace reprise::tracker {

// What of a run lies outside of its own row or meta.yaml.
struct MlflowRunContent {
  std::map<std::string, lineage::MetricSummary> metrics;
  std::uint64_t points = 0;
  ArtifactPlace place;
  std::vector<ArtifactEntry> artifacts;
  // Of the models that the run logged (MLflow 3): the name under which they are outputs, and where
  // they lie.
  struct Model {
    std::string id;
    std::string name;
    std::string folder;
  };
  std::vector<Model> models;
  std::vector<std::string> warnings;  // Sentences for the record.
};

// Reads it, and stores the series where there is a `writer`; without one the summaries lack the
// digests of the encoded series.  Artifacts are listed, not read.
// Errors: those of MlflowStore::ReadRun(), and of the writer.
Result<MlflowRunContent> ReadMlflowRunContent(FileSystem& files, MlflowStore& store,
                                              const MlflowRun& run, storage::ObjectWriter* writer);

// Stores what the run wrote, and returns it as outputs, sorted.  What changed or vanished meanwhile
// is added to `content.warnings`.
// Errors: those of storage::Import().
Result<std::vector<lineage::ArtifactUse>> StoreMlflowArtifacts(FileSystem& files,
                                                               const storage::StopFunction& stop,
                                                               MlflowRunContent& content,
                                                               storage::ObjectWriter& writer);

// The recipe: parameters, and as inputs the descriptions of datasets, which are stored.
Result<lineage::Recipe> RecipeOfMlflowRun(const MlflowRun& run, storage::ObjectWriter& writer);

}  // namespace reprise::tracker
