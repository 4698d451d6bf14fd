#include "tracker/recorder/record_client.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lineage/capture/redact.h"
#include "storage/base/clock.h"
#include "tracker/actor.h"
#include "tracker/leased_store.h"
#include "tracker/recorder/sdk_hub.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/start_capture.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr int kDrainIntervalMs = 200;

std::vector<std::string> SplitAtZeros(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('\0'));
    parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

// A process that may end at any time, and whose number may be used again after it.
class WatchedProcess {
 public:
  static Result<WatchedProcess> Open(FileSystem& files, const ClientRequest& request) {
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, request.pid, 0));
    if (fd < 0) {
      return Error{ErrorCode::kNotFound, "cannot watch process " + std::to_string(request.pid) +
                                             ": " + std::strerror(errno)};
    }
    WatchedProcess process(files, request.pid, fd);
    if (request.start_ticks.has_value()) {
      const auto ticks = process.StartTicks();
      if (!ticks.has_value() || *ticks != *request.start_ticks) {
        return Error{ErrorCode::kNotFound,
                     "process " + std::to_string(request.pid) + " is another one by now"};
      }
    }
    return process;
  }
  ~WatchedProcess() {
    if (fd_ >= 0) close(fd_);
  }
  WatchedProcess(WatchedProcess&& other) noexcept
      : files_(other.files_),
        folder_(std::move(other.folder_)),
        fd_(std::exchange(other.fd_, -1)) {}
  WatchedProcess(const WatchedProcess&) = delete;
  WatchedProcess& operator=(const WatchedProcess&) = delete;
  WatchedProcess& operator=(WatchedProcess&&) = delete;

  int fd() const { return fd_; }  // Readable (poll) when it has ended.
  bool Ended() const {
    pollfd ended{fd_, POLLIN, 0};
    return poll(&ended, 1, 0) > 0;
  }
  std::vector<std::string> Arguments() const { return Read("cmdline"); }
  std::vector<std::string> Environment() const { return Read("environ"); }

 private:
  WatchedProcess(FileSystem& files, std::int64_t pid, int fd)
      : files_(&files), folder_("/proc/" + std::to_string(pid)), fd_(fd) {}

  std::vector<std::string> Read(const std::string& name) const {
    const auto text = ReadFile(*files_, JoinPath(folder_, name), 4 << 20);
    return text.ok() ? SplitAtZeros(*text) : std::vector<std::string>();
  }

  // proc(5): the 22nd field; the second, in parentheses, may hold spaces.
  std::optional<std::uint64_t> StartTicks() const {
    const auto text = ReadFile(*files_, JoinPath(folder_, "stat"), 1 << 16);
    if (!text.ok() || text->rfind(')') == std::string::npos) return std::nullopt;
    std::string_view rest = std::string_view(*text).substr(text->rfind(')') + 1);
    for (int field = 2; field < 22; ++field) {
      const std::size_t space = rest.find(' ');
      if (space == std::string_view::npos) return std::nullopt;
      rest.remove_prefix(space + 1);
    }
    return std::strtoull(std::string(rest.substr(0, rest.find(' '))).c_str(), nullptr, 10);
  }

  FileSystem* files_;
  std::string folder_;
  int fd_;
};

v1::SessionStarted StartedMessage(const ClientRequest& request, const std::string& name,
                                  const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& environment) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_started_at_unix_ms(NowUnixMs());
  started.set_project_folder(request.project_folder);
  started.set_working_directory(request.working_directory);
  const capture::RedactedArguments command = capture::RedactArguments(arguments);
  for (const std::string& argument : command.arguments) started.add_arguments(argument);
  started.set_redacted(command.redacted);
  for (const std::string& variable : RecordableVariables(environment)) {
    started.add_variables(variable);
  }
  started.set_experiment(request.experiment);
  started.set_name(name);
  started.set_actor(CurrentActor());
  started.set_client_pid(request.pid);
  return started;
}

// Follows the program to its end.
Result<void> Watch(const WatchedProcess& process, std::uint32_t pid, Session& session,
                   SdkHub& hub) {
  for (;;) {
    std::vector<pollfd> fds = {{process.fd(), POLLIN, 0}};
    hub.AddPollFds(fds);
    poll(fds.data(), fds.size(), kDrainIntervalMs);
    const bool ended = process.Ended();
    REPRISE_TRY(hub.Serve());  // After the end was seen, so that nothing is left behind.
    REPRISE_TRY(session.Sync());
    if (ended || hub.HasFinished(pid)) return {};
  }
}

Result<void> RecordNamed(FileSystem& files, const ClientRequest& request, const Ulid& id,
                         const std::string& name, const StoreOptions& store_options) {
  REPRISE_ASSIGN_OR_RETURN(const WatchedProcess process, WatchedProcess::Open(files, request));
  const std::vector<std::string> environment = process.Environment();
  REPRISE_ASSIGN_OR_RETURN(
      const auto session,
      Session::Create(files, request.store_folder, id,
                      StartedMessage(request, name, process.Arguments(), environment)));
  LeasedStore lease(files, request.store_folder, store_options);
  storage::ImportOptions importing;
  importing.cache_folder = StorePaths(request.store_folder).cache();
  importing.presence = &lease;
  const auto begin = [&]() -> Result<std::unique_ptr<SdkHub>> {
    REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(&lease));
    v1::Frame frame;
    REPRISE_ASSIGN_OR_RETURN(*frame.mutable_code(),
                             CaptureStart(files, session->started(), *writer,
                                          {.store_folder = request.store_folder,
                                           .inputs = {},
                                           .environment = environment,
                                           .presence = &lease}));
    REPRISE_TRY(session->FinishWriter(std::move(writer)));
    lease.Release();
    REPRISE_TRY(session->Append(frame));
    return SdkHub::Open(files, *session, {}, importing);
  };
  auto hub = begin();
  if (!hub.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return std::move(hub).error();
  }
  request.ready(session->folder());
  REPRISE_TRY(Watch(process, static_cast<std::uint32_t>(request.pid), *session, **hub));
  hub->reset();
  REPRISE_TRY(
      SealRun(files, *session, {.presence = &lease, .cache_folder = importing.cache_folder}));
  return lease.WithStore([&](Store& store) { return store.AdoptSession(session->id()); });
}

}  // namespace

Result<void> RecordClient(FileSystem& files, const ClientRequest& request,
                          const StoreOptions& store_options) {
  const Ulid id = Ulid::Generate();
  std::string name;
  if (request.name.has_value()) {
    REPRISE_TRY(CheckRunName(*request.name));
    REPRISE_TRY(ReserveRunName(files, request.store_folder, *request.name, id));
    name = *request.name;
  } else {
    REPRISE_ASSIGN_OR_RETURN(name, InventRunName(files, request.store_folder, id));
  }
  auto recorded = RecordNamed(files, request, id, name, store_options);
  if (!recorded.ok() && !Exists(files, StorePaths(request.store_folder).session(id))) {
    ReleaseRunName(files, request.store_folder, name, id);
  }
  return recorded;
}

}  // namespace reprise::tracker
