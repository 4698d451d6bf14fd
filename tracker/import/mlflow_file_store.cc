// mlruns/<experiment>/<run>/{meta.yaml, params, metrics, tags, inputs, outputs, artifacts}, with
// mlruns/<experiment>/{meta.yaml, tags, datasets, models}, mlruns/models (the registry) and
// mlruns/.trash (deleted experiments).

#include <algorithm>
#include <bit>
#include <charconv>
#include <tuple>

#include "storage/followed_path.h"
#include "tracker/import/mlflow_files.h"
#include "tracker/import/mlflow_store.h"

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;

constexpr std::string_view kTrash = ".trash";
constexpr std::string_view kModels = "models";
constexpr std::string_view kMeta = "meta.yaml";

std::optional<std::int64_t> TimeOf(const FlatYaml& yaml, const std::string& key) {
  const std::string text = yaml.Text(key);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// As MLflow's database has them: by time, and a point that says the same as another once.  MLflow 3
// appends points a second time when it logs a model.
void PutInOrder(std::vector<MetricPoint>& points) {
  const auto key = [](const MetricPoint& point) {
    return std::tuple(point.time_unix_ms, point.step);
  };
  if (!std::ranges::is_sorted(points, {}, key)) std::ranges::stable_sort(points, {}, key);
  const auto is_same = [&](const MetricPoint& a, const MetricPoint& b) {
    return key(a) == key(b) &&
           std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value);
  };
  points.erase(std::unique(points.begin(), points.end(), is_same), points.end());
}

// As MLflow makes those of runs: a UUID without its lines.
bool IsRunId(std::string_view name) {
  constexpr std::size_t kDigits = 32;
  return name.size() == kDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class FileStore final : public MlflowStore {
 public:
  FileStore(FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  std::string_view kind() const override { return "files"; }
  const std::string& folder() const override { return folder_; }

  Result<MlflowParts<MlflowExperiment>> Experiments() override {
    MlflowParts<MlflowExperiment> experiments;
    REPRISE_ASSIGN_OR_RETURN(auto folders, ExperimentFolders());
    experiments.problems = std::move(folders.problems);
    for (const std::string& folder : folders.readable) {
      auto experiment = ReadExperiment(folder);
      if (experiment.ok()) {
        experiments.readable.push_back(*std::move(experiment));
      } else {
        experiments.problems.push_back(
            "the experiment " + BaseName(folder) +
            " cannot be read and was left out with its runs: " + experiment.error().message);
      }
    }
    std::ranges::sort(experiments.readable, {}, &MlflowExperiment::id);
    return experiments;
  }

  Result<std::vector<std::string>> RunIds(const MlflowExperiment& experiment) override {
    const std::string folder = ExperimentFolder(experiment.id);
    REPRISE_ASSIGN_OR_RETURN(std::vector<std::string> names, SubfoldersOf(files_, folder));
    // Beside the runs lie folders of tags, datasets, models and traces.
    std::erase_if(names, [&](const std::string& name) {
      return !IsMlflowId(name) || (IsAbsent(RunMeta(folder, name)) && !IsRunId(name));
    });
    return names;
  }

  Result<MlflowRun> ReadRun(const MlflowExperiment& experiment, const std::string& id) override {
    const std::string experiment_folder = ExperimentFolder(experiment.id);
    const std::string folder = JoinPath(experiment_folder, id);
    REPRISE_ASSIGN_OR_RETURN(const FlatYaml meta, ReadFlatYaml(files_, JoinPath(folder, kMeta)));
    MlflowRun run;
    run.id = id;
    run.experiment_id = experiment.id;
    REPRISE_ASSIGN_OR_RETURN(run.status, ParseMlflowStatus(meta.Text("status")));
    run.is_deleted = meta.Text("lifecycle_stage") == "deleted";
    run.started_at_unix_ms = TimeOf(meta, "start_time");
    run.ended_at_unix_ms = TimeOf(meta, "end_time");
    run.user = meta.Text("user_id");
    run.source_name = meta.Text("source_name");
    run.source_version = meta.Text("source_version");
    run.artifact_location = meta.Text("artifact_uri");
    REPRISE_ASSIGN_OR_RETURN(run.params, ValuesBelow(files_, JoinPath(folder, "params")));
    REPRISE_ASSIGN_OR_RETURN(run.tags, ValuesBelow(files_, JoinPath(folder, "tags")));
    const auto name = run.tags.find("mlflow.runName");
    run.name = name != run.tags.end() ? name->second : meta.Text("run_name");
    REPRISE_TRY(ReadDatasets(experiment_folder, folder, run));
    REPRISE_TRY(ReadModels(experiment_folder, folder, run));
    return run;
  }

  Result<void> ForEachPoint(const MlflowRun& run, const PointVisitor& visit) override {
    const std::string folder =
        JoinPath(JoinPath(ExperimentFolder(run.experiment_id), run.id), "metrics");
    REPRISE_ASSIGN_OR_RETURN(const auto keys, FilesBelow(files_, folder));
    for (const std::string& key : keys) {
      std::vector<MetricPoint> points;
      REPRISE_TRY(
          ForEachLine(files_, JoinPath(folder, key), [&](std::string_view line) -> Result<void> {
            REPRISE_ASSIGN_OR_RETURN(points.emplace_back(), ParseMlflowPoint(line));
            return {};
          }));
      PutInOrder(points);
      for (const MetricPoint& point : points) REPRISE_TRY(visit(key, point));
    }
    return {};
  }

  Result<std::optional<std::int64_t>> StartOf(const std::string& run_id) override {
    if (!IsMlflowId(run_id)) return std::optional<std::int64_t>();
    REPRISE_ASSIGN_OR_RETURN(const auto folders, ExperimentFolders());
    for (const std::string& folder : folders.readable) {
      const auto meta = ReadFlatYaml(files_, RunMeta(folder, run_id));
      if (meta.ok()) return TimeOf(*meta, "start_time");
    }
    return std::optional<std::int64_t>();
  }

  Result<MlflowParts<MlflowModelVersion>> ModelVersions() override {
    MlflowParts<MlflowModelVersion> versions;
    const std::string folder = JoinPath(folder_, kModels);
    REPRISE_ASSIGN_OR_RETURN(const auto models, SubfoldersOf(files_, folder));
    for (const std::string& model : models) {
      const auto added = AddVersions(JoinPath(folder, model), model, versions);
      if (added.ok()) continue;
      versions.problems.push_back("the registered model '" + Printable(model) +
                                  "' cannot be read and was left out: " + added.error().message);
    }
    return versions;
  }

  Result<std::uint64_t> TraceCount() override {
    std::uint64_t count = 0;
    REPRISE_ASSIGN_OR_RETURN(const auto folders, ExperimentFolders());
    for (const std::string& folder : folders.readable) {
      REPRISE_ASSIGN_OR_RETURN(const auto traces, SubfoldersOf(files_, JoinPath(folder, "traces")));
      count += traces.size();
    }
    return count;
  }

 private:
  static std::string RunMeta(const std::string& experiment_folder, const std::string& run) {
    return JoinPath(JoinPath(experiment_folder, run), kMeta);
  }

  std::string ExperimentFolder(const std::string& id) const {
    const std::string folder = JoinPath(folder_, id);
    return IsRealFolder(files_, folder) ? folder : JoinPath(JoinPath(folder_, kTrash), id);
  }

  // As far as anybody can tell: what cannot be looked at is not absent.
  bool IsAbsent(const std::string& path) const {
    const auto stat = files_.Stat(path);
    return !stat.ok() && stat.error().code == ErrorCode::kNotFound;
  }

  // Those of experiments, whether they can be read or not.
  Result<MlflowParts<std::string>> ExperimentFolders() const {
    MlflowParts<std::string> folders;
    REPRISE_TRY(AddExperimentFolders(folder_, folders.readable));
    const auto added = AddExperimentFolders(JoinPath(folder_, kTrash), folders.readable);
    if (!added.ok()) {
      folders.problems.push_back("the deleted experiments cannot be read and were left out: " +
                                 added.error().message);
    }
    return folders;
  }

  Result<void> AddExperimentFolders(const std::string& parent,
                                    std::vector<std::string>& folders) const {
    REPRISE_ASSIGN_OR_RETURN(const auto names, SubfoldersOf(files_, parent));
    for (const std::string& name : names) {
      const std::string folder = JoinPath(parent, name);
      if (!IsMlflowId(name) || name == kModels || IsAbsent(JoinPath(folder, kMeta))) continue;
      folders.push_back(folder);
    }
    return {};
  }

  Result<MlflowExperiment> ReadExperiment(const std::string& folder) const {
    REPRISE_ASSIGN_OR_RETURN(const FlatYaml meta, ReadFlatYaml(files_, JoinPath(folder, kMeta)));
    MlflowExperiment experiment;
    experiment.id = BaseName(folder);
    experiment.name = meta.Find("name").value_or(experiment.id);
    experiment.is_deleted = meta.Text("lifecycle_stage") == "deleted";
    REPRISE_ASSIGN_OR_RETURN(experiment.tags, ValuesBelow(files_, JoinPath(folder, "tags")));
    return experiment;
  }

  Result<void> ReadDatasets(const std::string& experiment_folder, const std::string& run_folder,
                            MlflowRun& run) const {
    const std::string inputs = JoinPath(run_folder, "inputs");
    REPRISE_ASSIGN_OR_RETURN(const auto names, SubfoldersOf(files_, inputs));
    for (const std::string& name : names) {
      REPRISE_ASSIGN_OR_RETURN(const FlatYaml input,
                               ReadFlatYaml(files_, JoinPath(JoinPath(inputs, name), kMeta)));
      const std::string source = input.Text("source_id");
      if (input.Text("source_type") != "DATASET" || !IsMlflowId(source)) continue;
      const auto described = ReadFlatYaml(
          files_, JoinPath(JoinPath(JoinPath(experiment_folder, "datasets"), source), kMeta));
      if (!described.ok()) {
        if (described.error().code == ErrorCode::kNotFound) continue;
        return described.error();
      }
      MlflowDataset dataset{described->Text("name"),
                            described->Text("digest"),
                            described->Text("source_type"),
                            described->Text("source"),
                            described->Text("schema"),
                            described->Text("profile"),
                            ""};
      if (const auto tags = input.mappings.find("tags"); tags != input.mappings.end()) {
        const auto context = tags->second.find("mlflow.data.context");
        if (context != tags->second.end()) dataset.context = context->second;
      }
      run.datasets.push_back(std::move(dataset));
    }
    return {};
  }

  Result<void> ReadModels(const std::string& experiment_folder, const std::string& run_folder,
                          MlflowRun& run) const {
    REPRISE_ASSIGN_OR_RETURN(const auto ids, SubfoldersOf(files_, JoinPath(run_folder, "outputs")));
    for (const std::string& id : ids) {
      if (!IsMlflowId(id)) continue;
      const auto meta =
          ReadFlatYaml(files_, JoinPath(JoinPath(JoinPath(experiment_folder, kModels), id), kMeta));
      if (!meta.ok()) {
        if (meta.error().code == ErrorCode::kNotFound) continue;
        return meta.error();
      }
      run.models.push_back({id, meta->Find("name").value_or(id), meta->Text("artifact_location")});
    }
    return {};
  }

  // Errors: the model cannot be read; one version of it is a problem and no more.
  Result<void> AddVersions(const std::string& folder, const std::string& model,
                           MlflowParts<MlflowModelVersion>& versions) const {
    constexpr std::string_view kVersionPrefix = "version-";
    REPRISE_ASSIGN_OR_RETURN(const auto aliases, ValuesBelow(files_, JoinPath(folder, "aliases")));
    REPRISE_ASSIGN_OR_RETURN(const auto names, SubfoldersOf(files_, folder));
    for (const std::string& name : names) {
      if (!name.starts_with(kVersionPrefix)) continue;
      auto version = ReadVersion(JoinPath(folder, name));
      if (!version.ok()) {
        versions.problems.push_back(
            name + " of the registered model '" + Printable(model) +
            "' cannot be read and was left out: " + version.error().message);
        continue;
      }
      version->model = model;
      version->version = name.substr(kVersionPrefix.size());
      for (const auto& [alias, named] : aliases) {
        if (named == version->version) version->aliases.push_back(alias);
      }
      versions.readable.push_back(*std::move(version));
    }
    return {};
  }

  // All but its names.
  Result<MlflowModelVersion> ReadVersion(const std::string& folder) const {
    REPRISE_ASSIGN_OR_RETURN(const FlatYaml meta, ReadFlatYaml(files_, JoinPath(folder, kMeta)));
    MlflowModelVersion version;
    version.run_id = meta.Text("run_id");
    version.source = meta.Text("source");
    version.stage = meta.Text("current_stage");
    version.description = meta.Text("description");
    REPRISE_ASSIGN_OR_RETURN(version.tags, ValuesBelow(files_, JoinPath(folder, "tags")));
    return version;
  }

  FileSystem& files_;
  const std::string folder_;
};

// Whether a folder in `folder` is that of an experiment.
Result<bool> HoldsExperiments(FileSystem& files, const std::string& folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto names, SubfoldersOf(files, folder));
  return std::ranges::any_of(names, [&](const std::string& name) {
    return name != kModels && Exists(files, JoinPath(JoinPath(folder, name), kMeta));
  });
}

}  // namespace

Result<std::unique_ptr<MlflowStore>> OpenMlflowFiles(FileSystem& files, const std::string& folder) {
  for (const std::string& root : {folder, JoinPath(folder, "mlruns")}) {
    REPRISE_ASSIGN_OR_RETURN(const bool holds, HoldsExperiments(files, root));
    if (holds) return std::unique_ptr<MlflowStore>(std::make_unique<FileStore>(files, root));
  }
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(folder) +
                   "' is no MLflow store: it holds neither experiments (folders with a meta.yaml) "
                   "nor a folder 'mlruns' that does; name that folder, or the file mlflow.db"};
}

Result<std::unique_ptr<MlflowStore>> OpenMlflowStore(FileSystem& files, const std::string& named) {
  // A link that the person named is followed; none that lies in the store is.
  const std::string path = storage::FollowedPath(files, named);
  const auto stat = files.Stat(path);
  if (!stat.ok()) return stat.error();
  if (stat->kind == FileKind::kDirectory) return OpenMlflowFiles(files, path);
  if (stat->kind != FileKind::kFile) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(path) + "' is neither a folder nor a file, so no MLflow store"};
  }
  auto store = OpenMlflowSqlite(path);
  if (!store.ok()) {
    return Annotate(std::move(store).error(),
                    "'" + Printable(path) + "' cannot be read as an MLflow store");
  }
  return store;
}

}  // namespace reprise::tracker
