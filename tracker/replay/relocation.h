// What the command of a rerun gets in place of the recorded text, so that it works in the folder in
// which the run is laid out, and not in the project (docs/decisions/0014).

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/recorder/run_request.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Fills `run.started_as` and `run.named_project_folder`, and tells `run.warnings` what was changed.
// `run` has everything else, `laid_out` says which paths, relative to the project, are laid out as
// code or input in its project_folder.  Returns sentences: why the command would still reach into
// the project.
std::vector<std::string> RelocateCommand(
    FileSystem& files, const StoredRun& original,
    const std::function<bool(const std::string& path)>& laid_out, RunRequest& run);

// By which absolute paths what is recorded of `run` names its project.
std::vector<std::string> ProjectNames(const StoredRun& run, const std::string& store_folder);

}  // namespace reprise::tracker
