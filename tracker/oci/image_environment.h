// In which environment the command of an image runs.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ImageEnvironment {
  std::string architecture;  // As GOARCH names it: "amd64", "arm64".
  std::map<std::string, std::string> variables;
  std::vector<std::string> withheld;  // Names of variables whose values were secret.
};

// The recorded variables, those of the parameters (REPRISE_PARAM_KEY), and a PATH.  What the
// environment document calls <project> is `project_folder`.
//
// PATH is no part of a recorded environment, as the files that it led to are; where the run did not
// keep it (--env PATH) it is made of the folders of these and the usual ones.
// Errors: kCorruption, kIoError  the environment document cannot be read.
Result<ImageEnvironment> EnvironmentOfImage(Store& store, const StoredRun& run,
                                            const std::string& project_folder);

}  // namespace reprise::tracker
