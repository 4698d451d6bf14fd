// What a rerun is started with: parameters, variables and other data, checked against what the
// original has.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/recorder/run_request.h"
#include "tracker/replay/rerun.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Those of the original, and those of --set.
// Errors: kInvalidArgument  a parameter that cannot reach the command, or of another type.
Result<std::map<std::string, lineage::ParamValue>> RerunParams(Store& store,
                                                               const StoredRun& original,
                                                               const RerunRequest& request);

// Before anything is laid out: a mistake in the request costs nothing.
// Errors: kInvalidArgument, kNotFound, kUnsupported  what --input names, or what it is to replace.
Result<void> CheckReplacedInputs(FileSystem& files, const StoredRun& original,
                                 const RerunRequest& request);

// Adds the variables of the recipe to `run`, whose parameters are chosen; secrets that are not set
// today are told in `missing`, in sentences.
void FillRerunVariables(const StoredRun& original, const RerunRequest& request, RunRequest& run,
                        std::vector<std::string>& missing);

}  // namespace reprise::tracker
