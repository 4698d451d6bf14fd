#include "tracker/trace/trace_thread.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/base/log.h"
#include "tracker/trace/observer.h"
#include "tracker/trace/trace_orders.h"
#include "tracker/trace/tracer.h"

namespace reprise::tracker {
namespace {

void Raise(int event) {
  const std::uint64_t one = 1;
  (void)!write(event, &one, sizeof one);
}

void Await(int event) {
  std::uint64_t count = 0;
  while (read(event, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

void Close(int& fd) {
  if (fd >= 0) close(std::exchange(fd, -1));
}

}  // namespace

Result<std::unique_ptr<TraceThread>> TraceThread::Prepare(FileSystem& files,
                                                          std::string session_folder,
                                                          const TraceOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(FilterProgram program, BuildFilter());
  std::unique_ptr<TraceThread> trace(
      new TraceThread(files, std::move(session_folder), std::move(program), options));
  REPRISE_TRY(trace->OpenChannels());
  return trace;
}

Result<void> TraceThread::OpenChannels() {
  int ends[2] = {-1, -1};
  // Who is to be traced need not be the process that we fork, and has a number of its own in a
  // sandbox: the kernel says who it is.
  const int ask = 1;
  const bool paired = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 &&
                      setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &ask, sizeof ask) == 0;
  parent_end_ = ends[0];
  child_end_ = ends[1];
  stop_event_ = eventfd(0, EFD_CLOEXEC);
  stopped_event_ = eventfd(0, EFD_CLOEXEC);
  if (paired && stop_event_ >= 0 && stopped_event_ >= 0) return {};
  return Error{ErrorCode::kIoError,
               std::string("cannot prepare to trace the command: ") + std::strerror(errno)};
}

TraceThread::~TraceThread() {
  StopObserving();
  if (thread_.joinable()) thread_.join();
  for (int* fd : {&parent_end_, &child_end_, &stop_event_, &stopped_event_}) Close(*fd);
}

void TraceThread::EnterInChild() {
  close(parent_end_);
  EnterTrace(options_.first_tier == TraceTier::kListener ? &program_ : nullptr, child_end_);
  // Our end of the socket is closed by executing the command: the parent may wait for that.
}

Result<void> TraceThread::BeginInParent() {
  Close(child_end_);
  auto received = ReceiveListener(parent_end_);
  if (!received.ok()) {
    Close(parent_end_);
    WriteNotTraced(files_, session_folder_, received.error().message);
    return received.error();
  }
  if (received->listener != nullptr) {
    Close(parent_end_);
    return BeginListening(std::move(received->listener));
  }
  const TraceTier tier = TierWithout(received->refused_with);
  if (tier != TraceTier::kMaps) {
    auto begun =
        BeginPtrace(received->process, tier == TraceTier::kPtrace ? PtraceTracer::Stops::kFiltered
                                                                  : PtraceTracer::Stops::kAll);
    if (process_ != nullptr) {
      Close(parent_end_);
      return begun;
    }
    LogWarning("only the files that the command maps are recorded: " + begun.error().message);
  }
  auto begun = BeginWatching();
  TraceOrders(parent_end_).Go();
  return begun;
}

TraceTier TraceThread::TierWithout(int refused_with) const {
  if (options_.first_tier != TraceTier::kListener) return options_.first_tier;
  // Calls that a listener takes never come to a tracer's filter.
  return refused_with == EBUSY ? TraceTier::kPtraceAll : TraceTier::kPtrace;
}

Result<void> TraceThread::BeginListening(std::unique_ptr<Listener> listener) {
  listener_fd_ = listener->fd();
  is_needed_ = true;
  if (auto heir = TracerHeir::Start(listener_fd_, in_hand_); heir.ok()) {
    heir_ = *std::move(heir);
  } else {
    LogWarning(heir.error().message);  // All goes well as long as nobody kills us.
  }
  auto observer = Observer::Create(files_, session_folder_, kTracerSeccomp, options_.in_sandbox);
  Result<void> made;
  if (!observer.ok()) made = observer.error();
  tracer_ = std::make_unique<Tracer>(std::move(listener),
                                     observer.ok() ? *std::move(observer) : nullptr, &in_hand_);
  thread_ = std::thread([this] {
    tracer_->Run(stop_event_);
    tracer_->StopObserving();
    Raise(stopped_event_);
    tracer_->Run();
    is_needed_ = false;
  });
  return made;
}

// Without a process afterwards the child is not traced, and still waits.
Result<void> TraceThread::BeginPtrace(pid_t process, PtraceTracer::Stops stops) {
  REPRISE_ASSIGN_OR_RETURN(process_,
                           TracerProcess::Start(files_, {.session_folder = session_folder_,
                                                         .process = process,
                                                         .orders = parent_end_,
                                                         .stops = stops,
                                                         .in_sandbox = options_.in_sandbox}));
  if (process_->observer_error().empty()) return {};
  return Error{ErrorCode::kIoError, process_->observer_error()};
}

Result<void> TraceThread::BeginWatching() {
  REPRISE_ASSIGN_OR_RETURN(
      auto observer, Observer::Create(files_, session_folder_, kTracerMaps, options_.in_sandbox));
  watch_ = std::make_unique<MapWatch>(std::move(observer), getpid(), parent_end_);
  return {};
}

void TraceThread::StopObserving() {
  watch_.reset();
  if (process_ != nullptr) process_->StopObserving();
  if (!thread_.joinable() || stop_event_ < 0) return;
  Raise(stop_event_);
  Await(stopped_event_);
  // Kept readable: whoever asks again does not wait.
  Raise(stopped_event_);
}

}  // namespace reprise::tracker
