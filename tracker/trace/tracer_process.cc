#include "tracker/trace/tracer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "tracker/trace/access.h"
#include "tracker/trace/trace_orders.h"

namespace reprise::tracker {
namespace {

constexpr int kStopSignal = SIGUSR1;
// It is lost when it comes right before the tracer begins to wait.
constexpr int kStopAgainMs = 5;

volatile std::sig_atomic_t stop_asked = 0;

// What the tracer says when it has begun, or has not.  When it has stopped observing it sends a
// byte.
struct Report {
  int attach_error = 0;  // errno; 0: it traces.
  PtraceTracer::Stops stops = PtraceTracer::Stops::kFiltered;
  std::array<char, 256> observer_error{};  // Text; empty: it observes.
};

// The tracer's own process.
class Process {
 public:
  Process(FileSystem& files, const TracerProcessRequest& request, int control, pid_t parent)
      : files_(files),
        request_(request),
        control_(control),
        parent_(parent),
        orders_(request.orders),
        tracer_(request.stops) {}

  [[noreturn]] void Run() {
    MaskSignals();
    CloseOthers();
    Report report;
    report.attach_error = Begin(report);
    (void)!send(control_, &report, sizeof report, MSG_NOSIGNAL);
    if (report.attach_error != 0) _exit(1);
    orders_.Go();
    close(request_.orders);
    while (tracer_.TakeOne(true) != PtraceTracer::Taken::kNoneLeft) {
      if (stop_asked != 0) Stop();
    }
    Stop();
    _exit(0);
  }

 private:
  // The terminal's signals are the command's, as all are in one process group.
  void MaskSignals() const {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_asked = 1; };
    sigaction(kStopSignal, &action, nullptr);
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int signal : {kStopSignal, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
      sigdelset(&blocked, signal);
    }
    sigprocmask(SIG_SETMASK, &blocked, nullptr);
    prctl(PR_SET_NAME, "reprise-tracer", 0, 0, 0);
    // Nobody wants to know any more.
    prctl(PR_SET_PDEATHSIG, kStopSignal, 0, 0, 0);
    if (getppid() != parent_) stop_asked = 1;
  }

  // The command's streams, locks and sockets must end without us; warnings go to stderr.
  void CloseOthers() const {
    Silence({STDIN_FILENO, STDOUT_FILENO});
    const unsigned first = static_cast<unsigned>(std::min(control_, request_.orders));
    const unsigned second = static_cast<unsigned>(std::max(control_, request_.orders));
    if (first > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, first - 1, 0);
    if (second > first + 1) close_range(first + 1, second - 1, 0);
    close_range(second + 1, ~0U, 0);
  }

  static void Silence(std::initializer_list<int> streams) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    for (const int stream : streams) dup2(null, stream);
    if (null > STDERR_FILENO) close(null);
  }

  // The errno why the process is not traced.
  int Begin(Report& report) {
    if (!orders_.AdmitTracer(getpid())) return ESRCH;
    if (const int failed = tracer_.Attach(request_.process); failed != 0) return failed;
    // Without a filter nothing else would stop it.
    if (tracer_.stops() == PtraceTracer::Stops::kAll ||
        (tracer_.stops() == PtraceTracer::Stops::kFiltered && !InstallFilter())) {
      tracer_.StopAtAll(request_.process);
    }
    report.stops = tracer_.stops();
    auto observer = Observer::Create(
        files_, request_.session_folder,
        report.stops == PtraceTracer::Stops::kAll ? kTracerPtraceAll : kTracerPtrace,
        request_.in_sandbox);
    if (observer.ok()) {
      tracer_.Observe(*std::move(observer));
    } else {
      const std::string& text = observer.error().message;
      text.copy(report.observer_error.data(), report.observer_error.size() - 1);
    }
    return 0;
  }

  bool InstallFilter() {
    const auto program = BuildFilter(FilterKind::kPtrace);
    if (!program.ok()) return false;
    return orders_.InstallFilter(*program, [&] {
      while (tracer_.TakeOne(false) == PtraceTracer::Taken::kOne) {
      }
    }) == 0;
  }

  void Stop() {
    if (!is_observing_) return;
    is_observing_ = false;
    if (Observer* const observer = tracer_.observer(); observer != nullptr) {
      if (getppid() != parent_) {
        observer->NoteFailure("the process that kept the run was killed");
      } else {
        observer->NoteEnd();
      }
    }
    tracer_.Observe(nullptr);
    Silence({STDERR_FILENO});
    const char done = 1;
    (void)!send(control_, &done, 1, MSG_NOSIGNAL);
    close(control_);
    // The kernel lets all go that we trace.  With a filter they need us.
    if (tracer_.stops() == PtraceTracer::Stops::kAll) _exit(0);
  }

  FileSystem& files_;
  const TracerProcessRequest& request_;
  const int control_;
  const pid_t parent_;
  const TraceOrders orders_;
  PtraceTracer tracer_;
  bool is_observing_ = true;
};

template <typename Message>
bool Receive(int socket, Message& message) {
  ssize_t count;
  do {
    count = recv(socket, &message, sizeof message, 0);
  } while (count < 0 && errno == EINTR);
  return count == sizeof message;
}

}  // namespace

Result<std::unique_ptr<TracerProcess>> TracerProcess::Start(FileSystem& files,
                                                            const TracerProcessRequest& request) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{ErrorCode::kIoError,
                 std::string("cannot start a tracer: ") + std::strerror(errno)};
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    Process(files, request, ends[1], parent).Run();
  }
  const int fork_error = errno;
  close(ends[1]);
  std::unique_ptr<TracerProcess> process(
      new TracerProcess(files, request.session_folder, pid, ends[0]));
  Report report;
  if (pid < 0) {
    process->is_observing_ = false;
    return Error{ErrorCode::kIoError,
                 std::string("cannot start a tracer: ") + std::strerror(fork_error)};
  }
  if (!Receive(ends[0], report)) report.attach_error = ESRCH;
  if (report.attach_error != 0) {
    process->is_observing_ = false;
    return Error{ErrorCode::kUnsupported,
                 std::string("this system forbids to trace with ptrace: ") +
                     std::strerror(report.attach_error)};
  }
  process->observer_error_ = report.observer_error.data();
  return process;
}

TracerProcess::~TracerProcess() {
  StopObserving();
  close(control_);
  while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void TracerProcess::StopObserving() {
  if (!std::exchange(is_observing_, false)) return;
  pollfd stopped{control_, POLLIN, 0};
  // First look: one that is gone has a number that may be another's by now.
  while (poll(&stopped, 1, 0) == 0) {
    kill(pid_, kStopSignal);
    poll(&stopped, 1, kStopAgainMs);
  }
  char done = 0;
  if (Receive(control_, done)) return;
  WriteTraceEnded(files_, session_folder_, "the tracer was killed");
}

}  // namespace reprise::tracker
