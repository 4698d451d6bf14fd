// A run laid out so that commands can be started where it ran, without recording them.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/sandbox/spec.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RunRoot {
  StoredRun run;
  lineage::Closure closure;
  // As a rerun has it.  The root is only read, and can serve any number of sandboxes; each needs a
  // scratch folder that is empty.
  SandboxSpec sandbox;
  std::vector<std::string> command;           // argv, with parameters in their places.
  std::vector<std::string> environment;       // "NAME=value".
  std::string working_directory;              // In the sandbox, absolute.
  std::string project_folder;                 // Likewise.
  std::vector<std::string> warnings;          // How it is not as it was.
  std::vector<std::string> absent_variables;  // That the command had, and whose values are lost.
};

// Lays `run` out in `folder`, an empty one, through `layout`.
// Errors: kNotFound  the run was not traced, or something that it needs cannot be had: what;
//         and those of PlanSandboxRerun().
Result<RunRoot> LayOutRun(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& layout);

}  // namespace reprise::tracker
