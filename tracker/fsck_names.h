// The part of fsck that looks at the names of runs.

#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Sentences on the names whose links (tracker/run_names.h) are missing, damaged or lead to another
// run than one that has the name.
// Errors: kIoError.
Result<std::vector<std::string>> FindWrongNames(Store& store);

}  // namespace reprise::tracker
