#include "tracker/recorder/record_client.h"

#include <poll.h>

#include "tracker/leased_store.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/run_request.h"
#include "tracker/recorder/sdk_hub.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/recorder/start_message.h"
#include "tracker/recorder/watched_process.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr int kDrainIntervalMs = 200;

v1::SessionStarted ClientStartMessage(const ClientRequest& request, const WatchedProcess& process,
                                      const std::vector<std::string>& environment) {
  RunRequest run;
  run.project_folder = request.project_folder;
  run.working_directory = request.working_directory;
  run.command = process.Arguments();
  run.experiment = request.experiment;
  v1::SessionStarted started = StartMessage(run, environment);
  started.set_client_pid(request.pid);
  return started;
}

// Follows the program to its end: until it has finished its run or, if it ended without, until no
// process that it forked reports any more.
Result<void> Watch(FileSystem& files, const WatchedProcess& process, std::uint32_t pid,
                   Session& session, SdkHub& hub, LeasedStore& lease) {
  bool ended = false;
  for (;;) {
    std::vector<pollfd> fds;
    if (!ended) fds.push_back({process.fd(), POLLIN, 0});
    hub.AddPollFds(fds);
    poll(fds.data(), fds.size(), kDrainIntervalMs);
    ended = process.Ended();
    REPRISE_TRY(hub.Serve());
    lease.Release();
    bool over = hub.HasFinished(pid);
    if (over) {
      REPRISE_TRY(MarkEnded(files, session.folder()));
    } else if (ended) {
      REPRISE_ASSIGN_OR_RETURN(const auto client, EndUnlessReported(files, session.folder()));
      over = !client.has_value();
    }
    if (over) REPRISE_TRY(hub.ServeLast());  // What was reported until that mark.
    REPRISE_TRY(session.Sync());
    if (over) return {};
  }
}

}  // namespace

Result<void> RecordClient(FileSystem& files, const ClientRequest& request,
                          const StoreOptions& store_options) {
  REPRISE_ASSIGN_OR_RETURN(const WatchedProcess process,
                           WatchedProcess::Open(files, request.pid, request.start_ticks));
  const std::vector<std::string> environment = process.Environment();
  const Ulid id = Ulid::Generate();
  const auto take_name = [&](v1::SessionStarted& started) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(*started.mutable_name(),
                             TakeRunName(files, request.store_folder, request.name, id));
    return {};
  };
  REPRISE_ASSIGN_OR_RETURN(
      const auto session,
      Session::Create(files, request.store_folder, id,
                      ClientStartMessage(request, process, environment), take_name));
  LeasedStore lease(files, request.store_folder, store_options, kAskWaitMsMax);
  storage::ImportOptions importing;
  importing.cache_folder = StorePaths(request.store_folder).cache();
  importing.presence = &lease;
  const auto begin = [&]() -> Result<std::unique_ptr<SdkHub>> {
    REPRISE_TRY(CaptureStart(files, *session,
                             {.store_folder = request.store_folder,
                              .inputs = {},
                              .environment = environment,
                              .presence = &lease}));
    lease.Release();
    return SdkHub::Open(files, *session, {}, {}, importing);
  };
  auto hub = begin();
  if (!hub.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return std::move(hub).error();
  }
  if (!request.ready(session->folder())) {
    (void)session->Abandon();  // Why is known.
    return Error{ErrorCode::kTimeout, "process " + std::to_string(request.pid) +
                                          " has not waited for its recorder and goes on untracked"};
  }
  REPRISE_TRY(
      Watch(files, process, static_cast<std::uint32_t>(request.pid), *session, **hub, lease));
  hub->reset();
  REPRISE_TRY(
      SealRun(files, *session, {.presence = &lease, .cache_folder = importing.cache_folder}));
  return lease.WithStore([&](Store& store) { return store.AdoptSession(session->id()); });
}

}  // namespace reprise::tracker
