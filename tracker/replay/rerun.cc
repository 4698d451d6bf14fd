#include "tracker/replay/rerun.h"

#include <cstdlib>

#include "lineage/capture/redact.h"
#include "storage/base/canonical.h"
#include "storage/tree.h"
#include "tracker/content_digest.h"
#include "tracker/project_path.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/environment_diff.h"
#include "tracker/replay/restore.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kSearchedFileBytesMax = 1U << 20;

// Whether a file of the code mentions `text`: how a program reads a parameter from its variable.
Result<bool> CodeMentions(Store& store, const lineage::Recipe& recipe, const std::string& text) {
  if (!recipe.code.has_value()) return false;
  bool found = false;
  REPRISE_TRY(storage::WalkTree(
      store.objects(), *recipe.code,
      [&](const std::string&, const storage::TreeEntry& entry) -> Result<void> {
        if (found || entry.kind != FileKind::kFile || entry.size_bytes > kSearchedFileBytesMax) {
          return {};
        }
        REPRISE_ASSIGN_OR_RETURN(const std::string content, store.objects().Get(entry.digest));
        found = content.find(text) != std::string::npos;
        return {};
      }));
  return found;
}

class HostRerun {
 public:
  HostRerun(FileSystem& files, const RerunRequest& request, const StoreOptions& store_options)
      : files_(files), request_(request), store_options_(store_options) {}

  ~HostRerun() {
    if (!folder_.empty() && !request_.keep_folder.has_value()) (void)RemoveTree(files_, folder_);
  }
  HostRerun(const HostRerun&) = delete;
  HostRerun& operator=(const HostRerun&) = delete;

  Result<RerunOutcome> Run() {
    REPRISE_TRY(Prepare());
    outcome_.folder = folder_;
    if (!missing_.empty()) {
      Verdict verdict;
      verdict.missing = missing_;
      outcome_.verdict = std::move(verdict);
      return std::move(outcome_);
    }
    REPRISE_ASSIGN_OR_RETURN(outcome_.run, RecordRun(files_, run_request_, store_options_));
    if (outcome_.run->started && !outcome_.run->record_failure.empty()) {
      return Error{ErrorCode::kIoError,
                   "the rerun could not be recorded: " + outcome_.run->record_failure};
    }
    if (request_.is_retraining() || !outcome_.run->started) return std::move(outcome_);
    REPRISE_TRY(Compare());
    return std::move(outcome_);
  }

 private:
  // With the store open: reads the original and lays it out.
  Result<void> Prepare() {
    REPRISE_ASSIGN_OR_RETURN(const auto store,
                             Store::Open(files_, request_.store_folder, store_options_));
    REPRISE_ASSIGN_OR_RETURN(original_, store->GetRun(request_.run));
    if (!original_.recipe.has_value() || original_.recipe->command.empty()) {
      return Error{ErrorCode::kNotFound, "run " + original_.record.id.ToString() +
                                             " has no recorded command to run again"};
    }
    const lineage::Recipe& recipe = *original_.recipe;
    REPRISE_TRY(FillParams(*store, recipe));
    REPRISE_TRY(MakeFolder());
    REPRISE_ASSIGN_OR_RETURN(
        const Restored restored,
        RestoreRun(*store, original_, folder_, {.parts = {RunPart::kCode, RunPart::kInputs}}));
    outcome_.warnings = restored.warnings;
    REPRISE_TRY(CheckOutsideInputs(recipe));
    REPRISE_TRY(ReplaceInputs(recipe));
    return FillRequest(recipe);
  }

  Result<void> FillParams(Store& store, const lineage::Recipe& recipe) {
    run_request_.params = recipe.parameters;
    for (const auto& [key, text] : request_.set) {
      REPRISE_ASSIGN_OR_RETURN(const bool reaches, Reaches(store, recipe, key));
      if (!reaches) {
        return Error{ErrorCode::kInvalidArgument,
                     "--set " + Printable(key) + " would change nothing: the command has no {" +
                         Printable(key) +
                         "}, the program did not ask the SDK for it, and nothing mentions $" +
                         ParamVariable(key)};
      }
      lineage::ParamValue value = lineage::ParamValue::Guess(text);
      if (const auto known = recipe.parameters.find(key); known != recipe.parameters.end()) {
        auto typed = lineage::ParamValue::Parse(known->second.type(), text);
        if (!typed.ok()) return Annotate(std::move(typed).error(), "--set " + Printable(key));
        value = *std::move(typed);
      }
      run_request_.params[key] = std::move(value);
    }
    return {};
  }

  Result<bool> Reaches(Store& store, const lineage::Recipe& recipe, const std::string& key) const {
    const std::string variable = ParamVariable(key);
    if (HasTemplate(recipe.command, key)) return true;
    for (const std::string& asked : original_.record.asked_params) {
      if (asked == key) return true;
    }
    for (const std::string& word : recipe.command) {
      if (word.find(variable) != std::string::npos) return true;
    }
    return CodeMentions(store, recipe, variable);
  }

  Result<void> MakeFolder() {
    if (request_.keep_folder.has_value()) {
      folder_ = *request_.keep_folder;
      return {};
    }
    const char* const temporary = std::getenv("TMPDIR");
    const std::string parent =
        temporary != nullptr && *temporary != '\0' ? AbsolutePath(temporary, "/") : "/tmp";
    folder_ = JoinPath(parent, "reprise-rerun-" + Ulid::Generate().ToString());
    return files_.CreateDirectory(folder_, 0700);
  }

  // On the host a path outside of the project is what it is today; it must hold what it held.
  Result<void> CheckOutsideInputs(const lineage::Recipe& recipe) {
    for (const lineage::ArtifactUse& input : recipe.inputs) {
      if (!input.path.starts_with('/') || request_.inputs.contains(input.path)) continue;
      const auto content = DigestContent(files_, input.path);
      if (!content.ok()) {
        missing_.push_back(
            "the input '" + Printable(input.path) +
            "' from outside of the project cannot be read: " + content.error().message);
      } else if (content->digest != input.digest) {
        missing_.push_back("the input '" + Printable(input.path) +
                           "' from outside of the project is not what it was");
      }
    }
    return {};
  }

  Result<void> ReplaceInputs(const lineage::Recipe& recipe) {
    for (const auto& [path, replacement] : request_.inputs) {
      bool known = false;
      for (const lineage::ArtifactUse& input : recipe.inputs) known = known || input.path == path;
      if (!known) {
        return Error{ErrorCode::kInvalidArgument,
                     "--input: the run has no input '" + Printable(path) + "'"};
      }
      if (path.starts_with('/')) {
        return Error{ErrorCode::kUnsupported,
                     "--input: '" + Printable(path) +
                         "' lies outside of the project, where --on-host cannot put other data"};
      }
      const std::string place = JoinPath(folder_, path);
      REPRISE_TRY(RemoveTree(files_, place));
      REPRISE_TRY(files_.CreateSymlink(replacement, place));
    }
    return {};
  }

  Result<void> FillRequest(const lineage::Recipe& recipe) {
    run_request_.store_folder = request_.store_folder;
    run_request_.project_folder = folder_;
    run_request_.working_directory = recipe.working_directory.starts_with('/')
                                         ? recipe.working_directory
                                         : AbsolutePath(recipe.working_directory, folder_);
    REPRISE_TRY(CreateDirectories(files_, run_request_.working_directory));
    run_request_.command = recipe.command;
    run_request_.experiment = original_.record.experiment;
    for (const lineage::ArtifactUse& input : recipe.inputs) {
      run_request_.inputs.push_back(AbsolutePath(input.path, folder_));
    }
    for (const lineage::ArtifactUse& output : original_.record.outputs) {
      run_request_.outputs.push_back(AbsolutePath(output.path, folder_));
    }
    for (const std::string& output : original_.record.missing_outputs) {
      run_request_.outputs.push_back(AbsolutePath(output, folder_));
    }
    for (const std::string& output : run_request_.outputs) {
      REPRISE_TRY(CreateDirectories(files_, ParentPath(output)));
    }
    REPRISE_TRY(FillVariables(recipe));
    (request_.is_retraining() ? run_request_.derived_from : run_request_.reproduces) =
        original_.record.id;
    run_request_.stdout_to_stderr = request_.stdout_to_stderr;
    return {};
  }

  Result<void> FillVariables(const lineage::Recipe& recipe) {
    for (const auto& [name, value] : recipe.variables) {
      if (value != capture::kRedacted) {
        run_request_.variables[name] = value;
        continue;
      }
      const char* const today = std::getenv(name.c_str());
      if (today == nullptr) {
        missing_.push_back("the variable " + Printable(name) +
                           " held a secret that is not stored; set it and try again");
        continue;
      }
      run_request_.variables[name] = today;
    }
    for (const std::string& word : recipe.command) {
      if (word.find(capture::kRedacted) != std::string::npos) {
        missing_.emplace_back("the command held a secret that is not stored");
        break;
      }
    }
    return {};
  }

  Result<void> Compare() {
    REPRISE_ASSIGN_OR_RETURN(const auto store,
                             Store::Open(files_, request_.store_folder, store_options_));
    if (!outcome_.run->run.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(outcome_.run->run, store->GetRun(outcome_.run->id));
    }
    const StoredRun& rerun = *outcome_.run->run;
    REPRISE_ASSIGN_OR_RETURN(Verdict verdict,
                             CompareRuns(*store, original_, rerun, request_.tolerances));
    if (original_.recipe->environment.has_value() && rerun.recipe.has_value() &&
        rerun.recipe->environment.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(const std::string before,
                               store->objects().Get(*original_.recipe->environment));
      REPRISE_ASSIGN_OR_RETURN(const std::string after,
                               store->objects().Get(*rerun.recipe->environment));
      REPRISE_ASSIGN_OR_RETURN(verdict.environment, DiffEnvironments(before, after));
    }
    Json document = VerdictToJson(verdict);
    document.Set("type", "reprise/verdict/v1");
    document.Set("original", original_.record.id.ToString());
    document.Set("rerun", rerun.record.id.ToString());
    document.Set("on_host", true);
    REPRISE_ASSIGN_OR_RETURN(const std::string text, Canonicalize(document));
    REPRISE_TRY(store->AddFact("verdict", original_.record.id.ToString(), text));
    outcome_.verdict = std::move(verdict);
    return {};
  }

  FileSystem& files_;
  const RerunRequest& request_;
  const StoreOptions& store_options_;
  StoredRun original_;
  std::string folder_;
  RunRequest run_request_;
  std::vector<std::string> missing_;
  RerunOutcome outcome_;
};

}  // namespace

Result<RerunOutcome> RerunOnHost(FileSystem& files, const RerunRequest& request,
                                 const StoreOptions& store_options) {
  return HostRerun(files, request, store_options).Run();
}

}  // namespace reprise::tracker
