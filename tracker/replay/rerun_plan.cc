#include "tracker/replay/rerun_plan.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "lineage/capture/redact.h"
#include "storage/tree.h"
#include "tracker/content_digest.h"
#include "tracker/project_path.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/content_search.h"
#include "tracker/replay/copy_files.h"
#include "tracker/replay/relocation.h"
#include "tracker/replay/reroot.h"
#include "tracker/replay/rerun_params.h"
#include "tracker/replay/restore.h"
#include "tracker/replay/verdict.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kSearchedInputBytesMax = 64U << 20;  // Of all inputs together.

class Planner {
 public:
  Planner(Store& store, const StoredRun& original, const RerunRequest& request,
          const std::string& folder, FileSystem& layout)
      : store_(store),
        original_(original),
        recipe_(*original.recipe),
        request_(request),
        folder_(folder),
        layout_(layout),
        rerooter_(store.files(), ProjectNames(original, request.store_folder), folder) {}

  Result<RerunPlan> Plan() {
    REPRISE_ASSIGN_OR_RETURN(plan_.run.params, RerunParams(store_, original_, request_));
    REPRISE_TRY(CheckReplacedInputs(store_.files(), original_, request_));
    REPRISE_ASSIGN_OR_RETURN(const Restored restored,
                             RestoreRun(store_, original_, folder_,
                                        {.parts = {RunPart::kCode, RunPart::kInputs},
                                         .outside_files = false,
                                         .files = &layout_}));
    plan_.warnings = restored.warnings;
    NoteLostOriginal();
    CheckOutsideInputs();
    REPRISE_TRY(ReplaceInputs());
    REPRISE_TRY(LeadLinks());
    REPRISE_TRY(FillPaths());
    FillRerunVariables(original_, request_, plan_.run, plan_.missing);
    plan_.run.command = recipe_.command;
    plan_.run.capture_level = original_.record.capture.level;
    plan_.run.experiment = original_.record.experiment;
    plan_.run.store_folder = request_.store_folder;
    plan_.run.stdout_to_stderr = request_.stdout_to_stderr;
    plan_.run.stop = request_.stop;
    plan_.run.progress = request_.progress;
    plan_.run.progress_done = request_.progress_done;
    plan_.run.stdin_is_null = true;
    (request_.is_retraining() ? plan_.run.derived_from : plan_.run.reproduces) =
        original_.record.id;
    REPRISE_TRY(Relocate());
    return std::move(plan_);
  }

 private:
  void NoteLostOriginal() {
    if (original_.record.status != lineage::RunStatus::kLost || request_.is_retraining()) return;
    plan_.missing.emplace_back(
        "its recorder died, so its results are not known to the end and cannot be compared");
  }

  // On the host a path outside of the project is what it is today; it must hold what it held.
  void CheckOutsideInputs() {
    for (const lineage::ArtifactUse& input : recipe_.inputs) {
      if (!input.path.starts_with('/')) continue;
      const std::string name =
          "the input '" + Printable(input.path) + "' from outside of the project ";
      const auto content = DigestContent(store_.files(), input.path);
      if (!content.ok()) {
        plan_.missing.push_back(name + "cannot be read: " + content.error().message);
      } else if (content->digest != input.digest) {
        plan_.missing.push_back(name + "is not what it was");
      }
    }
  }

  // Copied, so that a program that writes where it reads leaves the caller's data alone.
  Result<void> ReplaceInputs() {
    for (const auto& [path, replacement] : request_.inputs) {
      const std::string place = JoinPath(folder_, path);
      REPRISE_TRY(RemoveTree(layout_, place));
      REPRISE_TRY(CreateDirectories(layout_, ParentPath(place)));
      REPRISE_TRY(CopyFiles(layout_, replacement, place));
    }
    return {};
  }

  Result<void> FillPaths() {
    plan_.run.project_folder = folder_;
    plan_.run.working_directory = AbsolutePath(recipe_.working_directory, folder_);
    if (PathInProject(plan_.run.working_directory, folder_).starts_with('/')) {
      plan_.missing.push_back("it ran in '" + Printable(recipe_.working_directory) +
                              "', outside of the project, where a rerun would meet and write over "
                              "what lies there today");
    } else {
      REPRISE_TRY(CreateDirectories(layout_, plan_.run.working_directory));
    }
    for (const lineage::ArtifactUse& input : recipe_.inputs) {
      plan_.run.inputs.push_back(AbsolutePath(input.path, folder_));
    }
    for (const lineage::ArtifactUse& output : original_.record.outputs) {
      plan_.run.outputs.push_back(AbsolutePath(output.path, folder_));
    }
    for (const std::string& output : original_.record.missing_outputs) {
      plan_.run.outputs.push_back(AbsolutePath(output, folder_));
    }
    return MakePlaceForOutputs();
  }

  // A rerun writes into its own folder alone, as far as the recorded paths go.
  Result<void> MakePlaceForOutputs() {
    for (const std::string& output : plan_.run.outputs) {
      const std::string relative = PathInProject(output, folder_);
      if (relative.starts_with('/')) {
        plan_.missing.push_back("the output '" + Printable(relative) +
                                "' lies outside of the project, where a rerun would write over it");
        continue;
      }
      REPRISE_TRY(MakeParentsInside(layout_, folder_, relative, plan_.warnings));
      const auto stat = layout_.Stat(output);
      if (!stat.ok() || stat->kind != FileKind::kSymlink) continue;
      REPRISE_TRY(layout_.RemoveFile(output));
      plan_.warnings.push_back("the output '" + Printable(relative) +
                               "' was a link and is written as itself");
    }
    return {};
  }

  // Whether `path` is, or lies in, an input that other data takes the place of.
  bool IsReplaced(const std::string& path) const {
    return std::ranges::any_of(request_.inputs, [&](const auto& input) {
      return path == input.first || path.starts_with(input.first + "/");
    });
  }

  Result<void> AddLinks(const Digest& tree, const std::string& folder,
                        std::set<std::string>& links) const {
    return storage::WalkTree(
        store_.objects(), tree,
        [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
          const std::string whole = JoinPath(folder, path);
          if (entry.kind == FileKind::kSymlink && !IsReplaced(whole)) links.insert(whole);
          return {};
        });
  }

  // Links of the code and the inputs that lead into the project would lead out of the folder.
  Result<void> LeadLinks() {
    std::set<std::string> links;
    if (recipe_.code.has_value()) REPRISE_TRY(AddLinks(*recipe_.code, ".", links));
    for (const lineage::ArtifactUse& input : recipe_.inputs) {
      if (input.kind != lineage::ArtifactKind::kFolder || input.path.starts_with('/')) continue;
      REPRISE_TRY(AddLinks(input.digest, input.path, links));
    }
    std::vector<std::string> led;
    for (const std::string& path : links) {
      const std::string place = JoinPath(folder_, path);
      const auto target = layout_.ReadLink(place);
      if (!target.ok()) continue;  // An input is there by now.
      const auto led_target = rerooter_.LedTarget(*target, place);
      if (!led_target.has_value()) continue;
      REPRISE_TRY(layout_.RemoveFile(place));
      REPRISE_TRY(layout_.CreateSymlink(*led_target, place));
      led.push_back(path);
    }
    if (led.empty()) return {};
    const bool one = led.size() == 1;
    plan_.run.warnings.push_back(
        (one ? "the link '" + Printable(led[0]) + "'"
             : std::to_string(led.size()) + " links, the first '" + Printable(led[0]) + "',") +
        " led into the project, and " + (one ? "leads" : "lead") +
        " into the folder in which the run was laid out instead");
    return {};
  }

  // The first file of `input` that holds the project's path.
  Result<std::optional<std::string>> FindMention(const lineage::ArtifactUse& input,
                                                 std::uint64_t& bytes_left) const {
    const Matches matches = [&](const std::string& text) { return rerooter_.Mentions(text); };
    std::optional<std::string> found;
    if (input.kind == lineage::ArtifactKind::kFolder) {
      REPRISE_ASSIGN_OR_RETURN(found, FindInFolder(store_, input.digest, matches, bytes_left));
      if (found.has_value()) found = JoinPath(input.path, *found);
      return found;
    }
    REPRISE_ASSIGN_OR_RETURN(
        const bool is_one,
        SearchContent(store_, input.digest, input.size_bytes, matches, bytes_left));
    if (is_one) found = input.path;
    return found;
  }

  Result<std::optional<std::string>> FindMentionInInputs() const {
    std::uint64_t bytes_left = kSearchedInputBytesMax;
    for (const lineage::ArtifactUse& input : recipe_.inputs) {
      if (IsReplaced(input.path)) continue;
      auto found = FindMention(input, bytes_left);
      // Data from outside of the project is not laid out, and need not be in the store any more.
      const bool is_gone =
          !found.ok() && input.path.starts_with('/') && found.error().code == ErrorCode::kNotFound;
      if (!is_gone && (!found.ok() || found->has_value())) return found;
    }
    return std::optional<std::string>();
  }

  void WarnOfMention(const std::optional<std::string>& path) {
    if (!path.has_value()) return;
    plan_.run.warnings.push_back(
        "'" + Printable(*path) +
        "' holds the project's absolute path: what the command reads or writes by it is the "
        "project's of today, " +
        std::string(kNoVerdictAboutThat));
  }

  // A command that names the project by its absolute path would work there, with the files of
  // today.
  Result<void> Relocate() {
    const auto laid_out = [&](const std::string& path) {
      if (path == ".") return true;
      if (recipe_.code.has_value() &&
          storage::FindInTree(store_.objects(), *recipe_.code, path).ok()) {
        return true;
      }
      return std::ranges::any_of(recipe_.inputs, [&](const lineage::ArtifactUse& input) {
        return input.path == path || input.path.starts_with(path + "/") ||
               path.starts_with(input.path + "/");
      });
    };
    for (std::string& problem : RelocateCommand(store_.files(), rerooter_, laid_out, plan_.run)) {
      plan_.missing.push_back(std::move(problem));
    }
    REPRISE_ASSIGN_OR_RETURN(const auto in_code,
                             FindInCode(store_, recipe_, [&](const std::string& content) {
                               return rerooter_.Mentions(content);
                             }));
    WarnOfMention(in_code);
    REPRISE_ASSIGN_OR_RETURN(const auto in_inputs, FindMentionInInputs());
    if (in_inputs != in_code) WarnOfMention(in_inputs);
    return {};
  }

  Store& store_;
  const StoredRun& original_;
  const lineage::Recipe& recipe_;
  const RerunRequest& request_;
  const std::string& folder_;
  FileSystem& layout_;
  const Rerooter rerooter_;
  RerunPlan plan_;
};

}  // namespace

Result<RerunPlan> PlanRerun(Store& store, const StoredRun& original, const RerunRequest& request,
                            const std::string& folder, FileSystem& layout) {
  return Planner(store, original, request, folder, layout).Plan();
}

}  // namespace reprise::tracker
