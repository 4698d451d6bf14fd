// A run that is not adopted yet, from its open journal.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct LiveRun {
  StoredRun run;  // What is known so far; kRunning, unless the command has ended already.
  std::map<std::string, std::vector<lineage::MetricPoint>> series;
  std::string log_text;  // Lines logged through the SDK: "<time> <text>\n" each.
};

// Reads what the recorder has journalled: points logged through the SDK appear within a fraction of
// a second.  Needs no store lock.
// Errors: kNotFound  the run has no session in the inbox (it may have been adopted meanwhile).
Result<LiveRun> ReadLiveRun(FileSystem& files, const std::string& store_folder, const Ulid& id);

}  // namespace reprise::tracker
