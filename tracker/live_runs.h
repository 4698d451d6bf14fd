// Runs that are not in the catalog yet: still running, or awaiting adoption.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/listed_run.h"
#include "tracker/store.h"

namespace reprise::tracker {

// What the open journals of the inbox say, oldest first.  The status is kRunning; a record is as
// complete as its journal.  Needs no store lock.
Result<std::vector<StoredRun>> LiveRuns(FileSystem& files, const std::string& store_folder);

// The run, once it is over and adopted.  Errors: kNotFound  also for one that is being recorded,
// which the message says.
Result<StoredRun> GetEndedRun(Store& store, const Ulid& id);

// Calls `visit` for each run that is adopted or being recorded, newest first, until it returns
// false.
Result<void> ForEachKnownRun(Store& store, const std::function<bool(ListedRun&&)>& visit);

}  // namespace reprise::tracker
