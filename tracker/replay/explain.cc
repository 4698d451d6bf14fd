// The root is laid out once.  Each rerun has a sandbox of its own over it, whose files are hashed
// where they lie and then removed.

#include "tracker/replay/explain.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "tracker/content_digest.h"
#include "tracker/project_path.h"
#include "tracker/recorder/start_message.h"
#include "tracker/replay/factors.h"
#include "tracker/replay/inside_command.h"
#include "tracker/replay/run_root.h"
#include "tracker/replay/work_folder.h"
#include "tracker/sandbox/namespaces.h"
#include "tracker/sandbox/sandbox_files.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kStdoutPath = "(stdout)";

// What a run gave, as far as it is compared.
struct Results {
  std::map<std::string, std::optional<Digest>> outputs;  // By recorded path; none: not there.
  std::optional<int> exit_code;
  std::optional<int> signal;

  friend bool operator==(const Results&, const Results&) = default;
};

std::map<std::string, std::string> ByName(const std::vector<std::string>& environment) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : environment) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

class Explainer {
 public:
  Explainer(FileSystem& files, const ExplainRequest& request, const StoreOptions& store_options)
      : files_(files), request_(request), store_options_(store_options) {}

  Result<Explanation> Run() {
    if (request_.times < 2) {
      return Error{ErrorCode::kInvalidArgument,
                   "--times needs a number of 2 or more: one rerun agrees with itself"};
    }
    REPRISE_ASSIGN_OR_RETURN(const WorkFolder work,
                             WorkFolder::Make(files_, {.purpose = "explain"}));
    work_ = work.path();
    REPRISE_TRY(LayOut());
    NoteOriginal();
    REPRISE_TRY(Try(Unchanged()));
    if (!explanation_.reproduces()) {
      for (const Factor& factor :
           FactorsOf(root_.closure, ByName(root_.environment), OwnVariables())) {
        REPRISE_TRY(Try(factor));
        if (explanation_.factors.back().decides) deciding_.push_back(factor);
      }
    }
    Conclude();
    return std::move(explanation_);
  }

 private:
  Result<void> LayOut() {
    StoreOptions reading = store_options_;
    reading.gives_way = true;
    REPRISE_ASSIGN_OR_RETURN(const auto store, Store::Open(files_, request_.store_folder, reading));
    REPRISE_ASSIGN_OR_RETURN(const Ulid original, OriginalOf(*store));
    std::unique_ptr<FileSystem> layout;
    if (request_.open_layout) layout = request_.open_layout();
    REPRISE_ASSIGN_OR_RETURN(
        root_, LayOutRun(*store, original, work_, layout != nullptr ? *layout : files_));
    explanation_.original = original;
    explanation_.original_name = root_.run.record.name;
    explanation_.warnings = root_.warnings;
    REPRISE_TRY(CompareWithRecorded(*store));
    return storage::CheckStop(request_.stop, "laying out", work_);
  }

  Result<Ulid> OriginalOf(Store& store) const {
    REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store.GetRun(request_.run));
    if (run.record.reproduces.has_value()) return Ulid::Parse(*run.record.reproduces);
    return run.record.id;
  }

  void NoteOriginal() {
    const lineage::RunRecord& record = root_.run.record;
    for (const lineage::ArtifactUse& output : record.outputs) {
      original_.outputs[output.path] = output.digest;
    }
    for (const std::string& path : record.missing_outputs) original_.outputs[path] = std::nullopt;
    compares_stdout_ = record.outputs.empty() && record.missing_outputs.empty();
    if (compares_stdout_) {
      std::optional<Digest>& printed = original_.outputs[std::string(kStdoutPath)];
      if (record.stdout_log.has_value()) printed = record.stdout_log->digest;
    }
    original_.exit_code = record.exit_code;
    original_.signal = record.signal;
  }

  // The reruns that follow have no recorder, and hence no metrics.
  Result<void> CompareWithRecorded(Store& store) {
    std::optional<Ulid> rerun = request_.run;
    if (*rerun == root_.run.record.id) {
      REPRISE_ASSIGN_OR_RETURN(rerun, NewestRerunOf(store, *rerun));
    }
    if (!rerun.has_value()) {
      if (root_.run.record.metrics.empty()) return {};
      explanation_.warnings.push_back(
          "metrics are not compared, as no rerun is recorded; `reprise rerun " +
          explanation_.original_name + "` records one");
      return {};
    }
    auto metrics = CompareMetrics(store, root_.run, *rerun);
    if (!metrics.ok() && !IsDamage(metrics.error())) return std::move(metrics).error();
    if (!metrics.ok()) {
      explanation_.warnings.push_back("metrics are not compared with those of rerun " +
                                      rerun->ToString() + ": " + metrics.error().message);
    } else if (metrics->compared > 0) {
      explanation_.metrics = *std::move(metrics);
    }
    return {};
  }

  Result<void> Try(const Factor& factor) {
    explanation_.factors.push_back({.name = factor.name, .meaning = factor.meaning});
    FactorOutcome& outcome = explanation_.factors.back();
    std::optional<Results> first;
    REPRISE_TRY(Repeat(factor, first, outcome));
    outcome.decides = Decides(outcome);
    if (!outcome.decides) return {};
    // Those that differ now and then may have agreed by chance, and those that print the time of
    // day within one second: then they differ from those after an unchanged one that varies again.
    bool varies_again = true;
    if (!outcome.equals_original) {
      REPRISE_ASSIGN_OR_RETURN(varies_again, UnchangedVaries());
    }
    REPRISE_TRY(Repeat(factor, first, outcome));
    outcome.decides = varies_again && Decides(outcome);
    return {};
  }

  // In as many reruns as a factor gets that seems to decide.
  Result<bool> UnchangedVaries() {
    const Factor unchanged = Unchanged();
    FactorOutcome again;
    std::optional<Results> first;
    for (int i = 0; i < 2 && (i == 0 || again.agrees); ++i) {
      REPRISE_TRY(Repeat(unchanged, first, again));
    }
    explanation_.factors.front().reruns += again.reruns;
    return !again.agrees;
  }

  static Factor Unchanged() { return {.name = "nothing", .meaning = "nothing changed"}; }

  Result<void> Repeat(const Factor& factor, std::optional<Results>& first, FactorOutcome& outcome) {
    for (unsigned i = 0; i < request_.times; ++i) {
      if (request_.progress) request_.progress(factor.name, reruns_);
      auto results = Rerun(factor);
      if (!results.ok()) {
        // A factor of the machine's that it does not let us set is told, and the others go on.
        if (results.error().code != ErrorCode::kUnsupported || factor.name == "nothing") {
          return std::move(results).error();
        }
        outcome.failure = results.error().message;
        outcome.agrees = outcome.equals_original = false;
        return {};
      }
      ++reruns_;
      ++outcome.reruns;
      if (factor.name == "nothing") NoteDiffering(*results, first.value_or(original_));
      if (!first.has_value()) {
        first = *std::move(results);
        outcome.agrees = true;
        outcome.equals_original = IsOriginal(*first);
      } else if (*results != *first) {
        outcome.agrees = outcome.equals_original = false;
        return {};
      }
    }
    return {};
  }

  // How what the SDK alone recorded ended is not known.
  bool IsOriginal(const Results& results) const {
    if (results.outputs != original_.outputs || results.signal != original_.signal) return false;
    return !original_.exit_code.has_value() || results.exit_code == original_.exit_code;
  }

  bool Decides(const FactorOutcome& outcome) const {
    const FactorOutcome& unchanged = explanation_.factors.front();
    if (&outcome == &unchanged) return false;
    return (outcome.agrees && !unchanged.agrees) ||
           (outcome.equals_original && !unchanged.equals_original);
  }

  void NoteDiffering(const Results& results, const Results& other) {
    for (const Results* const expected :
         std::initializer_list<const Results*>{&original_, &other}) {
      for (const auto& [path, digest] : results.outputs) {
        const auto before = expected->outputs.find(path);
        if (before == expected->outputs.end() || before->second != digest) differing_.insert(path);
      }
      if (results.signal != expected->signal ||
          (expected->exit_code.has_value() && results.exit_code != expected->exit_code)) {
        differing_.insert("(how the command ended)");
      }
    }
  }

  Result<Results> Rerun(const Factor& factor) {
    REPRISE_TRY(storage::CheckStop(request_.stop, "running again", explanation_.original_name));
    REPRISE_TRY(Sandbox::RemoveScratch(files_, root_.sandbox.scratch));
    REPRISE_ASSIGN_OR_RETURN(const auto sandbox, Sandbox::Prepare(files_, root_.sandbox));
    const std::string printed = JoinPath(work_, "printed");
    REPRISE_TRY(WriteFileAtomically(files_, printed, ""));
    int status = 0;
    {
      REPRISE_ASSIGN_OR_RETURN(const ScopedFd null, Open("/dev/null", O_RDWR));
      REPRISE_ASSIGN_OR_RETURN(const ScopedFd out, Open(printed, O_WRONLY));
      InsideCommand command;
      command.arguments = root_.command;
      command.environment = WithFactor(root_.environment, factor);
      command.working_directory = root_.working_directory;
      command.standard_input = null.get();
      command.standard_output = out.get();
      command.standard_error = null.get();
      command.one_processor = factor.one_processor;
      command.fixed_addresses = factor.fixed_addresses;
      command.stops_with_us = true;
      REPRISE_ASSIGN_OR_RETURN(status, RunInside(files_, *sandbox, command));
    }
    Results results;
    if (WIFEXITED(status)) results.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) results.signal = WTERMSIG(status);
    SandboxFiles inside(files_, *sandbox);
    for (const auto& [path, expected] : original_.outputs) {
      const bool is_stdout = compares_stdout_ && path == kStdoutPath;
      REPRISE_ASSIGN_OR_RETURN(results.outputs[path],
                               is_stdout
                                   ? DigestOf(files_, printed)
                                   : DigestOf(inside, AbsolutePath(path, root_.project_folder)));
    }
    return results;
  }

  static Result<ScopedFd> Open(const std::string& path, int flags) {
    ScopedFd fd = OpenFd(path.c_str(), flags);
    if (fd) return fd;
    return Error{ErrorCode::kIoError,
                 "cannot open '" + Printable(path) + "': " + std::strerror(errno)};
  }

  static Result<std::optional<Digest>> DigestOf(FileSystem& files, const std::string& path) {
    const auto imported = DigestContent(files, path);
    if (imported.ok()) return std::optional(imported->digest);
    // A socket or device in the place of an output is none.
    if (imported.error().code == ErrorCode::kNotFound ||
        imported.error().code == ErrorCode::kInvalidArgument) {
      return std::optional<Digest>();
    }
    return imported.error();
  }

  void Conclude() {
    explanation_.differing.assign(differing_.begin(), differing_.end());
    const FactorOutcome& unchanged = explanation_.factors.front();
    if (unchanged.equals_original) {
      explanation_.sentence =
          explanation_.metrics.has_value() && !explanation_.metrics->differing.empty()
              ? "the reruns give the original's result, and only metrics of the recorded rerun "
                "differ; no factor was tried on them: write them into an output to explain them"
              : "the reruns give the original's result: there is nothing to explain";
    } else if (!deciding_.empty()) {
      Name(BestOfDeciding());
    } else if (unchanged.agrees) {
      explanation_.sentence =
          "the reruns agree with each other, but not with the original, and no factor brings its "
          "result back: something decides that is not captured, such as a chance that was fixed "
          "since, other hardware, or the time of day; `reprise doctor " +
          explanation_.original_name + "` compares the machines";
    } else {
      explanation_.sentence =
          "the results vary under every factor: the clock, random numbers, process ids or the "
          "order in which threads or processes happen to run decide; seed the random numbers, and "
          "keep times and the order of arrival out of the outputs";
    }
  }

  // One that brings the original's result back explains more than one that only ends the variation.
  const Factor& BestOfDeciding() const {
    for (const Factor& factor : deciding_) {
      const auto outcome =
          std::ranges::find(explanation_.factors, factor.name, &FactorOutcome::name);
      if (outcome->equals_original) return factor;
    }
    return deciding_.front();
  }

  void Name(const Factor& factor) {
    explanation_.decided_by = factor.name;
    const auto outcome = std::ranges::find(explanation_.factors, factor.name, &FactorOutcome::name);
    explanation_.sentence = factor.noun + " decides: with " + factor.meaning +
                            (outcome->equals_original ? " the reruns give the original's result"
                                                      : " the reruns agree with each other") +
                            "; to make the run reproducible, " + factor.remedy;
    if (!outcome->equals_original) {
      explanation_.sentence += " and record it again, as the original was made without";
    }
  }

  FileSystem& files_;
  const ExplainRequest& request_;
  const StoreOptions& store_options_;
  std::string work_;
  RunRoot root_;
  Results original_;
  bool compares_stdout_ = false;
  unsigned reruns_ = 0;
  std::set<std::string> differing_;
  std::vector<Factor> deciding_;
  Explanation explanation_;
};

}  // namespace

Result<Explanation> Explain(FileSystem& files, const ExplainRequest& request,
                            const StoreOptions& store_options) {
  return Explainer(files, request, store_options).Run();
}

}  // namespace reprise::tracker
