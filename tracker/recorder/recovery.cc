#include "tracker/recorder/recovery.h"

#include "sdk/wire/messages.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/segment_drain.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

namespace {

Result<void> CheckForLiveClient(FileSystem& files, const std::string& session_folder) {
  const auto client = FindLiveClient(files, session_folder);
  if (!client.has_value()) return {};
  return Error{ErrorCode::kTimeout, "process " + std::to_string(*client) + " goes on with it"};
}

// Afterwards no process reports to the run, and none can join it (sdk/wire/messages.h).
Result<void> CloseToClients(FileSystem& files, const std::string& session_folder) {
  REPRISE_TRY(CheckForLiveClient(files, session_folder));
  const std::string mark = JoinPath(session_folder, wire::kEndedFileName);
  REPRISE_TRY(files.Open(mark, OpenMode::kCreate, 0600));
  if (auto joined = CheckForLiveClient(files, session_folder); !joined.ok()) {
    REPRISE_TRY(files.RemoveFile(mark));  // A process has joined just now; it goes on.
    return joined;
  }
  return {};
}

}  // namespace

Result<void> RecoverRun(FileSystem& files, const std::string& store_folder, const Ulid& run) {
  const auto recover = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto session, Session::Resume(files, store_folder, run));
    if (session->sealed()) return {};  // By another process, since the caller looked.
    // A run ends with its command.  Where nobody saw that end, it has not come as long as a program
    // reports: what it has been promised would be lost.
    REPRISE_ASSIGN_OR_RETURN(const auto ended, ReadExitReport(files, session->folder()));
    if (!ended.has_value()) REPRISE_TRY(CloseToClients(files, session->folder()));
    // Whoever recovers holds the store already: what is present is not asked, but stored again.
    REPRISE_ASSIGN_OR_RETURN(const auto drain, SegmentDrain::Open(files, *session, {}));
    REPRISE_TRY(drain->Drain(Writer::kIsGone));
    REPRISE_TRY(SealRun(files, *session,
                        {.presence = nullptr,
                         .cache_folder = StorePaths(store_folder).cache(),
                         .recovered = true}));
    return {};
  };
  if (auto recovered = recover(); !recovered.ok()) {
    return Annotate(std::move(recovered).error(),
                    "cannot recover run " + run.ToString() + ", which stays in the inbox");
  }
  return {};
}

}  // namespace reprise::tracker
