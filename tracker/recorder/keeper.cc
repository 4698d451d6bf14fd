#include "tracker/recorder/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "storage/base/clock.h"
#include "storage/base/log.h"
#include "tracker/trace/access.h"
#include "tracker/trace/trace_thread.h"

namespace reprise::tracker {
namespace {

// After the command has ended, how long its descendants may keep silent before the record of the
// streams is closed, and how long they may go on talking.  What they say later still reaches the
// terminal.
constexpr int kDrainGraceMs = 100;
constexpr auto kDrainMax = std::chrono::seconds(2);

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// 0, or the errno why not all was written.
int WriteAll(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {  // Another program has made it non-blocking.
      pollfd writable{fd, POLLOUT, 0};
      poll(&writable, 1, -1);
      continue;
    }
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

// One of the command's output streams: a pipe that is copied to a terminal and into a file.
class Stream {
 public:
  Stream(FileSystem& files, const std::string& path, int terminal) : terminal_(terminal) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return;  // Then it is not open().
    read_end_ = ends[0];
    write_end_ = ends[1];
    auto file = files.Open(path, OpenMode::kCreate, 0600);
    if (file.ok()) file_ = *std::move(file);
  }

  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }
  bool open() const { return read_end_ >= 0; }

  void CloseWriteEnd() { close(std::exchange(write_end_, -1)); }
  void CloseReadEnd() {
    if (open()) close(std::exchange(read_end_, -1));
  }
  // From now on nothing is recorded, only copied.
  void CloseFile() { file_.reset(); }

  // Copies what is there.
  void Pump() {
    std::array<std::byte, 64 * 1024> buffer;
    const ssize_t count = read(read_end_, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) return CloseReadEnd();
    const ByteSpan bytes(buffer.data(), static_cast<std::size_t>(count));
    Record(bytes);
    if (terminal_ < 0) return;
    const int error = WriteAll(terminal_, bytes);
    if (error == 0) return;
    // Nobody reads us any more: the command learns it as it would without us, by SIGPIPE.
    if (error == EPIPE) return CloseReadEnd();
    // A full disk, or a terminal that is gone, does not end the command either.
    LogWarning(std::string("the output of the command is no longer shown: ") +
               std::strerror(error));
    terminal_ = -1;
  }

 private:
  void Record(ByteSpan bytes) {
    if (file_ == nullptr) return;
    if (const auto written = file_->WriteAt(size_, bytes); !written.ok()) {
      LogWarning("the output of the command is no longer recorded: " + written.error().message);
      file_.reset();
      return;
    }
    size_ += bytes.size();
  }

  int terminal_;
  int read_end_ = -1;
  int write_end_ = -1;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
};

void Send(int socket, const KeeperEvent& event) {
  (void)!send(socket, &event, sizeof event, MSG_NOSIGNAL);  // The recorder may be gone.
}

std::size_t CountThreads() {
  const auto threads = PosixFileSystem().List("/proc/self/task");
  return threads.ok() ? threads->size() : 0;
}

const std::size_t kThreadsBeforeMain = CountThreads();

bool HasOneThread() {
#ifdef __SANITIZE_THREAD__
  return true;  // ThreadSanitizer has a thread of its own, and waits for it around fork().
#else
  // One that was joined may be listed a moment longer.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    if (CountThreads() <= kThreadsBeforeMain) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
#endif
}

// The keeper's own process.
class KeeperProcess {
 public:
  KeeperProcess(FileSystem& files, KeeperRequest request, int socket)
      : files_(files),
        request_(std::move(request)),
        socket_(socket),
        out_(files, JoinPath(request_.session_folder, "stdout"),
             request_.stdout_to_stderr ? STDERR_FILENO : STDOUT_FILENO),
        err_(files, JoinPath(request_.session_folder, "stderr"), STDERR_FILENO) {}

  [[noreturn]] void Run() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    BlockSignals();
    PrepareTrace();
    if (!WaitForGo()) _exit(1);
    if (signal_fd_ < 0 || !out_.open() || !err_.open()) FailToStart(EMFILE);
    if (auto reserved = ReserveExitReport(files_, request_.session_folder); !reserved.ok()) {
      LogWarning(reserved.error().message);
    }
    if (!StartCommand()) _exit(1);
    while (!ended_) PollOnce(-1);
    DrainStreams();
    if (trace_ != nullptr) trace_->StopObserving();
    out_.CloseFile();
    err_.CloseFile();
    if (auto written = WriteExitReport(files_, request_.session_folder, report_); !written.ok()) {
      LogWarning(written.error().message);
    }
    Finish();
  }

 private:
  void BlockSignals() {
    sigfillset(&signals_);
    for (const int fatal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTTIN, SIGTTOU, SIGTSTP}) {
      sigdelset(&signals_, fatal);
    }
    sigprocmask(SIG_BLOCK, &signals_, &original_signals_);
    std::signal(SIGPIPE, SIG_IGN);
    signal_fd_ = signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  // While the recorder captures what was there before.
  void PrepareTrace() {
    if (!request_.traced) return;
    auto prepared = TraceThread::Prepare(files_, request_.session_folder,
                                         {.in_sandbox = request_.sandbox != nullptr});
    if (prepared.ok()) {
      trace_ = *std::move(prepared);
    } else {
      WriteNotTraced(files_, request_.session_folder, prepared.error().message);
    }
  }

  bool WaitForGo() {
    char go = 0;
    ssize_t count;
    do {
      count = recv(socket_, &go, 1, 0);
    } while (count < 0 && errno == EINTR);
    return count == 1;  // Else the recorder gave up or died before anything began.
  }

  [[noreturn]] void FailToStart(int error_number) {
    KeeperEvent event;
    event.kind = KeeperEvent::Kind::kFailedToStart;
    event.error_number = error_number;
    Send(socket_, event);
    _exit(1);
  }

  bool StartCommand() {
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0) FailToStart(errno);
    command_ = fork();
    if (command_ == 0) ExecCommand(failure[1]);
    const int fork_error = errno;
    close(failure[1]);
    out_.CloseWriteEnd();
    err_.CloseWriteEnd();
    if (command_ > 0) BeginTrace();
    int error_number = command_ < 0 ? fork_error : 0;
    if (command_ > 0 && read(failure[0], &error_number, sizeof error_number) > 0) {
      waitpid(command_, nullptr, 0);
    }
    close(failure[0]);
    KeeperEvent event;
    event.kind =
        error_number == 0 ? KeeperEvent::Kind::kStarted : KeeperEvent::Kind::kFailedToStart;
    event.command = command_;
    event.error_number = error_number;
    Send(socket_, event);
    return error_number == 0;
  }

  // From here the calls of the command's process are answered.
  void BeginTrace() {
    if (trace_ == nullptr) return;
    const auto begun = trace_->BeginInParent();
    if (begun.ok()) return;
    LogWarning("the files that the command uses are not recorded: " + begun.error().message);
    if (!trace_->IsNeeded()) trace_.reset();
  }

  [[noreturn]] void ExecCommand(int failure_fd) {
    sigprocmask(SIG_SETMASK, &original_signals_, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    std::signal(SIGXFSZ, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGQUIT, SIG_DFL);
    if (request_.stdin_is_null) {
      const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (null >= 0) dup2(null, STDIN_FILENO);
    }
    dup2(out_.write_end(), STDOUT_FILENO);
    dup2(err_.write_end(), STDERR_FILENO);
    // From here: the recorder sees our end of the socket as closed only when we have executed,
    // so it never takes a command for not started because the keeper died before saying so.
    KeeperEvent event;
    event.kind = KeeperEvent::Kind::kStarting;
    event.command = getpid();  // In a sandbox that of the monitor, which we see from outside.
    Send(socket_, event);
    if (EnterSandbox() && chdir(request_.working_directory.c_str()) == 0) {
      const std::vector<char*> arguments = Pointers(request_.arguments);
      const std::vector<char*> variables = Pointers(request_.environment);
      // execvpe searches the PATH of this process, which is the one that the command gets.
      for (const std::string& variable : request_.environment) {
        if (variable.starts_with("PATH=")) setenv("PATH", variable.c_str() + 5, 1);
      }
      if (trace_ != nullptr) trace_->EnterInChild();
      execvpe(arguments[0], arguments.data(), variables.data());
    }
    const int error_number = errno;
    (void)!write(failure_fd, &error_number, sizeof error_number);
    _exit(127);
  }

  // Errno says what failed.
  bool EnterSandbox() {
    if (request_.sandbox == nullptr) return true;
    const char* step = "";
    const int error_number = request_.sandbox->Enter(&step);
    if (error_number == 0) return true;
    // Written to a terminal, not logged: only what is safe between fork() and exec().
    for (const char* text : {"reprise: cannot ", step, " for the sandbox\n"}) {
      (void)!write(STDERR_FILENO, text, std::strlen(text));
    }
    errno = error_number;
    return false;
  }

  // Waits at most `timeout_ms` for anything to happen; false when nothing did.
  bool PollOnce(int timeout_ms) {
    std::array<pollfd, 3> fds = {pollfd{signal_fd_, POLLIN, 0}, pollfd{out_.read_end(), POLLIN, 0},
                                 pollfd{err_.read_end(), POLLIN, 0}};
    if (poll(fds.data(), fds.size(), timeout_ms) <= 0) return false;
    if (out_.open() && fds[1].revents != 0) out_.Pump();
    if (err_.open() && fds[2].revents != 0) err_.Pump();
    if (fds[0].revents != 0) HandleSignal();
    return true;
  }

  void HandleSignal() {
    signalfd_siginfo info;
    while (read(signal_fd_, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGCHLD) {
        Reap();
      } else if (info.ssi_code != SI_KERNEL && command_ > 0 && !ended_) {
        kill(command_, static_cast<int>(info.ssi_signo));  // Not the terminal's: it sent to all.
      }
    }
  }

  void Reap() {
    int status = 0;
    rusage usage{};
    for (;;) {
      const pid_t pid = wait4(-1, &status, WNOHANG, &usage);
      if (pid <= 0) return;
      if (pid != command_) continue;  // An orphan of the command.
      const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
      report_ = {.wait_status = status,
                 .ended_at_unix_ms = NowUnixMs(),
                 .user_ms = ms(usage.ru_utime),
                 .system_ms = ms(usage.ru_stime),
                 .rss_bytes_max = usage.ru_maxrss * 1024};
      ended_ = true;
    }
  }

  void DrainStreams() {
    const auto until = std::chrono::steady_clock::now() + kDrainMax;
    while ((out_.open() || err_.open()) && std::chrono::steady_clock::now() < until &&
           PollOnce(kDrainGraceMs)) {
    }
  }

  [[noreturn]] void Finish() {
    // The session's lock was copied by fork(); the recorder must be able to give it up from now on.
    std::vector<int> kept = {out_.read_end(), err_.read_end(), socket_};
    if (trace_ != nullptr) std::ranges::copy(trace_->fds(), std::back_inserter(kept));
    CloseAllBut(std::move(kept));
    KeeperEvent event;
    event.kind = KeeperEvent::Kind::kEnded;
    event.report = report_;
    if (send(socket_, &event, sizeof event, MSG_NOSIGNAL) != sizeof event) StartSuccessor();
    close(socket_);
    std::signal(SIGCHLD, SIG_IGN);        // Orphans of the command leave without being asked for.
    while (out_.open() || err_.open()) {  // Daemons of the command may go on talking.
      std::array<pollfd, 2> fds = {pollfd{out_.read_end(), POLLIN, 0},
                                   pollfd{err_.read_end(), POLLIN, 0}};
      if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
      if (fds[0].revents != 0) out_.Pump();
      if (fds[1].revents != 0) err_.Pump();
    }
    trace_.reset();  // Which waits for the last of those that are traced.
    _exit(0);
  }

  static void CloseAllBut(std::vector<int> kept) {
    std::ranges::sort(kept);
    unsigned next = 3;
    for (const int fd : kept) {
      if (fd < 3) continue;
      if (static_cast<unsigned>(fd) > next) close_range(next, static_cast<unsigned>(fd) - 1, 0);
      next = static_cast<unsigned>(fd) + 1;
    }
    close_range(next, ~0U, 0);
  }

  // Where that fails the next process that opens the store recovers the run.
  void StartSuccessor() {
    if (request_.successor.empty()) return;
    const std::vector<char*> arguments = Pointers(request_.successor);
    // We stay: the daemons of the command may go on talking, and be traced.
    if (fork() != 0) return;
    close(socket_);
    sigprocmask(SIG_SETMASK, &original_signals_, nullptr);
    execv("/proc/self/exe", arguments.data());
    _exit(1);
  }

  FileSystem& files_;
  KeeperRequest request_;
  int socket_;
  std::unique_ptr<TraceThread> trace_;
  Stream out_;
  Stream err_;
  sigset_t signals_{};
  sigset_t original_signals_{};
  int signal_fd_ = -1;
  pid_t command_ = 0;
  bool ended_ = false;
  ExitReport report_{};
};

}  // namespace

Result<std::unique_ptr<Keeper>> Keeper::Start(FileSystem& files, KeeperRequest request) {
  REPRISE_ASSERT(HasOneThread());
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Error{ErrorCode::kIoError,
                 std::string("cannot start the keeper process: ") + std::strerror(errno)};
  }
  const pid_t pid = fork();
  if (pid == 0) {
    close(sockets[0]);
    KeeperProcess(files, std::move(request), sockets[1]).Run();
  }
  const int fork_error = errno;
  close(sockets[1]);
  if (pid < 0) {
    close(sockets[0]);
    return Error{ErrorCode::kIoError,
                 std::string("cannot start the keeper process: ") + std::strerror(fork_error)};
  }
  return std::unique_ptr<Keeper>(new Keeper(pid, sockets[0]));
}

Keeper::~Keeper() {
  if (socket_ < 0) return;
  close(socket_);
  waitpid(pid_, nullptr, WNOHANG);  // It may live on to copy the output of daemons.
}

void Keeper::Cancel() {
  close(socket_);
  socket_ = -1;
  waitpid(pid_, nullptr, 0);
}

void Keeper::Go() {
  const char go = 1;
  (void)!send(socket_, &go, 1, MSG_NOSIGNAL);
}

KeeperEvent Keeper::Next() {
  KeeperEvent event;
  ssize_t count;
  do {
    count = recv(socket_, &event, sizeof event, 0);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof event) return KeeperEvent{};
  return event;
}

void Keeper::Signal(int signal_number) const { kill(pid_, signal_number); }

}  // namespace reprise::tracker
