#include "tracker/replay/rerun.h"

#include <algorithm>
#include <utility>

#include "lineage/compare/artifact_difference.h"
#include "tracker/metric_history.h"
#include "tracker/personal_columns.h"
#include "tracker/recorder/standard_input.h"
#include "tracker/replay/comparison.h"
#include "tracker/replay/environment_diff.h"
#include "tracker/replay/outside_reads.h"
#include "tracker/replay/rerun_plan.h"
#include "tracker/replay/root_contents.h"
#include "tracker/replay/sandbox_plan.h"
#include "tracker/replay/work_folder.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

class Reruns {
 public:
  Reruns(FileSystem& files, const RerunRequest& request, const StoreOptions& store_options)
      : files_(files), request_(request), store_options_(store_options) {}

  Result<RerunOutcome> Run() {
    REPRISE_TRY(CheckTimes());
    // Before the work, as one that is malformed ends it.
    REPRISE_ASSIGN_OR_RETURN(columns_today_,
                             LoadColumnSettings(files_, ParentPath(request_.store_folder)));
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

  // A metric that is misspelled would be compared bit by bit, after all the work.
  Result<void> CheckTolerances() const {
    for (const auto& [metric, tolerance] : request_.tolerances) {
      if (original_.record.metrics.contains(metric)) continue;
      return Error{ErrorCode::kInvalidArgument, "--tolerance: run " + original_.record.name +
                                                    " has no metric '" + Printable(metric) +
                                                    "'; `reprise metrics " + original_.record.name +
                                                    "` lists those that it has"};
    }
    return {};
  }

  // Returns false when there is nothing more to do.
  Result<bool> RunOnce(unsigned number) {
    REPRISE_ASSIGN_OR_RETURN(
        WorkFolder folder,
        WorkFolder::Make(files_,
                         {.keep_folder = request_.keep_folder,
                          .number = request_.times > 1 ? std::optional(number) : std::nullopt}));
    auto begun = LayOutAndRun(number, folder);
    if (!begun.ok()) return folder.NotBegun(std::move(begun).error());
    if (begun->has_value() && (*begun)->started) folder.Keep();
    if (!begun->has_value()) return false;
    RunOutcome& run = **begun;
    if (run.started && !run.record_failure.empty()) {
      return Error{ErrorCode::kIoError, "the rerun could not be recorded: " + run.record_failure};
    }
    if (run.stopped_by.has_value() && !request_.is_retraining()) {
      return Error{ErrorCode::kInterrupted, "the rerun " + run.name +
                                                " was interrupted, so that there is no verdict" +
                                                folder.WhatIsLeft()};
    }
    if (!run.started && !request_.is_retraining()) return Incomplete({run.start_failure});
    outcome_.runs.push_back(std::move(run));
    return outcome_.runs.back().started;
  }

  // Absent when something is missing, which is the verdict then.
  Result<std::optional<RunOutcome>> LayOutAndRun(unsigned number, WorkFolder& folder) {
    REPRISE_ASSIGN_OR_RETURN(RerunPlan plan, Plan(folder.path()));
    REPRISE_TRY(storage::CheckStop(request_.stop, "laying out", folder.path()));
    folder.EndLayout();
    if (number == 1) {
      outcome_.warnings = std::move(plan.warnings);
      absent_variables_ = std::move(plan.absent_variables);
    }
    if (!plan.missing.empty()) {
      Incomplete(std::move(plan.missing));
      return std::optional<RunOutcome>();
    }
    REPRISE_ASSIGN_OR_RETURN(RunOutcome run, RecordRun(files_, plan.run, store_options_));
    return std::optional(std::move(run));
  }

  // The store is open only while the run is laid out: the rerun itself needs it.
  Result<RerunPlan> Plan(const std::string& folder) {
    StoreOptions reading = store_options_;
    reading.gives_way = true;
    REPRISE_ASSIGN_OR_RETURN(const auto store, Store::Open(files_, request_.store_folder, reading));
    // A verdict is of no use when the ledger cannot take it; a retraining is recorded all the same.
    if (const auto& damage = store->ledger_damage(); damage && !request_.is_retraining()) {
      return Annotate(*damage, "the store cannot take a verdict, so that nothing is run");
    }
    REPRISE_ASSIGN_OR_RETURN(original_, store->GetRun(request_.run));
    if (!original_.recipe.has_value() || original_.recipe->command.empty()) {
      return Error{ErrorCode::kNotFound, "run " + original_.record.id.ToString() +
                                             " has no recorded command to run again"};
    }
    REPRISE_TRY(CheckTolerances());
    std::unique_ptr<FileSystem> layout;
    if (request_.open_layout) layout = request_.open_layout();
    FileSystem& laid_through = layout != nullptr ? *layout : files_;
    if (request_.on_host) return PlanRerun(*store, original_, request_, folder, laid_through);
    return PlanSandboxRerun(*store, original_, request_, folder, laid_through);
  }

  bool Incomplete(std::vector<std::string> missing) {
    Verdict verdict;
    verdict.missing = std::move(missing);
    outcome_.verdict = std::move(verdict);
    return false;
  }

  Result<StoredRun> GetRerun(Store& store, const RunOutcome& outcome) const {
    auto run = store.GetRun(outcome.id);
    if (run.ok() || run.error().code != ErrorCode::kNotFound) return run;
    const bool awaits = Exists(files_, StorePaths(request_.store_folder).session(outcome.id));
    if (!awaits) return run;
    return Error{ErrorCode::kIoError,
                 "the rerun " + outcome.name +
                     " is recorded, awaiting adoption; no verdict yet: " + outcome.pending_reason};
  }

  Result<void> Compare() {
    StoreOptions comparing = store_options_;
    comparing.gives_way = true;  // Outputs may be long.
    REPRISE_ASSIGN_OR_RETURN(const auto store,
                             Store::Open(files_, request_.store_folder, comparing));
    std::vector<StoredRun> reruns;
    for (RunOutcome& outcome : outcome_.runs) {
      if (!outcome.run.has_value()) {
        REPRISE_ASSIGN_OR_RETURN(outcome.run, GetRerun(*store, outcome));
      }
      reruns.push_back(*outcome.run);
    }
    REPRISE_ASSIGN_OR_RETURN(const lineage::IsPersonal is_personal, PersonalIn(*store, reruns));
    REPRISE_ASSIGN_OR_RETURN(
        Verdict verdict,
        CompareRuns(
            original_, reruns, request_.tolerances,
            [&](const StoredRun& run, const std::string& key) {
              return MetricHistory(*store, run, key);
            },
            [&](const lineage::ArtifactUse& expected, const lineage::ArtifactUse& actual) {
              return Describe(*store, expected, actual, is_personal);
            }));
    REPRISE_TRY(CompareEnvironments(*store, reruns.back(), verdict));
    if (!request_.on_host) {
      for (const StoredRun& rerun : reruns) REPRISE_TRY(CompareReads(*store, rerun, verdict));
    }
    if (std::ranges::find(original_.record.warnings, kStandardInputWarning) !=
        original_.record.warnings.end()) {
      verdict.environment.emplace_back(
          "standard input: the original was given some, which is not recorded; a rerun has none");
    }
    verdict.result = Conclude(verdict);
    if (!IsReproduced(verdict.result) && !absent_variables_.empty()) {
      std::string names;
      for (const std::string& name : absent_variables_) names += " " + Printable(name);
      verdict.environment.push_back(
          "variables that the command had and whose values are neither recorded nor today's:" +
          names);
    }
    std::vector<Ulid> ids;
    for (const StoredRun& rerun : reruns) ids.push_back(rerun.record.id);
    REPRISE_ASSIGN_OR_RETURN(const std::string text,
                             EncodeVerdict(verdict, original_.record.id, ids, request_.on_host));
    REPRISE_TRY(store->AddFact("verdict", original_.record.id.ToString(), text));
    outcome_.verdict = std::move(verdict);
    return {};
  }

  // The columns that were personal when any of the runs was recorded, or are by now: the ledger
  // keeps what a verdict tells for ever.
  Result<lineage::IsPersonal> PersonalIn(Store& store, const std::vector<StoredRun>& reruns) const {
    std::vector<ColumnSettings> all = {columns_today_};
    std::vector<const StoredRun*> runs = {&original_};
    for (const StoredRun& rerun : reruns) runs.push_back(&rerun);
    for (const StoredRun* const run : runs) {
      REPRISE_ASSIGN_OR_RETURN(auto settings, ColumnSettingsOf(store, *run));
      if (settings.has_value()) all.push_back(std::move(settings->columns));
    }
    return PersonalInAny(all);
  }

  static Result<lineage::ContentDifference> Describe(Store& store,
                                                     const lineage::ArtifactUse& expected,
                                                     const lineage::ArtifactUse& actual,
                                                     const lineage::IsPersonal& is_personal) {
    auto difference = lineage::CompareArtifacts(store.objects(), expected, actual);
    if (!difference.ok() || is_personal == nullptr) return difference;
    return lineage::WithholdValues(*difference, is_personal);
  }

  // What a rerun asked for that was not captured.
  Result<void> CompareReads(Store& store, const StoredRun& rerun, Verdict& verdict) {
    if (!rerun.record.capture.closure.has_value()) {
      verdict.outside_reads.push_back("the rerun " + rerun.record.name +
                                      " could not be traced, so that what it asked for beyond what "
                                      "was captured is not known");
      return {};
    }
    if (rerun.record.capture.closure == original_.record.capture.closure) return {};
    REPRISE_ASSIGN_OR_RETURN(const lineage::Closure before, ReadClosure(store, original_));
    REPRISE_ASSIGN_OR_RETURN(const lineage::Closure after, ReadClosure(store, rerun));
    for (std::string& sentence : ReadsOutside(before, after)) {
      verdict.missing.push_back(std::move(sentence));
    }
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
  ColumnSettings columns_today_;
  StoredRun original_;
  RerunOutcome outcome_;
  std::vector<std::string> absent_variables_;
};

}  // namespace

Result<RerunOutcome> Rerun(FileSystem& files, const RerunRequest& request,
                           const StoreOptions& store_options) {
  return Reruns(files, request, store_options).Run();
}

}  // namespace reprise::tracker
