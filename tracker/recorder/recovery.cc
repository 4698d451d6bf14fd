#include "tracker/recorder/recovery.h"

#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/segment_drain.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

// Whether the session is that of a run which nobody records or has sealed.
bool AwaitsRecovery(FileSystem& files, const std::string& session_folder) {
  if (SessionIsLive(files, session_folder)) return false;
  bool is_run = false;
  bool sealed = false;
  const auto scanned =
      ScanJournal(files, session_folder, [&](const v1::Frame& frame) -> Result<void> {
        is_run = is_run || frame.started().kind() == v1::SessionStarted::KIND_RUN;
        sealed = sealed || frame.has_sealed();
        return {};
      });
  return scanned.ok() && is_run && !sealed;  // A journal that cannot be read is for its adopter.
}

// A loss of power may have taken the name that the run had reserved, but not the run.  Where
// another run has it by now, this one is found by its id alone.
Result<void> ReserveNameAgain(FileSystem& files, const std::string& store_folder,
                              const Session& session) {
  const std::string& name = session.started().name();
  if (name.empty()) return {};
  REPRISE_TRY(CreateDirectories(files, StorePaths(store_folder).names()));
  auto reserved = ReserveRunName(files, store_folder, name, session.id());
  if (!reserved.ok() && reserved.error().code != ErrorCode::kAlreadyExists) return reserved;
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
    if (ended.has_value()) {
      REPRISE_TRY(MarkEnded(files, session->folder()));
    } else {
      REPRISE_ASSIGN_OR_RETURN(const auto client, EndUnlessReported(files, session->folder()));
      if (client.has_value()) {
        return Error{ErrorCode::kTimeout,
                     "process " + std::to_string(*client) + " goes on with it"};
      }
    }
    REPRISE_TRY(ReserveNameAgain(files, store_folder, *session));
    // What the store has is not asked, but stored again: nobody who has it open is waited for.
    REPRISE_ASSIGN_OR_RETURN(const auto drain, SegmentDrain::Open(files, *session, {}));
    REPRISE_TRY(drain->Drain(Writer::kIsGone));
    REPRISE_TRY(SealRun(files, *session,
                        {.presence = nullptr,
                         .cache_folder = StorePaths(store_folder).cache(),
                         .recovered = true,
                         .afterwards = true}));
    return {};
  };
  if (auto recovered = recover(); !recovered.ok()) {
    return Annotate(std::move(recovered).error(),
                    "cannot recover run " + run.ToString() + ", which stays in the inbox");
  }
  return {};
}

void RecoverRuns(FileSystem& files, const std::string& store_folder,
                 const std::function<void(const std::string&)>& notify) {
  // A store of a newer release is not touched.
  if (!ReadStoreFormat(files, store_folder).ok() || !files.CheckWritable(store_folder).ok()) return;
  const auto sessions = ListSessions(files, store_folder);
  if (!sessions.ok()) return;  // Opening the store says it.
  for (const Ulid& run : *sessions) {
    const std::string folder = StorePaths(store_folder).session(run);
    if (!AwaitsRecovery(files, folder)) continue;
    const auto recovered = RecoverRun(files, store_folder, run);
    // Another process recovers it, or a program goes on with it.
    if (recovered.ok() || recovered.error().code == ErrorCode::kTimeout) continue;
    if (notify && Exists(files, folder)) notify(recovered.error().message);
  }
}

}  // namespace reprise::tracker
