// The environment document of a run.

#pragma once

#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/importer.h"
#include "storage/object_store.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/session.h"

namespace reprise::tracker {

// Stores the environment of the command before it starts, from the closure of its executable.
// `environment` is "NAME=value", the whole of the command's.  Files of the environment that lie in
// the project are stored too, others are only named by digest.
Result<Digest> StartEnvironment(FileSystem& files, const v1::SessionStarted& started,
                                const std::vector<std::string>& environment,
                                const std::string& cache_folder, storage::ObjectWriter& writer,
                                std::vector<std::string>& warnings);

// The digest of the environment at the end: as at the start, with the files that the SDK saw mapped.
Result<Digest> FinishEnvironment(FileSystem& files, Session& session, const RunFacts& facts,
                                 const storage::ImportOptions& importing,
                                 storage::ObjectWriter& writer,
                                 std::vector<std::string>& warnings);

}  // namespace reprise::tracker
