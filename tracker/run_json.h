// Runs as the JSON that scripts rely on (docs/cli.md, "JSON").

#pragma once

#include "storage/base/json.h"
#include "tracker/store.h"

namespace reprise::tracker {

// {"id", "name", "experiment", "status", …}: the value of "run" in `show`, `run`, `runs`, `rerun`.
Json RunToJson(const StoredRun& run);

}  // namespace reprise::tracker
