// `reprise run`: records one run of a command from its start to its entry in the ledger.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/profiles.h"
#include "tracker/recorder/run_request.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct RunOutcome {
  Ulid id;
  std::string name;
  // The command's own status, or 128 + signal; 125 when that is not known, because the keeper died;
  // 126 or 127 when the command could not be started (then nothing is recorded).
  int exit_status = 0;
  bool started = false;
  std::string start_failure;  // Why it was not started.
  // The last signal by which somebody asked us to stop while the command ran; it has been passed
  // on.
  std::optional<int> stopped_by;
  // The run as the store has it; absent when it awaits adoption.
  std::optional<StoredRun> run;
  // Tables that it read or wrote and that have no profile yet.
  std::vector<TableFile> tables;
  std::string pending_reason;  // Why it awaits adoption.
  // Damage of the ledger that was known before the command started, and told then: what awaits
  // adoption is adopted only when it is mended.
  bool ledger_is_damaged = false;
  // Why the command, which was started, could not be recorded to its end; what was recorded stays
  // in the inbox.  Whoever runs commands for others exits with 125 then.
  std::string record_failure;
};

// Errors: nothing was started, and nothing stays behind.  kInterrupted  request.stop said so.
Result<RunOutcome> RecordRun(FileSystem& files, const RunRequest& request,
                             const StoreOptions& store_options);

}  // namespace reprise::tracker
