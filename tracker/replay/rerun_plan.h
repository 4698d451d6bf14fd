// What a rerun on the host is to do: the run laid out in a folder, and the request to record it.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/recorder/run_request.h"
#include "tracker/replay/rerun.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RerunPlan {
  RunRequest run;
  std::vector<std::string> missing;  // Sentences; where there are any, the run cannot be had again.
  std::vector<std::string> warnings;
  std::vector<std::string> absent_variables;  // That the command had and a rerun has not.
};

// Lays code and inputs of `original` out in `folder`, with what `request` replaces, and says what
// to run there.  What is laid out is written through `layout`.  Errors: those of Rerun().
Result<RerunPlan> PlanRerun(Store& store, const StoredRun& original, const RerunRequest& request,
                            const std::string& folder, FileSystem& layout);

}  // namespace reprise::tracker
