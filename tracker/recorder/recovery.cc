#include "tracker/recorder/recovery.h"

#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/segment_drain.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

Result<void> RecoverRun(FileSystem& files, const std::string& store_folder, const Ulid& run) {
  const auto recover = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto session, Session::Resume(files, store_folder, run));
    if (session->sealed()) return {};  // By another process, since the caller looked.
    // A run ends with its command.  Where nobody saw that end, it has not come as long as a program
    // reports: what it has been promised would be lost.
    REPRISE_ASSIGN_OR_RETURN(const auto ended, ReadExitReport(files, session->folder()));
    if (ended.has_value()) {
      REPRISE_TRY(MarkEnded(files, session->folder()));
    } else {
      REPRISE_ASSIGN_OR_RETURN(const auto client, EndUnlessReported(files, session->folder()));
      if (client.has_value()) {
        return Error{ErrorCode::kTimeout,
                     "process " + std::to_string(*client) + " goes on with it"};
      }
    }
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
