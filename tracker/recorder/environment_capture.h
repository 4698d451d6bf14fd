// The environment document of a run.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/session.h"

namespace reprise::tracker {

struct CapturedEnvironment {
  Digest document;
  bool redacted = false;
  std::vector<std::string> warnings;
};

// Stores the environment of the command before it starts, from the closure of its executable.
// `environment` is "NAME=value", the whole of the command's.  Files of the environment that lie in
// the project are stored too; others are only named by digest.
Result<CapturedEnvironment> CaptureEnvironment(FileSystem& files, const v1::SessionStarted& started,
                                               const std::vector<std::string>& environment,
                                               const std::vector<std::string>& mapped_files,
                                               const std::string& cache_folder,
                                               storage::ObjectWriter& writer);

}  // namespace reprise::tracker
