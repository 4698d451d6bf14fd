#include "tracker/replay/rerun.h"

#include <cstdlib>
#include <utility>

#include "tracker/metric_history.h"
#include "tracker/project_path.h"
#include "tracker/replay/comparison.h"
#include "tracker/replay/environment_diff.h"
#include "tracker/replay/rerun_plan.h"

namespace reprise::tracker {
namespace {

// A folder to work in, removed at the end unless it is to be kept.
class WorkFolder {
 public:
  static Result<WorkFolder> Make(FileSystem& files, const RerunRequest& request, unsigned number) {
    if (request.keep_folder.has_value()) {
      return WorkFolder(files,
                        request.times == 1 ? *request.keep_folder
                                           : JoinPath(*request.keep_folder, std::to_string(number)),
                        true);
    }
    const char* const temporary = std::getenv("TMPDIR");
    const std::string parent =
        temporary != nullptr && *temporary != '\0' ? AbsolutePath(temporary, "/") : "/tmp";
    std::string path = JoinPath(parent, "reprise-rerun-" + Ulid::Generate().ToString());
    REPRISE_TRY(files.CreateDirectory(path, 0700));
    return WorkFolder(files, std::move(path), false);
  }

  ~WorkFolder() {
    // Left behind only where it cannot be removed: there is nobody to tell.
    if (!kept_) (void)RemoveTree(files_, path_);
  }
  WorkFolder(WorkFolder&& other) noexcept
      : files_(other.files_), path_(other.path_), kept_(std::exchange(other.kept_, true)) {}
  WorkFolder& operator=(WorkFolder&&) = delete;

  const std::string& path() const { return path_; }

 private:
  WorkFolder(FileSystem& files, std::string path, bool kept)
      : files_(files), path_(std::move(path)), kept_(kept) {}

  FileSystem& files_;
  std::string path_;
  bool kept_;
};

class HostRerun {
 public:
  HostRerun(FileSystem& files, const RerunRequest& request, const StoreOptions& store_options)
      : files_(files), request_(request), store_options_(store_options) {}

  Result<RerunOutcome> Run() {
    REPRISE_TRY(CheckTimes());
    for (unsigned number = 1; number <= request_.times; ++number) {
      REPRISE_ASSIGN_OR_RETURN(const bool goes_on, RunOnce(number));
      if (!goes_on) return std::move(outcome_);
    }
    if (!request_.is_retraining()) REPRISE_TRY(Compare());
    return std::move(outcome_);
  }

 private:
  Result<void> CheckTimes() const {
    if (request_.times == 0) {
      return Error{ErrorCode::kInvalidArgument, "--times needs a number above 0"};
    }
    if (request_.times > 1 && request_.is_retraining()) {
      return Error{ErrorCode::kInvalidArgument,
                   "--times measures how far reruns differ, and cannot be used with --set or "
                   "--input, which ask for another result"};
    }
    return {};
  }

  void WarnOfTolerances() {
    for (const auto& [metric, tolerance] : request_.tolerances) {
      if (original_.record.metrics.contains(metric)) continue;
      outcome_.warnings.push_back("--tolerance: run " + original_.record.name + " has no metric '" +
                                  Printable(metric) + "'");
    }
  }

  // Returns false when there is nothing more to do.
  Result<bool> RunOnce(unsigned number) {
    REPRISE_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make(files_, request_, number));
    REPRISE_ASSIGN_OR_RETURN(RerunPlan plan, Plan(folder.path()));
    REPRISE_TRY(storage::CheckStop(request_.stop, "laying out", folder.path()));
    if (number == 1) {
      outcome_.warnings = std::move(plan.warnings);
      WarnOfTolerances();
    }
    if (!plan.missing.empty()) return Incomplete(std::move(plan.missing));
    REPRISE_ASSIGN_OR_RETURN(RunOutcome run, RecordRun(files_, plan.run, store_options_));
    if (run.started && !run.record_failure.empty()) {
      return Error{ErrorCode::kIoError, "the rerun could not be recorded: " + run.record_failure};
    }
    if (run.stopped_by.has_value() && !request_.is_retraining()) {
      return Error{ErrorCode::kInterrupted,
                   "the rerun " + run.name + " was interrupted, so that there is no verdict"};
    }
    if (!run.started && !request_.is_retraining()) return Incomplete({run.start_failure});
    outcome_.runs.push_back(std::move(run));
    return outcome_.runs.back().started;
  }

  // The store is open only while the run is laid out: the rerun itself needs it.
  Result<RerunPlan> Plan(const std::string& folder) {
    StoreOptions reading = store_options_;
    reading.gives_way = true;
    REPRISE_ASSIGN_OR_RETURN(const auto store, Store::Open(files_, request_.store_folder, reading));
    REPRISE_ASSIGN_OR_RETURN(original_, store->GetRun(request_.run));
    if (!original_.recipe.has_value() || original_.recipe->command.empty()) {
      return Error{ErrorCode::kNotFound, "run " + original_.record.id.ToString() +
                                             " has no recorded command to run again"};
    }
    std::unique_ptr<FileSystem> layout;
    if (request_.open_layout) layout = request_.open_layout();
    return PlanRerun(*store, original_, request_, folder, layout != nullptr ? *layout : files_);
  }

  bool Incomplete(std::vector<std::string> missing) {
    Verdict verdict;
    verdict.missing = std::move(missing);
    outcome_.verdict = std::move(verdict);
    return false;
  }

  Result<void> Compare() {
    REPRISE_ASSIGN_OR_RETURN(const auto store,
                             Store::Open(files_, request_.store_folder, store_options_));
    std::vector<StoredRun> reruns;
    for (RunOutcome& outcome : outcome_.runs) {
      if (!outcome.run.has_value()) {
        REPRISE_ASSIGN_OR_RETURN(outcome.run, store->GetRun(outcome.id));
      }
      reruns.push_back(*outcome.run);
    }
    REPRISE_ASSIGN_OR_RETURN(Verdict verdict,
                             CompareRuns(original_, reruns, request_.tolerances,
                                         [&](const StoredRun& run, const std::string& key) {
                                           return MetricHistory(*store, run, key);
                                         }));
    REPRISE_TRY(CompareEnvironments(*store, reruns.back(), verdict));
    verdict.result = Conclude(verdict);
    std::vector<Ulid> ids;
    for (const StoredRun& rerun : reruns) ids.push_back(rerun.record.id);
    REPRISE_ASSIGN_OR_RETURN(const std::string text,
                             EncodeVerdict(verdict, original_.record.id, ids));
    REPRISE_TRY(store->AddFact("verdict", original_.record.id.ToString(), text));
    outcome_.verdict = std::move(verdict);
    return {};
  }

  Result<void> CompareEnvironments(Store& store, const StoredRun& rerun, Verdict& verdict) {
    if (!original_.recipe->environment.has_value() || !rerun.recipe.has_value() ||
        !rerun.recipe->environment.has_value()) {
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string before,
                             store.objects().Get(*original_.recipe->environment));
    REPRISE_ASSIGN_OR_RETURN(const std::string after,
                             store.objects().Get(*rerun.recipe->environment));
    REPRISE_ASSIGN_OR_RETURN(verdict.environment, DiffEnvironments(before, after));
    REPRISE_ASSIGN_OR_RETURN(verdict.hardware,
                             DiffHardware(before, after, original_.record.host, rerun.record.host));
    return {};
  }

  FileSystem& files_;
  const RerunRequest& request_;
  const StoreOptions& store_options_;
  StoredRun original_;
  RerunOutcome outcome_;
};

}  // namespace

Result<RerunOutcome> RerunOnHost(FileSystem& files, const RerunRequest& request,
                                 const StoreOptions& store_options) {
  return HostRerun(files, request, store_options).Run();
}

}  // namespace reprise::tracker
