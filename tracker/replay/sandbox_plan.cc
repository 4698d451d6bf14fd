#include "tracker/replay/sandbox_plan.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "storage/base/canonical.h"
#include "storage/base/text_value.h"
#include "storage/tree.h"
#include "tracker/project_path.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/recorder/start_message.h"
#include "tracker/replay/lay_out_root.h"
#include "tracker/replay/replay_environment.h"
#include "tracker/replay/rerun_params.h"
#include "tracker/replay/root_contents.h"
#include "tracker/store_folder.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

class SandboxPlanner {
 public:
  SandboxPlanner(Store& store, const StoredRun& original, const RerunRequest& request,
                 const std::string& folder, FileSystem& layout)
      : store_(store),
        original_(original),
        recipe_(*original.recipe),
        request_(request),
        folder_(folder),
        layout_(layout),
        project_(RecordedProject(original)) {}

  Result<RerunPlan> Plan() {
    REPRISE_ASSIGN_OR_RETURN(plan_.run.params, RerunParams(store_, original_, request_));
    REPRISE_TRY(CheckReplacedInputs(store_.files(), original_, request_));
    REPRISE_ASSIGN_OR_RETURN(RootContents contents, ContentsOfRoot(store_, original_));
    plan_.missing = std::move(contents.missing);
    if (original_.record.status == lineage::RunStatus::kLost && !request_.is_retraining()) {
      plan_.missing.emplace_back(
          "its recorder died, so its results are not known to the end and cannot be compared");
    }
    FillRerunVariables(original_, request_, plan_.run, plan_.missing);
    if (!plan_.missing.empty()) return std::move(plan_);
    REPRISE_TRY(FillRequest());
    REPRISE_TRY(FillKnownStart());
    FillSandbox();
    REPRISE_TRY(LayOut(contents));
    return std::move(plan_);
  }

 private:
  std::string Absolute(const std::string& path) const { return AbsolutePath(path, project_); }

  Result<void> FillRequest() {
    RunRequest& run = plan_.run;
    run.command = recipe_.command;
    run.experiment = original_.record.experiment;
    run.store_folder = request_.store_folder;
    run.project_folder = project_;
    run.working_directory = Absolute(recipe_.working_directory);
    run.capture_level = "sealed";
    run.stdout_to_stderr = request_.stdout_to_stderr;
    run.stop = request_.stop;
    run.progress = request_.progress;
    run.progress_done = request_.progress_done;
    run.stdin_is_null = true;
    (request_.is_retraining() ? run.derived_from : run.reproduces) = original_.record.id;
    for (const std::string& output : original_.record.missing_outputs) {
      run.outputs.push_back(Absolute(output));
    }
    for (const lineage::ArtifactUse& output : original_.record.outputs) {
      // What is a folder only comes as a whole when it is named; files are seen by themselves.
      if (output.kind == lineage::ArtifactKind::kFolder) {
        run.outputs.push_back(Absolute(output.path));
      }
    }
    return FillEnvironment();
  }

  Result<void> FillEnvironment() {
    std::vector<std::string> today;
    for (const auto& [name, value] : OwnVariables()) today.push_back(name + "=" + value);
    REPRISE_ASSIGN_OR_RETURN(const std::optional<StoreKey> key,
                             LoadStoreKey(store_.files(), request_.store_folder));
    std::optional<std::string> document;
    if (recipe_.environment.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(document, store_.objects().Get(*recipe_.environment));
    }
    REPRISE_ASSIGN_OR_RETURN(ReplayEnvironment environment,
                             EnvironmentOf(original_.record, recipe_, today, key, document));
    plan_.absent_variables = std::move(environment.absent);
    plan_.run.environment = std::move(environment.variables);
    for (std::string& warning : environment.warnings) plan_.warnings.push_back(std::move(warning));
    return {};
  }

  // Code, environment and inputs are those of the original, byte for byte.
  Result<void> FillKnownStart() {
    auto captured = std::make_shared<v1::CodeCaptured>();
    captured->set_environment(recipe_.environment.has_value() ? recipe_.environment->ToStored()
                                                              : std::string());
    // Of this machine; the project keeps its recorded name, and the process what it was given.
    REPRISE_ASSIGN_OR_RETURN(MachineFacts facts,
                             GatherMachineFacts(store_.files(), request_.store_folder, project_,
                                                *plan_.run.environment));
    if (const Json* const process = original_.record.host.Find("process")) {
      facts.host.Set("process", *process);
    }
    for (std::string& warning : facts.warnings) captured->add_warnings(std::move(warning));
    captured->set_redacted(facts.redacted);
    REPRISE_ASSIGN_OR_RETURN(*captured->mutable_host(), Canonicalize(facts.host));
    REPRISE_TRY(AddCode(*captured));
    for (const lineage::ArtifactUse& input : recipe_.inputs) {
      v1::Artifact& artifact = *captured->add_inputs();
      artifact.set_path(Absolute(input.path));
      artifact.set_role(input.role);
      artifact.set_folder(input.kind == lineage::ArtifactKind::kFolder);
      artifact.set_digest(input.digest.ToStored());
      artifact.set_size_bytes(input.size_bytes);
      artifact.set_executable(input.executable);
    }
    KnownStart known;
    known.captured = std::move(captured);
    for (const auto& [path, replacement] : request_.inputs) {
      known.replaced_inputs[Absolute(path)] = replacement;
    }
    plan_.run.known_start = std::move(known);
    return {};
  }

  Result<void> AddCode(v1::CodeCaptured& captured) const {
    if (original_.code.has_value()) {
      captured.set_in_git(original_.code->dirty.has_value());
      captured.set_dirty(original_.code->dirty.value_or(false));
      captured.set_commit(original_.code->commit.value_or(""));
      captured.set_branch(original_.code->branch.value_or(""));
      for (const auto& [name, url] : original_.code->remotes) {
        v1::Tag& tag = *captured.add_remotes();
        tag.set_key(name);
        tag.set_value(url);
      }
      for (const auto& [path, commit] : original_.code->submodules) {
        v1::Tag& tag = *captured.add_submodules();
        tag.set_key(path);
        tag.set_value(commit);
      }
      if (original_.code->patch.has_value()) captured.set_patch(original_.code->patch->ToStored());
    }
    if (!recipe_.code.has_value()) return {};
    return storage::WalkTree(
        store_.objects(), *recipe_.code,
        [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
          if (entry.kind == FileKind::kDirectory) return {};
          v1::CodeFile& file = *captured.add_files();
          file.set_path(path);
          file.set_tracked(true);  // Whatever it was, it counted as code.
          file.set_symlink(entry.kind == FileKind::kSymlink);
          file.set_target(entry.target);
          file.set_executable(entry.executable);
          file.set_size_bytes(entry.size_bytes);
          if (entry.kind == FileKind::kFile) file.set_digest(entry.digest.ToStored());
          return {};
        });
  }

  static std::optional<std::uint32_t> Number(const Json& json, std::string_view key) {
    const auto value = json.GetInteger(key);
    if (!value.ok() || *value < 0 || *value > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  }

  // As whom, where and how the command ran.
  void FillSandbox() {
    SandboxSpec spec;
    spec.base = JoinPath(folder_, "root");
    spec.scratch = JoinPath(folder_, "written");
    if (const Json* const process = original_.record.host.Find("process")) {
      spec.user_id = Number(*process, "user_id").value_or(0);
      spec.group_id = Number(*process, "group_id").value_or(0);
      const Json* const umask = process->Find("umask");  // Octal text.
      if (umask != nullptr && umask->is_string()) {
        unsigned mask = 022;
        const std::string& text = umask->as_string();
        std::from_chars(text.data(), text.data() + text.size(), mask, 8);
        spec.umask = mask & 0777U;
      }
    }
    if (const Json* const name = original_.record.host.Find("name"); name && name->is_string()) {
      spec.host_name = name->as_string();
    }
    plan_.run.sandbox = std::move(spec);
  }

  Result<void> LayOut(RootContents& contents) {
    ReplaceInputs(contents);
    RootLayoutOptions options;
    options.cache_folder = StorePaths(request_.store_folder).cache();
    options.files = &layout_;
    for (const lineage::ArtifactUse& output : original_.record.outputs) {
      options.changed.insert(RealInRoot(contents, Absolute(output.path)));
    }
    plan_.run.sandbox->without_overlay = contents.moves_folders;
    REPRISE_TRY(layout_.CreateDirectory(plan_.run.sandbox->base));
    REPRISE_TRY(layout_.CreateDirectory(plan_.run.sandbox->scratch));
    REPRISE_ASSIGN_OR_RETURN(std::vector<SandboxBind> binds,
                             LayOutRoot(store_, contents, plan_.run.sandbox->base, options));
    std::ranges::move(binds, std::back_inserter(plan_.run.sandbox->binds));
    return {};
  }

  // Other data is bound in the place of the recorded, so that writes do not reach it.
  void ReplaceInputs(RootContents& contents) {
    for (const auto& [path, replacement] : request_.inputs) {
      const std::string absolute = Absolute(path);
      std::erase_if(contents.entries, [&](const auto& entry) {
        return entry.first == absolute || entry.first.starts_with(absolute + "/");
      });
      plan_.run.sandbox->binds.push_back(
          {.source = replacement, .target = absolute, .copy_on_write = true});
    }
  }

  Store& store_;
  const StoredRun& original_;
  const lineage::Recipe& recipe_;
  const RerunRequest& request_;
  const std::string& folder_;
  FileSystem& layout_;
  const std::string project_;
  RerunPlan plan_;
};

}  // namespace

Result<RerunPlan> PlanSandboxRerun(Store& store, const StoredRun& original,
                                   const RerunRequest& request, const std::string& folder,
                                   FileSystem& layout) {
  return SandboxPlanner(store, original, request, folder, layout).Plan();
}

}  // namespace reprise::tracker
