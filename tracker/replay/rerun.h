// Running a recorded run again.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/stop.h"
#include "tracker/recorder/record_run.h"
#include "tracker/replay/tolerance.h"
#include "tracker/replay/verdict.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RerunRequest {
  std::string store_folder;
  Ulid run;
  std::map<std::string, std::string> set;     // --set: parameter → text.
  std::map<std::string, std::string> inputs;  // --input: recorded path → absolute path of new data.
  std::map<std::string, Tolerance> tolerances;
  // In today's environment, in a folder of its own; else in a sandbox made of what was captured.
  bool on_host = false;
  unsigned times = 1;  // How often to run it; 2 or more measure the noise.
  // Absolute; where to work (with several reruns, in its subfolders "1", "2", …), not to be
  // cleaned up once the command has started.
  std::optional<std::string> keep_folder;
  bool stdout_to_stderr = false;
  // Asked until the command starts: the rerun is then given up, with what was laid out for it.
  storage::StopFunction stop{};
  // As in RunRequest, for each of the reruns.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress{};
  std::function<void()> progress_done{};
  // Gives the file system through which a run is laid out, for as long as that takes; absent: that
  // of the store.
  std::function<std::unique_ptr<FileSystem>()> open_layout{};

  bool is_retraining() const { return !set.empty() || !inputs.empty(); }
};

struct RerunOutcome {
  std::vector<RunOutcome> runs;    // Empty: something is missing, so nothing was run.
  std::optional<Verdict> verdict;  // Absent for a retraining that was started.
  std::vector<std::string> warnings;
};

// Runs the command of a run again, as a new run linked to it: in a sandbox whose root is made of
// what was captured alone, or, with `on_host`, in a folder with its code and inputs, in today's
// environment.  Without --set and --input the two are compared, and the verdict is
// recorded in the ledger ("reprise/verdict/v1").  A rerun whose command cannot be started is
// incomplete; a retraining then has an outcome that says so.
// Errors: kInvalidArgument  a parameter that cannot reach the command, an input that it has not, a
//                           tolerance for a metric that it has not, or a retraining that is to be
//                           done several times.
//         kAlreadyExists    the folder to be kept is not empty.
//         kNotFound         the run has no recipe or command.
//         kInterrupted      request.stop said so, or the command was stopped: there is no verdict.
//         kUnsupported      this machine has no sandbox: why, and what helps.
Result<RerunOutcome> Rerun(FileSystem& files, const RerunRequest& request,
                           const StoreOptions& store_options);

}  // namespace reprise::tracker
