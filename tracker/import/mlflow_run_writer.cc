#include "tracker/import/mlflow_run_writer.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "lineage/capture/redact.h"
#include "lineage/recipe.h"
#include "storage/importer.h"
#include "tracker/dataset.h"
#include "tracker/import/mlflow_run.h"
#include "tracker/recorder/metric_store.h"

namespace reprise::tracker {
namespace {

// The series of a run, of which one is under way at a time.
class SeriesCollector {
 public:
  explicit SeriesCollector(storage::ObjectWriter* writer) : writer_(writer) {}

  Result<void> Add(std::string_view key, const lineage::MetricPoint& point) {
    if (!key_.has_value() || *key_ != key) {
      REPRISE_TRY(Finish());
      key_ = key;
    }
    AddToSummary(point, summary_);
    values_.Add(point);
    if (writer_ == nullptr) return {};
    encoder_.Add(point);
    encoded_ += encoder_.Take();
    return {};
  }

  Result<void> Finish() {
    if (!key_.has_value()) return {};
    if (!IsUtf8(*key_)) {
      warnings_.push_back("the metric '" + Printable(*key_) +
                          "' has no name in UTF-8; it was left "
                          "out");
    } else {
      summary_.values = values_.Finish();
      if (writer_ != nullptr) {
        encoder_.Finish();
        encoded_ += encoder_.Take();
        REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(AsBytes(encoded_)));
        summary_.series = put.digest;
      }
      points_ += summary_.count;
      metrics_[*key_] = summary_;
    }
    key_.reset();
    summary_ = EmptySummary();
    values_ = lineage::SeriesValuesHasher();
    encoder_ = lineage::SeriesEncoder();
    encoded_.clear();
    return {};
  }

  void MoveInto(MlflowRunContent& content) {
    content.metrics = std::move(metrics_);
    content.points = points_;
    content.warnings = std::move(warnings_);
  }

 private:
  storage::ObjectWriter* writer_;
  std::optional<std::string> key_;
  lineage::MetricSummary summary_ = EmptySummary();
  lineage::SeriesValuesHasher values_;
  lineage::SeriesEncoder encoder_;
  std::string encoded_;
  std::map<std::string, lineage::MetricSummary> metrics_;
  std::uint64_t points_ = 0;
  std::vector<std::string> warnings_;
};

// A name for the model among the outputs, which no artifact of the run has.
std::string ModelName(const MlflowModel& model, const MlflowRunContent& content) {
  std::string name = model.name;
  std::ranges::replace(name, '/', '_');
  std::ranges::replace(name, '\0', '_');
  const auto is_taken = [&](const std::string& candidate) {
    return candidate.empty() || candidate == "." || candidate == ".." ||
           std::ranges::find(content.artifacts, candidate, &ArtifactEntry::name) !=
               content.artifacts.end();
  };
  return is_taken(name) ? model.id : name;
}

Result<void> ListModels(FileSystem& files, const MlflowStore& store, const MlflowRun& run,
                        MlflowRunContent& content) {
  for (const MlflowModel& model : run.models) {
    const ArtifactPlace place =
        FindArtifacts(files, store.folder(), model.artifact_location, model.id);
    if (!place.folder.has_value()) {
      content.warnings.push_back("the model '" + Printable(model.name) + "' at '" +
                                 Printable(capture::RedactText(model.artifact_location).text) +
                                 "' is not on this machine; it was not imported");
      continue;
    }
    const std::string name = ModelName(model, content);
    REPRISE_ASSIGN_OR_RETURN(const ArtifactList list, ListArtifacts(files, *place.folder));
    ArtifactEntry entry;
    entry.name = name;
    entry.is_folder = true;
    for (const ArtifactEntry& below : list.entries) {
      for (const auto& [path, size] : below.files) {
        entry.files.emplace_back(JoinPath(name, path), size);
      }
    }
    if (entry.files.empty()) continue;
    content.artifacts.push_back(std::move(entry));
    content.models.push_back({model.id, name, *place.folder});
  }
  return {};
}

}  // namespace

Result<MlflowRunContent> ReadMlflowRunContent(FileSystem& files, MlflowStore& store,
                                              const MlflowRun& run, storage::ObjectWriter* writer) {
  SeriesCollector series(writer);
  REPRISE_TRY(store.ForEachPoint(run, [&](std::string_view key, const lineage::MetricPoint& point) {
    return series.Add(key, point);
  }));
  REPRISE_TRY(series.Finish());
  MlflowRunContent content;
  series.MoveInto(content);
  content.place = FindArtifacts(files, store.folder(), run.artifact_location, run.id);
  if (content.place.folder.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(ArtifactList list, ListArtifacts(files, *content.place.folder));
    content.artifacts = std::move(list.entries);
    if (list.left_out > 0) {
      content.warnings.push_back(std::to_string(list.left_out) +
                                 " links or special files among its artifacts were left out");
    }
  } else if (content.place.is_elsewhere) {
    content.warnings.push_back("its artifacts at '" +
                               Printable(capture::RedactText(run.artifact_location).text) +
                               "' are not on this machine; they were not imported");
  }
  REPRISE_TRY(ListModels(files, store, run, content));
  return content;
}

Result<std::vector<lineage::ArtifactUse>> StoreMlflowArtifacts(FileSystem& files,
                                                               const storage::StopFunction& stop,
                                                               MlflowRunContent& content,
                                                               storage::ObjectWriter& writer) {
  std::vector<lineage::ArtifactUse> outputs;
  storage::ImportOptions options;
  options.stop = stop;
  options.read_ignore_files = false;
  options.include = [](const std::string&, FileKind kind) {
    return kind == FileKind::kFile || kind == FileKind::kDirectory;
  };
  for (const ArtifactEntry& entry : content.artifacts) {
    const auto model =
        std::ranges::find(content.models, entry.name, &MlflowRunContent::Model::name);
    const std::string path =
        model != content.models.end() ? model->folder : JoinPath(*content.place.folder, entry.name);
    REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                             storage::Import(files, path, writer, options));
    std::ranges::copy(imported.warnings, std::back_inserter(content.warnings));
    lineage::ArtifactUse use = UseOfImported(imported, JoinPath(kMlflowArtifactFolder, entry.name));
    use.role = model != content.models.end() ? "model" : "";
    outputs.push_back(std::move(use));
  }
  std::ranges::sort(outputs, lineage::ArtifactUseBefore);
  return outputs;
}

Result<lineage::Recipe> RecipeOfMlflowRun(const MlflowRun& run, storage::ObjectWriter& writer) {
  lineage::Recipe recipe;
  recipe.working_directory = ".";
  for (const auto& [key, value] : run.params) {
    recipe.parameters[key] = ParamOfMlflow(capture::RedactText(value).text);
  }
  for (const MlflowDataset& dataset : run.datasets) {
    REPRISE_ASSIGN_OR_RETURN(const std::string description, DatasetDescription(dataset));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.Put(AsBytes(description)));
    lineage::ArtifactUse use;
    use.path = DatasetPath(dataset);
    use.role = IsUtf8(dataset.context) ? dataset.context : Printable(dataset.context);
    use.digest = put.digest;
    use.size_bytes = put.size_bytes;
    if (std::ranges::find(recipe.inputs, use) == recipe.inputs.end()) {
      recipe.inputs.push_back(std::move(use));
    }
  }
  std::ranges::sort(recipe.inputs, lineage::ArtifactUseBefore);
  return recipe;
}

}  // namespace reprise::tracker
