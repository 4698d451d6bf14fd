#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/layout_files.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/new_folder.h"
#include "tracker/project_path.h"
#include "tracker/replay/inside_command.h"
#include "tracker/replay/inside_shell.h"
#include "tracker/replay/run_root.h"
#include "tracker/replay/work_folder.h"
#include "tracker/sandbox/layer_files.h"

namespace reprise::cli {
namespace {

using tracker::SandboxChange;

std::string_view ChangeName(SandboxChange::Kind kind) {
  switch (kind) {
    case SandboxChange::Kind::kMade:
      return "made";
    case SandboxChange::Kind::kChanged:
      return "changed";
    case SandboxChange::Kind::kRemoved:
      break;
  }
  return "removed";
}

// Copies what was written to its path below `folder`.
Result<void> KeepChanges(FileSystem& files, const std::vector<SandboxChange>& changes,
                         const std::string& folder) {
  for (const SandboxChange& change : changes) {
    if (change.kind == SandboxChange::Kind::kRemoved) continue;
    const std::string place = folder + change.path;
    REPRISE_TRY(CreateDirectories(files, ParentPath(place)));
    if (change.file_kind == FileKind::kDirectory) {
      REPRISE_TRY(CreateDirectories(files, place));
    } else if (change.file_kind == FileKind::kSymlink) {
      REPRISE_ASSIGN_OR_RETURN(const std::string target, files.ReadLink(change.host_path));
      REPRISE_TRY(files.CreateSymlink(target, place));
    } else if (change.file_kind == FileKind::kFile) {
      REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.Stat(change.host_path));
      REPRISE_TRY(tracker::CopyWithMode(files, change.host_path, stat, place));
    }
  }
  return {};
}

// The sandbox of a run, for one command.
class Shell {
 public:
  Shell(std::string ref, std::optional<std::string> keep_folder, Context& context)
      : ref_(std::move(ref)), keep_folder_(std::move(keep_folder)), context_(context) {}

  Result<int> Run() {
    std::unique_ptr<tracker::NewFolder> kept;  // What cannot be kept costs nobody's work.
    if (keep_folder_.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(kept, tracker::NewFolder::Make(context_.files, *keep_folder_));
    }
    REPRISE_ASSIGN_OR_RETURN(const tracker::WorkFolder work,
                             tracker::WorkFolder::Make(context_.files, {.purpose = "shell"}));
    REPRISE_TRY(LayOut(work.path()));
    REPRISE_TRY(ChooseCommand());
    REPRISE_ASSIGN_OR_RETURN(const auto sandbox,
                             tracker::Sandbox::Prepare(context_.files, root_.sandbox));
    const auto status = tracker::RunInside(context_.files, *sandbox, command_);
    if (!status.ok()) return FailToRun(status.error());
    if (kept != nullptr) {
      REPRISE_ASSIGN_OR_RETURN(changes_, sandbox->Changes());
      REPRISE_TRY(KeepChanges(context_.files, changes_, *keep_folder_));
      kept->EndLayout();
      kept->Keep();
    }
    Tell(tracker::ShellStatus(*status));
    return tracker::ShellStatus(*status);
  }

 private:
  // As env(1), for a command that is not there.
  Result<int> FailToRun(const Error& error) const {
    if (error.code != ErrorCode::kNotFound) return error;
    return context_.Fail(error, 127);
  }

  // The store is open only for so long: it is free for others while somebody looks around.
  Result<void> LayOut(const std::string& folder) {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context_.OpenStoreToRead());
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context_, ref_));
    LayoutFiles layout(context_, "laying out " + Printable(ref_));
    REPRISE_ASSIGN_OR_RETURN(root_, tracker::LayOutRun(*store, run.record.id, folder, layout));
    for (const std::string& warning : root_.warnings) context_.Warn("warning: " + warning);
    return {};
  }

  Result<void> ChooseCommand() {
    command_.environment = root_.environment;
    command_.working_directory = root_.working_directory;
    if (context_.global.json) command_.standard_output = STDERR_FILENO;
    if (!context_.tail.empty()) {
      command_.arguments = context_.tail;
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(tracker::InsideShell shell,
                             tracker::ChooseInsideShell(context_.files, root_.closure));
    if (!shell.note.empty()) context_.Warn(shell.note);
    std::ranges::move(shell.binds, std::back_inserter(root_.sandbox.binds));
    command_.arguments = std::move(shell.arguments);
    command_.takes_terminal = true;
    TakeTerminalName();
    return {};
  }

  // The run's own may be none at all, and this one is somebody's of today.
  void TakeTerminalName() {
    const char* const name = std::getenv("TERM");
    if (name == nullptr || isatty(STDIN_FILENO) == 0) return;
    std::erase_if(command_.environment,
                  [](const std::string& variable) { return variable.starts_with("TERM="); });
    command_.environment.push_back(std::string("TERM=") + name);
  }

  void Tell(int status) const {
    if (keep_folder_.has_value()) {
      for (const SandboxChange& change : changes_) {
        if (change.kind != SandboxChange::Kind::kRemoved) continue;
        context_.Warn("removed in the sandbox: " + Printable(change.path));
      }
    }
    if (!context_.global.json) return;
    Json changes;
    if (keep_folder_.has_value()) {
      changes = Json::Array{};
      for (const SandboxChange& change : changes_) {
        changes.Append(Json()
                           .Set("path", BytesToJson(change.path))
                           .Set("change", std::string(ChangeName(change.kind))));
      }
    }
    context_.PrintJson(Json()
                           .Set("run", root_.run.record.id.ToString())
                           .Set("exit_status", status)
                           .Set("changes", std::move(changes)));
  }

  const std::string ref_;
  const std::optional<std::string> keep_folder_;
  Context& context_;
  tracker::RunRoot root_;
  tracker::InsideCommand command_;
  std::vector<SandboxChange> changes_;
};

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  std::optional<std::string> keep = OptionalText(args, "keep");
  if (keep.has_value()) {
    REPRISE_TRY(RequireText(*keep, "--keep"));
    keep = tracker::AbsolutePath(*keep, context.working_directory);
    REPRISE_TRY(storage::RequireOutsideOfStores(context.files, *keep));
  }
  const StopSignals signals;
  return Shell(ref, std::move(keep), context).Run();
}

}  // namespace

Command ShellCommand() {
  Command command{"shell", "Look around in the sandbox of a run.",
                  "REF [--keep DIR] [-- COMMAND…]"};
  command.examples = {{"reprise shell @last", "an interactive shell where the run ran"},
                      {"reprise shell @last -- python3 -c 'import numpy; print(numpy.__version__)'",
                       "one command there"},
                      {"reprise shell @last --keep ../tried", "keep what is written"}};
  command.details =
      "The sandbox is that of a rerun: a root made of what was captured, the recorded variables, "
      "working directory, user and host name, and no network. Nothing is recorded, and what is "
      "written is thrown away at the end, or laid out at its paths below DIR with --keep. The "
      "shell is one that the run itself used; where it used none, one of this machine is lent to "
      "the sandbox, which a line on stderr says: busybox-static, if it is installed, brings the "
      "usual tools. Ends with the status of the shell or of COMMAND; 128 and the signal for one "
      "that a signal ended. With --json what COMMAND prints goes to stderr.";
  TakeRef(command);
  command.takes_tail = true;
  auto add = command.options.add_options();
  add("keep", po::value<std::string>(), "DIR: lay what was written out in this new folder");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
