// The end of a run: from its journal to its documents, and the seal.
//
// The same code ends a run whose recorder is alive and one whose recorder died: everything it needs
// lies in the session's folder.

#pragma once

#include <string>

#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/object_store.h"
#include "tracker/sandbox/sandbox.h"
#include "tracker/session.h"

namespace reprise::tracker {

struct SealOptions {
  storage::PresenceIndex* presence = nullptr;
  std::string cache_folder;  // Of the stat cache; empty: none.
  bool recovered = false;    // The recorder died: without an exit report the run is lost.
  // By another process than the recorder, which may be long after the end: files may have become
  // another run's since.
  bool afterwards = false;
  const Sandbox* sandbox = nullptr;  // In which the command ran; it has ended.
};

struct SealedRun {
  lineage::RunRecord record;
  Digest document;
};

// Captures what is still to be captured (outputs named by -o, the environment as the SDK saw it),
// writes the run's documents and seals the session.
// Errors: the run is not sealed; its session stays in the inbox for recovery.
Result<SealedRun> SealRun(FileSystem& files, Session& session, const SealOptions& options);

}  // namespace reprise::tracker
