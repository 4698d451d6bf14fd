// What a rerun in a sandbox is to do: its root laid out in a folder, and the request to record it.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/replay/rerun.h"
#include "tracker/replay/rerun_plan.h"
#include "tracker/store.h"

namespace reprise::tracker {

// `folder` exists and is empty: the root comes to lie in its `root`, what the rerun writes in its
// `written`.  Where something is missing nothing is laid out.
// Errors: those of ContentsOfRoot(), RerunParams(), CheckReplacedInputs() and LayOutRoot().
Result<RerunPlan> PlanSandboxRerun(Store& store, const StoredRun& original,
                                   const RerunRequest& request, const std::string& folder,
                                   FileSystem& layout);

}  // namespace reprise::tracker
