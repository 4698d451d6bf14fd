#include "tracker/import/import_mlflow.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "tracker/bulk_recorder.h"
#include "tracker/import/mlflow_registry.h"
#include "tracker/import/mlflow_run.h"
#include "tracker/import/mlflow_run_writer.h"
#include "tracker/import/watched_writer.h"
#include "tracker/leased_store.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kAskedRunsMax = 512;  // Whether they are in the store, at a time.
constexpr std::size_t kWarningsMax = 100;

struct Found {
  MlflowRun run;
  const MlflowExperiment* experiment = nullptr;
  Ulid id;
};

// What of a run was read and is in the writer.
struct Taken {
  MlflowRunContent content;
  std::vector<lineage::ArtifactUse> outputs;
  lineage::Recipe recipe;
  Digest state;
};

// Whether nothing more can be read, or is to be, rather than this alone.
bool EndsImport(const Error& error) {
  return error.code == ErrorCode::kTimeout || error.code == ErrorCode::kInterrupted;
}

class Importer {
 public:
  Importer(FileSystem& files, const MlflowImportRequest& request, const StoreOptions& options)
      : files_(files),
        request_(request),
        lease_(files, request.store_folder, options),
        recorder_(files, request.store_folder, lease_, {.writer_threads = 0}) {}

  Result<MlflowImportReport> Import() {
    REPRISE_ASSIGN_OR_RETURN(store_, OpenMlflowStore(files_, request_.source));
    report_.kind = store_->kind();
    report_.folder = store_->folder();
    std::unique_ptr<FileLock> alone;
    if (!request_.dry_run) {
      REPRISE_TRY(CreateDirectories(files_, StorePaths(request_.store_folder).cache()));
      REPRISE_ASSIGN_OR_RETURN(alone, TakeLock());
      REPRISE_TRY(CreateDirectories(files_, StorePaths(request_.store_folder).names()));
    }
    REPRISE_ASSIGN_OR_RETURN(const auto experiments, ChosenExperiments());
    REPRISE_TRY(ReadRegistry());
    REPRISE_TRY(CountTraces());
    for (const MlflowExperiment& experiment : experiments) {
      REPRISE_TRY(ImportExperiment(experiment));
    }
    REPRISE_TRY(ImportFound());
    REPRISE_TRY(recorder_.Commit());
    REPRISE_TRY(ImportRegistry());
    report_.stored_bytes = recorder_.stored_bytes();
    return std::move(report_);
  }

 private:
  Result<std::unique_ptr<FileLock>> TakeLock() {
    auto lock = files_.Lock(JoinPath(StorePaths(request_.store_folder).cache(), "import.lock"),
                            LockMode::kExclusive, 0);
    if (!lock.ok() && lock.error().code == ErrorCode::kTimeout) {
      return Error{ErrorCode::kTimeout,
                   "another import into this store is under way; wait for it and try again"};
    }
    return lock;
  }

  Result<std::vector<MlflowExperiment>> ChosenExperiments() {
    REPRISE_ASSIGN_OR_RETURN(auto found, store_->Experiments());
    for (std::string& problem : found.problems) LeaveOut(std::move(problem));
    std::vector<MlflowExperiment> experiments = std::move(found.readable);
    for (const std::string& name : request_.experiments) {
      if (std::ranges::find(experiments, name, &MlflowExperiment::name) != experiments.end()) {
        continue;
      }
      return Error{ErrorCode::kNotFound, NoExperiment(name, experiments)};
    }
    std::erase_if(experiments, [&](const MlflowExperiment& experiment) {
      return !request_.experiments.empty() &&
             std::ranges::find(request_.experiments, experiment.name) == request_.experiments.end();
    });
    return experiments;
  }

  std::string NoExperiment(const std::string& name,
                           const std::vector<MlflowExperiment>& experiments) const {
    std::string known;
    for (const MlflowExperiment& experiment : experiments) {
      known += (known.empty() ? "'" : ", '") + Printable(experiment.name) + "'";
    }
    std::string sentence = "the MLflow store has no experiment '" + Printable(name) + "'; it has " +
                           (known.empty() ? "none" : known);
    for (const std::string& problem : report_.warnings) sentence += "; " + problem;
    return sentence;
  }

  Result<void> ReadRegistry() {
    auto versions = store_->ModelVersions();
    if (!versions.ok() && EndsImport(versions.error())) return std::move(versions).error();
    if (!versions.ok()) {
      LeaveOut("the registered models cannot be read and were left out: " +
               versions.error().message);
      return {};
    }
    for (std::string& problem : versions->problems) LeaveOut(std::move(problem));
    for (MlflowModelVersion& version : versions->readable) {
      versions_[version.run_id].push_back(std::move(version));
    }
    return {};
  }

  Result<void> ImportRegistry() {
    MlflowRegistryRequest request;
    for (auto& [run, versions] : versions_) {
      std::ranges::move(versions, std::back_inserter(request.versions));
    }
    request.runs = std::move(places_);
    request.only_of_runs = !request_.experiments.empty();
    request.dry_run = request_.dry_run;
    request.warn = [this](std::string sentence) { Warn(std::move(sentence)); };
    request.check_stop = [this] { return CheckStop(); };
    REPRISE_ASSIGN_OR_RETURN(const MlflowRegistryReport done,
                             ImportMlflowRegistry(lease_, request));
    report_.model_versions = done.versions;
    report_.stage_changes = done.stage_changes;
    report_.stages_held_back = done.stages_held_back;
    return {};
  }

  // Where a run of MLflow is found here from now on.
  void NotePlace(const Found& found, const MlflowRunContent& content) {
    if (!versions_.contains(found.run.id)) return;
    MlflowRunPlace& place = places_[found.run.id];
    place.id = found.id;
    for (const MlflowRunContent::Model& model : content.models) place.models[model.id] = model.name;
  }

  Result<void> CountTraces() {
    const auto count = store_->TraceCount();
    if (count.ok()) {
      report_.traces = *count;
    } else if (EndsImport(count.error())) {
      return count.error();
    } else {
      LeaveOut("the traces cannot be counted: " + count.error().message);
    }
    return {};
  }

  Result<void> ImportExperiment(const MlflowExperiment& experiment) {
    ++report_.experiments;
    const auto ids = store_->RunIds(experiment);
    if (!ids.ok() && EndsImport(ids.error())) return ids.error();
    if (!ids.ok()) {
      LeaveOut("the runs of the experiment '" + Printable(experiment.name) +
               "' cannot be read and were left out: " + ids.error().message);
      return {};
    }
    for (const std::string& id : *ids) {
      REPRISE_TRY(CheckStop());
      auto run = store_->ReadRun(experiment, id);
      if (!run.ok()) {
        REPRISE_TRY(PassOver(id, run.error()));
        continue;
      }
      REPRISE_TRY(Choose(experiment, *std::move(run)));
    }
    return {};
  }

  Result<void> CheckStop() const {
    if (!request_.stop || !request_.stop()) return {};
    return Error{ErrorCode::kInterrupted,
                 "the import was interrupted; what the batches before hold is in the store, and "
                 "the same command goes on from there"};
  }

  void Warn(std::string sentence) {
    if (report_.warnings.size() < kWarningsMax) {
      report_.warnings.push_back(std::move(sentence));
    } else {
      ++report_.more_warnings;
    }
  }

  void LeaveOut(std::string problem) {
    ++report_.unreadable_parts;
    Warn(std::move(problem));
  }

  // Of a run that cannot be read.
  Result<void> PassOver(const std::string& id, const Error& error) {
    if (error.code == ErrorCode::kInterrupted) return CheckStop();
    if (EndsImport(error)) return error;
    ++report_.unreadable;
    Warn("run " + Printable(id) + " cannot be read and was left out: " + error.message);
    return {};
  }

  Result<void> Choose(const MlflowExperiment& experiment, MlflowRun run) {
    if ((run.is_deleted || experiment.is_deleted) && !request_.deleted) {
      ++report_.deleted;
      return {};
    }
    const bool has_ended =
        run.status != MlflowStatus::kRunning && run.status != MlflowStatus::kScheduled;
    if (!has_ended && !request_.unfinished) {
      ++report_.unfinished;
      return {};
    }
    DropWrongKeys(run);
    const Ulid ours =
        RunIdOfMlflow(run.id, StartOfMlflowRun(run.started_at_unix_ms, run.ended_at_unix_ms));
    found_.push_back({std::move(run), &experiment, ours});
    return found_.size() < kAskedRunsMax ? Result<void>() : ImportFound();
  }

  // Documents have no form for a name that is not UTF-8.
  void DropWrongKeys(MlflowRun& run) {
    const auto dropped =
        std::erase_if(run.params, [](const auto& pair) { return !IsUtf8(pair.first); }) +
        std::erase_if(run.tags, [](const auto& pair) { return !IsUtf8(pair.first); });
    if (dropped > 0) {
      Warn(std::to_string(dropped) + " parameters or tags of run " + run.id +
           " have no name in UTF-8; they were left out");
    }
  }

  // What the store says of the state in which each run was imported.
  Result<std::map<Ulid, std::string>> KnownStates() {
    std::map<Ulid, std::string> known;
    REPRISE_TRY(lease_.WithStore([&](Store& store) -> Result<void> {
      for (const Found& found : found_) {
        const auto run = store.GetRun(found.id);
        if (!run.ok() && run.error().code == ErrorCode::kNotFound) continue;
        if (!run.ok() && run.error().code != ErrorCode::kCorruption) return run.error();
        if (!run.ok()) {  // Ours, and damaged: what it said of its state is not known.
          known[found.id] = "";
          continue;
        }
        const auto state = run->record.tags.find(std::string(kMlflowStateTag));
        known[found.id] = state == run->record.tags.end() ? "" : state->second;
      }
      return {};
    }));
    return known;
  }

  Result<void> ImportFound() {
    if (found_.empty()) return {};
    REPRISE_ASSIGN_OR_RETURN(const auto known, KnownStates());
    for (const Found& found : found_) {
      REPRISE_TRY(CheckStop());
      const auto state = known.find(found.id);
      REPRISE_TRY(state != known.end() ? Compare(found, state->second) : ImportOne(found));
      if (request_.progress) {
        request_.progress(report_.runs + report_.present, report_.artifact_bytes);
      }
    }
    found_.clear();
    return {};
  }

  Result<void> Compare(const Found& found, const std::string& known_state) {
    NotePlace(found, {});
    const auto state = [&]() -> Result<Digest> {
      REPRISE_ASSIGN_OR_RETURN(const MlflowRunContent content,
                               ReadMlflowRunContent(files_, *store_, found.run, nullptr));
      NotePlace(found, content);
      return StateOfMlflowRun(found.run, content.metrics, content.artifacts);
    }();
    if (!state.ok()) return PassOver(found.run.id, state.error());
    if (state->ToString() == known_state) {
      ++report_.present;
      return {};
    }
    ++report_.changed;
    Warn("run " + found.run.id + " has changed in MLflow since it was imported as " +
         found.id.ToString() + ", which stays as it is");
    return {};
  }

  Result<void> ImportOne(const Found& found) {
    if (request_.dry_run) {
      const auto content = ReadMlflowRunContent(files_, *store_, found.run, nullptr);
      if (!content.ok()) return PassOver(found.run.id, content.error());
      Count(found, *content);
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(storage::ObjectWriter* const ours, recorder_.Writer());
    WatchedWriter writer(*ours);
    auto taken = Take(found, writer);
    if (!taken.ok()) {
      return writer.failed() ? taken.error() : PassOver(found.run.id, taken.error());
    }
    return Record(found, *std::move(taken));
  }

  void Count(const Found& found, const MlflowRunContent& content) {
    for (const std::string& warning : content.warnings) {
      Warn("run " + found.run.id + ": " + warning);
    }
    NotePlace(found, content);
    ++report_.runs;
    report_.points += content.points;
    report_.datasets += found.run.datasets.size();
    for (const ArtifactEntry& entry : content.artifacts) {
      report_.artifacts += entry.files.size();
      for (const auto& [path, size] : entry.files) report_.artifact_bytes += size;
    }
  }

  // Reads the run, and stores what it has while it is read.
  Result<Taken> Take(const Found& found, storage::ObjectWriter& writer) {
    Taken taken;
    REPRISE_ASSIGN_OR_RETURN(taken.content,
                             ReadMlflowRunContent(files_, *store_, found.run, &writer));
    REPRISE_ASSIGN_OR_RETURN(
        taken.state, StateOfMlflowRun(found.run, taken.content.metrics, taken.content.artifacts));
    REPRISE_ASSIGN_OR_RETURN(taken.outputs,
                             StoreMlflowArtifacts(files_, request_.stop, taken.content, writer));
    REPRISE_ASSIGN_OR_RETURN(taken.recipe, RecipeOfMlflowRun(found.run, writer));
    return taken;
  }

  // The name that MLflow has, as far as it is one here; where another run has it, with the
  // beginning of the run's MLflow id.  The same run gets the same name however often it is tried.
  Result<std::string> TakeName(const Found& found) {
    constexpr std::size_t kIdDigits = 8;
    const auto wanted = RunNameOfMlflow(found.run.name);
    std::vector<std::string> candidates;
    if (wanted.has_value()) {
      candidates = {*wanted, *wanted + "-" + found.run.id.substr(0, kIdDigits)};
    }
    for (const std::string& name : candidates) {
      if (!CheckRunName(name).ok()) continue;
      auto reserved = ReserveRunName(files_, request_.store_folder, name, found.id);
      if (reserved.ok()) {
        recorder_.HoldName(name, found.id);
        return name;
      }
      if (reserved.error().code != ErrorCode::kAlreadyExists) return std::move(reserved).error();
      const auto holder = FindRunByName(files_, request_.store_folder, name);
      if (holder.ok() && *holder == found.id) return name;  // Of an import that was killed.
    }
    REPRISE_ASSIGN_OR_RETURN(std::string name,
                             InventRunName(files_, request_.store_folder, found.id));
    recorder_.HoldName(name, found.id);
    return name;
  }

  Result<void> Record(const Found& found, Taken taken) {
    const auto versions = versions_.find(found.run.id);
    lineage::RunRecord record = RecordOfMlflowRun(
        found.run, *found.experiment,
        versions == versions_.end() ? std::vector<MlflowModelVersion>() : versions->second);
    record.metrics = taken.content.metrics;
    record.outputs = taken.outputs;
    std::ranges::copy(taken.content.warnings, std::back_inserter(record.warnings));
    record.tags[std::string(kMlflowStateTag)] = taken.state.ToString();
    NameParent(found.run, record);
    REPRISE_ASSIGN_OR_RETURN(record.name, TakeName(found));
    if (record.name != found.run.name && !found.run.name.empty()) {
      record.tags["mlflow.runName"] = found.run.name;
    }
    const std::string name = record.name;
    const auto added = recorder_.AddRun(std::move(record), std::move(taken.recipe), nullptr);
    if (added.ok()) {
      Count(found, taken.content);
      return {};
    }
    if (added.error().code != ErrorCode::kInvalidArgument) return added;
    ReleaseRunName(files_, request_.store_folder, name, found.id);  // No document can hold it.
    return PassOver(found.run.id, added.error());
  }

  // A parent is named by our id, too, whether or not it is imported.
  void NameParent(const MlflowRun& run, lineage::RunRecord& record) {
    const auto parent = run.tags.find("mlflow.parentRunId");
    if (parent == run.tags.end() || !IsMlflowId(parent->second)) return;
    auto started = starts_.find(parent->second);
    if (started == starts_.end()) {
      // What cannot be read is as good as gone: MLflow's own tag stays.
      started =
          starts_.emplace(parent->second, store_->StartOf(parent->second).value_or(std::nullopt))
              .first;
    }
    if (!started->second.has_value()) return;
    record.tags["mlflow.parentRun"] =
        RunIdOfMlflow(parent->second, StartOfMlflowRun(started->second, std::nullopt)).ToString();
  }

  FileSystem& files_;
  const MlflowImportRequest& request_;
  LeasedStore lease_;
  BulkRecorder recorder_;
  std::unique_ptr<MlflowStore> store_;
  MlflowImportReport report_;
  std::map<std::string, std::vector<MlflowModelVersion>> versions_;  // By MLflow's run id.
  std::map<std::string, MlflowRunPlace> places_;                     // Likewise, of those.
  std::map<std::string, std::optional<std::int64_t>> starts_;        // Of parents, likewise.
  std::vector<Found> found_;
};

}  // namespace

Result<MlflowImportReport> ImportMlflow(FileSystem& files, const MlflowImportRequest& request,
                                        const StoreOptions& store_options) {
  return Importer(files, request, store_options).Import();
}

}  // namespace reprise::tracker
