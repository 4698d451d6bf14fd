#include "tracker/sandbox/enter.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace reprise::tracker {
namespace {

// Between A and the others, over one pair of sockets.
struct Message {
  enum class Kind {
    kFailed,  // To A: the command was not started; `number` is an errno.
    kReady,   // To A: from now on the command's process is the caller's.
    kEnded,   // To A: `number` is the wait status of the command.
    kSignal,  // To B: for the command; `number` is the signal.
    kBegin,   // To B: the command has been sent what came before it was there.
  };
  Kind kind = Kind::kFailed;
  int number = 0;
  const char* step = "";  // Means the same in every process that was forked from one.
};

bool Send(int socket, const Message& message) {
  return send(socket, &message, sizeof message, MSG_NOSIGNAL) == sizeof message;
}

// False when the other end is gone.
bool Receive(int socket, Message* message) {
  ssize_t count;
  do {
    count = recv(socket, message, sizeof *message, 0);
  } while (count < 0 && errno == EINTR);
  return count == sizeof *message;
}

// Blocks all signals, and takes children's ends into hand; Restore() undoes both.
struct SavedSignals {
  sigset_t mask{};
  struct sigaction child {};

  void Take() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;  // SIG_IGN, which a caller may have left us, reaps by itself.
    sigaction(SIGCHLD, &standard, &child);
  }
  void Restore() const {
    sigaction(SIGCHLD, &child, nullptr);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
  }
};

int SignalFd(bool only_children) {
  sigset_t set;
  sigfillset(&set);
  if (only_children) {
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
  }
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// What we hold of the caller's is the command's alone: a pipe has to end when the command closes
// it, and a lock to be free.
template <size_t kCount>
void CloseAllBut(std::array<int, kCount> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > next) close_range(next, number - 1, 0);
    next = number + 1;
  }
  close_range(next, ~0U, 0);
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, __WALL) < 0 && errno == EINTR) {
  }
  return status;
}

// A -------------------------------------------------------------------------------------------

class Monitor {
 public:
  Monitor(int socket, int signals, pid_t init) : socket_(socket), signals_(signals), init_(init) {}

  [[noreturn]] void Run() {
    CloseAllBut(std::array{socket_, signals_});
    // Those that came before the command was there were for it, whoever sent them.  It blocks all
    // until it begins, so that one that reached it as well is still one.
    PassOnSignals(true);
    Send(socket_, {Message::Kind::kBegin});
    for (;;) {
      std::array<pollfd, 2> fds = {pollfd{socket_, POLLIN, 0}, pollfd{signals_, POLLIN, 0}};
      if (poll(fds.data(), fds.size(), -1) < 0) continue;
      if (fds[0].revents != 0) {
        Message message;
        const bool ended = Receive(socket_, &message) && message.kind == Message::Kind::kEnded;
        const int status_of_init = WaitFor(init_);  // Returns when all inside have ended.
        EndLike(ended ? message.number : status_of_init);
      }
      if (fds[1].revents != 0) PassOnSignals(false);
    }
  }

 private:
  void PassOnSignals(bool all) {
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) == sizeof info) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGCHLD) continue;
      if (all || info.ssi_code <= 0) {  // Not the kernel's: those of a terminal went to all.
        Send(socket_, {Message::Kind::kSignal, number});
      }
      if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU) StopBy(number);
    }
  }

  // In its own name, so that the kernel's rules for groups without a shell hold.
  static void StopBy(int number) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    struct sigaction standard {};
    struct sigaction before {};
    standard.sa_handler = SIG_DFL;
    sigaction(number, &standard, &before);
    kill(getpid(), number);
    sigprocmask(SIG_UNBLOCK, &one, nullptr);  // Here we stop.
    sigprocmask(SIG_BLOCK, &one, nullptr);
    sigaction(number, &before, nullptr);
  }

  [[noreturn]] static void EndLike(int status) {
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);  // The command has dumped its own.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(number, &standard, nullptr);
    kill(getpid(), number);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, nullptr);
    _exit(128 + number);
  }

  int socket_;
  int signals_;
  pid_t init_;
};

// B -------------------------------------------------------------------------------------------

[[noreturn]] void Fail(int socket, const StepFailure& failure) {
  Send(socket, {Message::Kind::kFailed, failure.error_number, failure.step});
  _exit(1);
}

// The address of this host itself works as it does everywhere; there is no other.
void BringUpLoopback() {
  const ScopedFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (any) ioctl(any.get(), SIOCSIFFLAGS, &request);  // Without it: a kernel without IP.
}

StepFailure SetUp(const SandboxPlan& plan) {
  if (const auto failed = BecomeSandboxUser(plan.identity)) return failed;
  if (!plan.host_name.empty() && sethostname(plan.host_name.data(), plan.host_name.size()) != 0) {
    return {errno, "take the recorded host name"};
  }
  BringUpLoopback();
  if (const auto failed = MakeMountsPrivate()) return failed;
  umask(0);
  return MountAll(plan.mounts);
}

// Reaps until the command has ended, which begins when the other end of `gate` is closed.
[[noreturn]] void BeInit(int socket, int signals, int gate, pid_t command) {
  CloseAllBut(std::array{socket, signals, gate});
  // No process inside may look into this one.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  for (;;) {
    std::array<pollfd, 2> fds = {pollfd{socket, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) {
      Message message;
      if (!Receive(socket, &message)) _exit(1);  // A is dead: let the kernel end all.
      if (message.kind == Message::Kind::kSignal) kill(command, message.number);
      if (message.kind == Message::Kind::kBegin) close(gate);
    }
    signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
    }
    int status = 0;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
      if (ended != command) continue;
      Send(socket, {Message::Kind::kEnded, status});
      _exit(0);
    }
  }
}

// C: returns, or ends.
void BecomeCommand(const SandboxPlan& plan, int socket, int signals, int gate) {
  if (const auto failed = GiveUpPrivileges()) Fail(socket, failed);
  umask(static_cast<mode_t>(plan.umask));
  close(signals);
  Send(socket, {Message::Kind::kReady});
  close(socket);
  char byte;
  while (read(gate, &byte, 1) < 0 && errno == EINTR) {
  }
  close(gate);
}

// B, until it is C.
void BeginInside(const SandboxPlan& plan, int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Should A have died before, its socket tells.
  if (const auto failed = SetUp(plan)) Fail(socket, failed);
  const int signals = SignalFd(true);
  int gate[2];
  if (signals < 0 || pipe2(gate, O_CLOEXEC) != 0) Fail(socket, {errno, "watch its processes"});
  const pid_t command = _Fork();
  if (command < 0) Fail(socket, {errno, "start a process"});
  if (command > 0) BeInit(socket, signals, gate[1], command);
  close(gate[1]);
  BecomeCommand(plan, socket, signals, gate[0]);
}

}  // namespace

StepFailure EnterSandbox(const SandboxPlan& plan) {
  SavedSignals saved;
  saved.Take();
  constexpr const char* kStep = "make its namespaces";
  int sockets[2] = {-1, -1};
  const int signals = SignalFd(false);
  if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    const int error_number = errno;
    if (signals >= 0) close(signals);
    saved.Restore();
    return {error_number, kStep};
  }
  const pid_t init = ForkIntoNamespaces(kSandboxNamespaces, plan.identity);
  if (init == 0) {
    close(sockets[0]);
    close(signals);
    BeginInside(plan, sockets[1]);
    saved.Restore();
    return {};
  }
  close(sockets[1]);
  StepFailure failure{-init, kStep};
  if (init > 0) {
    Message message;
    if (Receive(sockets[0], &message) && message.kind == Message::Kind::kReady) {
      Monitor(sockets[0], signals, init).Run();
    }
    WaitFor(init);
    // A process that was killed has said nothing.
    failure = {message.number != 0 ? message.number : ECHILD, message.step};
  }
  close(sockets[0]);
  close(signals);
  saved.Restore();
  return failure;
}

}  // namespace reprise::tracker
