#include "tracker/import/import_mlflow.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "tracker/import/mlflow_run.h"
#include "tracker/import/mlflow_run_writer.h"
#include "tracker/leased_store.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kBatchRunsMax = 512;
constexpr std::uint64_t kBatchBytesMax = std::uint64_t{1} << 30;
constexpr std::size_t kWarningsMax = 100;

struct Found {
  MlflowRun run;
  const MlflowExperiment* experiment = nullptr;
  Ulid id;
};

// A session that is being filled.
struct Batch {
  std::unique_ptr<Session> session;
  std::unique_ptr<storage::ObjectWriter> writer;
  std::vector<v1::LedgerFact> facts;
  std::vector<std::pair<std::string, Ulid>> names;
};

class Importer {
 public:
  Importer(FileSystem& files, const MlflowImportRequest& request, const StoreOptions& options)
      : files_(files), request_(request), lease_(files, request.store_folder, options) {}

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
    REPRISE_ASSIGN_OR_RETURN(const auto versions, store_->ModelVersions());
    for (const MlflowModelVersion& version : versions) versions_[version.run_id].push_back(version);
    REPRISE_ASSIGN_OR_RETURN(report_.traces, store_->TraceCount());
    auto imported = ImportExperiments(experiments);
    if (!imported.ok()) {
      Abandon();
      return std::move(imported).error();
    }
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
    REPRISE_ASSIGN_OR_RETURN(std::vector<MlflowExperiment> experiments, store_->Experiments());
    for (const std::string& name : request_.experiments) {
      if (std::ranges::find(experiments, name, &MlflowExperiment::name) != experiments.end()) {
        continue;
      }
      std::string known;
      for (const MlflowExperiment& experiment : experiments) {
        known += (known.empty() ? "'" : ", '") + Printable(experiment.name) + "'";
      }
      return Error{ErrorCode::kNotFound, "the MLflow store has no experiment '" + Printable(name) +
                                             "'; it has " + (known.empty() ? "none" : known)};
    }
    std::erase_if(experiments, [&](const MlflowExperiment& experiment) {
      return !request_.experiments.empty() &&
             std::ranges::find(request_.experiments, experiment.name) == request_.experiments.end();
    });
    return experiments;
  }

  Result<void> ImportExperiments(const std::vector<MlflowExperiment>& experiments) {
    for (const MlflowExperiment& experiment : experiments) {
      ++report_.experiments;
      REPRISE_TRY(store_->ForEachRun(
          experiment, [&](const std::string& id, Result<MlflowRun> run) -> Result<void> {
            return Take(experiment, id, std::move(run));
          }));
    }
    return ImportFound();
  }

  void Warn(std::string sentence) {
    if (report_.warnings.size() < kWarningsMax) {
      report_.warnings.push_back(std::move(sentence));
    } else {
      ++report_.more_warnings;
    }
  }

  Result<void> Take(const MlflowExperiment& experiment, const std::string& id,
                    Result<MlflowRun> read) {
    if (!read.ok()) return PassOverDamaged(id, read.error());
    MlflowRun run = *std::move(read);
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
    return found_.size() < kBatchRunsMax ? Result<void>() : ImportFound();
  }

  Result<void> PassOverDamaged(const std::string& id, const Error& error) {
    if (error.code != ErrorCode::kCorruption && error.code != ErrorCode::kNotFound) return error;
    ++report_.unreadable;
    Warn("run " + Printable(id) + " is damaged and was left out: " + error.message);
    return {};
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
        if (!run.ok()) return run.error();
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
      if (request_.stop && request_.stop()) {
        return Error{ErrorCode::kInterrupted,
                     "the import was interrupted; what the batches before hold is in the store, "
                     "and the same command goes on from there"};
      }
      const auto state = known.find(found.id);
      auto done = state != known.end() ? Compare(found, state->second) : ImportOne(found);
      if (!done.ok()) {
        if (writing_failed_) return done;
        REPRISE_TRY(PassOverDamaged(found.run.id, done.error()));
      }
      if (request_.progress) {
        request_.progress(report_.runs + report_.present, report_.artifact_bytes);
      }
      if (batch_.writer != nullptr && batch_.writer->stats().logical_bytes > kBatchBytesMax) {
        REPRISE_TRY(Seal());
      }
    }
    found_.clear();
    return Seal();
  }

  Result<void> Compare(const Found& found, const std::string& known_state) {
    REPRISE_ASSIGN_OR_RETURN(const MlflowRunContent content,
                             ReadMlflowRunContent(files_, *store_, found.run, nullptr));
    REPRISE_ASSIGN_OR_RETURN(const Digest state,
                             StateOfMlflowRun(found.run, content.metrics, content.artifacts));
    if (state.ToString() == known_state) {
      ++report_.present;
      return {};
    }
    ++report_.changed;
    Warn("run " + found.run.id + " has changed in MLflow since it was imported as " +
         found.id.ToString() + ", which stays as it is");
    return {};
  }

  Result<void> ImportOne(const Found& found) {
    if (!request_.dry_run) REPRISE_TRY(Writing(BeginBatch()));
    storage::ObjectWriter* const writer = batch_.writer.get();
    REPRISE_ASSIGN_OR_RETURN(const MlflowRunContent content,
                             ReadMlflowRunContent(files_, *store_, found.run, writer));
    for (const std::string& warning : content.warnings) {
      Warn("run " + found.run.id + ": " + warning);
    }
    if (writer != nullptr) REPRISE_TRY(Writing(StoreRun(found, content)));
    ++report_.runs;
    report_.points += content.points;
    report_.datasets += found.run.datasets.size();
    for (const ArtifactEntry& entry : content.artifacts) {
      report_.artifacts += entry.files.size();
      for (const auto& [path, size] : entry.files) report_.artifact_bytes += size;
    }
    return {};
  }

  // What fails of our own store ends the import; what fails of a run of theirs does not.
  Result<void> Writing(Result<void> done) {
    writing_failed_ = writing_failed_ || !done.ok();
    return done;
  }

  Result<void> BeginBatch() {
    if (batch_.session != nullptr) return {};
    REPRISE_ASSIGN_OR_RETURN(batch_.session,
                             Session::CreateForFacts(files_, request_.store_folder));
    REPRISE_ASSIGN_OR_RETURN(batch_.writer, batch_.session->NewWriter(&lease_));
    return {};
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
        batch_.names.emplace_back(name, found.id);
        return name;
      }
      if (reserved.error().code != ErrorCode::kAlreadyExists) return std::move(reserved).error();
      const auto holder = FindRunByName(files_, request_.store_folder, name);
      if (holder.ok() && *holder == found.id) return name;  // Of an import that was killed.
    }
    REPRISE_ASSIGN_OR_RETURN(std::string name,
                             InventRunName(files_, request_.store_folder, found.id));
    batch_.names.emplace_back(name, found.id);
    return name;
  }

  Result<void> StoreRun(const Found& found, const MlflowRunContent& content) {
    storage::ObjectWriter& writer = *batch_.writer;
    const auto versions = versions_.find(found.run.id);
    lineage::RunRecord record = RecordOfMlflowRun(
        found.run, *found.experiment,
        versions == versions_.end() ? std::vector<MlflowModelVersion>() : versions->second);
    record.metrics = content.metrics;
    std::ranges::copy(content.warnings, std::back_inserter(record.warnings));
    REPRISE_ASSIGN_OR_RETURN(record.outputs,
                             StoreMlflowArtifacts(files_, content, &lease_, writer));
    REPRISE_ASSIGN_OR_RETURN(record.recipe, StoreMlflowRecipe(found.run, writer));
    REPRISE_ASSIGN_OR_RETURN(const Digest state,
                             StateOfMlflowRun(found.run, content.metrics, content.artifacts));
    record.tags[std::string(kMlflowStateTag)] = state.ToString();
    REPRISE_TRY(NameParent(found.run, record));
    REPRISE_ASSIGN_OR_RETURN(record.name, TakeName(found));
    if (record.name != found.run.name && !found.run.name.empty()) {
      record.tags["mlflow.runName"] = found.run.name;
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeRunRecord(record));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.Put(AsBytes(document)));
    batch_.facts.push_back(NewLedgerFact("run", record.id.ToString(), put.digest));
    return {};
  }

  // A parent is named by our id, too, whether or not it is imported.
  Result<void> NameParent(const MlflowRun& run, lineage::RunRecord& record) {
    const auto parent = run.tags.find("mlflow.parentRunId");
    if (parent == run.tags.end() || !IsMlflowId(parent->second)) return {};
    auto started = starts_.find(parent->second);
    if (started == starts_.end()) {
      REPRISE_ASSIGN_OR_RETURN(const auto time, store_->StartOf(parent->second));
      started = starts_.emplace(parent->second, time).first;
    }
    if (!started->second.has_value()) return {};
    record.tags["mlflow.parentRun"] =
        RunIdOfMlflow(parent->second, StartOfMlflowRun(started->second, std::nullopt)).ToString();
    return {};
  }

  Result<void> Seal() {
    if (batch_.session == nullptr) return {};
    if (batch_.facts.empty()) {
      Abandon();
      return {};
    }
    storage::WriterStats stats;
    REPRISE_TRY(Writing(batch_.session->FinishWriter(std::move(batch_.writer), &stats)));
    REPRISE_TRY(Writing(files_.SyncDirectory(StorePaths(request_.store_folder).names())));
    REPRISE_TRY(Writing(batch_.session->Seal(batch_.facts)));
    report_.stored_bytes += stats.stored_bytes;
    const Ulid id = batch_.session->id();
    batch_ = {};  // Sealed: from here on it is not ours to abandon.
    const auto adopted = lease_.WithStore([&](Store& store) { return store.AdoptSession(id); });
    if (!adopted.ok()) {
      Warn("a batch is recorded and awaits adoption by the next command: " +
           adopted.error().message);
    }
    return {};
  }

  void Abandon() {
    batch_.writer.reset();
    for (const auto& [name, id] : batch_.names) {
      ReleaseRunName(files_, request_.store_folder, name, id);
    }
    if (batch_.session != nullptr) (void)batch_.session->Abandon();
    batch_ = {};
  }

  FileSystem& files_;
  const MlflowImportRequest& request_;
  LeasedStore lease_;
  std::unique_ptr<MlflowStore> store_;
  MlflowImportReport report_;
  std::map<std::string, std::vector<MlflowModelVersion>> versions_;  // By MLflow's run id.
  std::map<std::string, std::optional<std::int64_t>> starts_;        // Of parents, likewise.
  std::vector<Found> found_;
  Batch batch_;
  bool writing_failed_ = false;
};

}  // namespace

Result<MlflowImportReport> ImportMlflow(FileSystem& files, const MlflowImportRequest& request,
                                        const StoreOptions& store_options) {
  return Importer(files, request, store_options).Import();
}

}  // namespace reprise::tracker
