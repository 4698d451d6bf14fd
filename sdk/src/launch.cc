// Two clones, each of which shares our memory until it executes or exits (as vfork does), so that a
// training process of a hundred gigabytes pays for no copy of its page tables.
//
//   this process -> intermediate (its own session, exits at once) -> `reprise recorder`
//
// The intermediate is made without an exit signal: the program gets no SIGCHLD for it, and a
// waitpid(-1) of another thread cannot reap it; only our __WCLONE does.  The recorder is an orphan
// from the start.  Between clone and exec only system calls are made, on memory prepared before,
// with all signals blocked, and without the sanitizers' instrumentation, which knows no second
// process in its memory.

#include "sdk/src/launch.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sdk/src/process.h"
#include "sdk/wire/messages.h"

extern char** environ;

namespace reprise::sdk {
namespace {

#if defined(__clang__)
#define REPRISE_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define REPRISE_NO_SANITIZE \
  __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif

constexpr int kReadyFd = 3;  // In the recorder.
constexpr std::size_t kStackBytes = std::size_t{64} << 10;
constexpr std::int64_t kReadyWaitMs = 5000;

struct Plan {
  const char* path;
  char* const* arguments;
  char* const* environment;
  int ready_fd;
  int null_fd;
  char* second_stack_top;
  int error;  // errno of what failed, set by the clones.
};

REPRISE_NO_SANITIZE void ResetSignals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    // By the raw call: the C library refuses its own signals.  The kernel's struct is no longer.
    char kernel_action[64] = {};
    syscall(SYS_rt_sigaction, signal, kernel_action, nullptr, 8);
  }
  const std::uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8);
}

REPRISE_NO_SANITIZE int BecomeRecorder(void* argument) {
  auto* plan = static_cast<Plan*>(argument);
  for (int fd = 0; fd < 3; ++fd) syscall(SYS_dup3, plan->null_fd, fd, 0);
  syscall(SYS_dup3, plan->ready_fd, kReadyFd, 0);
  if (syscall(SYS_close_range, kReadyFd + 1, ~0U, 0) != 0) {
    for (int fd = kReadyFd + 1; fd < 65536; ++fd) syscall(SYS_close, fd);  // Before Linux 5.9.
  }
  ResetSignals();
  syscall(SYS_execve, plan->path, plan->arguments, plan->environment);
  plan->error = errno;
  syscall(SYS_exit_group, 127);
  __builtin_unreachable();
}

REPRISE_NO_SANITIZE int BecomeIntermediate(void* argument) {
  auto* plan = static_cast<Plan*>(argument);
  syscall(SYS_setsid);
  if (clone(BecomeRecorder, plan->second_stack_top, CLONE_VM | CLONE_VFORK, plan) < 0) {
    plan->error = errno;
  }
  syscall(SYS_exit_group, 0);
  __builtin_unreachable();
}

// 0, or the errno why the recorder could not be executed.
int Spawn(Plan& plan) {
  void* stacks = mmap(nullptr, 2 * kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stacks == MAP_FAILED) return errno;
  char* first_stack_top = static_cast<char*>(stacks) + kStackBytes;
  plan.second_stack_top = first_stack_top + kStackBytes;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t intermediate =
      clone(BecomeIntermediate, first_stack_top, CLONE_VM | CLONE_VFORK, &plan);
  if (intermediate < 0) {
    plan.error = errno;
  } else {
    while (waitpid(intermediate, nullptr, __WCLONE) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stacks, 2 * kStackBytes);
  return plan.error;
}

bool IsExecutableFile(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && access(path.c_str(), X_OK) == 0;
}

// A descriptor above those that the recorder's standard streams and ready_fd will have.
int MoveUp(int fd) {
  if (fd < 0) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
  close(fd);
  return moved;
}

// Reads until a newline, the end, or the time is over.
std::string ReadLine(int fd) {
  const auto from = std::chrono::steady_clock::now();
  std::string line;
  for (;;) {
    const auto spent_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::steady_clock::now() - from)
                              .count();
    if (spent_ms >= kReadyWaitMs || line.size() > wire::kPathBytesMax) return {};
    pollfd waiting{fd, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(kReadyWaitMs - spent_ms));
    if (ready <= 0) continue;
    char buffer[4096];
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return line;
    line.append(buffer, static_cast<std::size_t>(got));
    if (line.find('\n') != std::string::npos) return line.substr(0, line.find('\n') + 1);
  }
}

std::string LibraryFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&FindRepriseCommand), &info) == 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(info.dli_fname, nullptr),
                                                         &std::free);
  if (real == nullptr) return {};
  const std::string path = real.get();
  return path.substr(0, path.rfind('/'));
}

}  // namespace

LaunchResult ParseReadyLine(const std::string& command, std::string line) {
  if (!line.ends_with('\n')) {
    return {{},
            "cannot track this run: the recorder that '" + command +
                " recorder' should be did not get ready; try that command by hand"};
  }
  line.pop_back();
  const std::string_view text = line;
  constexpr std::string_view kOk = wire::kReadyOk;
  constexpr std::string_view kError = wire::kReadyError;
  if (text.starts_with(kOk) && text.size() > kOk.size() && text[kOk.size()] == '/') {
    return {std::string(text.substr(kOk.size())), {}};
  }
  const bool refused = text.starts_with(kError);
  return {{},
          "cannot track this run: " +
              (refused ? line.substr(kError.size()) : "the recorder answered '" + line + "'")};
}

std::string FindRepriseCommand() {
  if (const char* named = std::getenv("REPRISE_BIN"); named != nullptr && *named != '\0') {
    return IsExecutableFile(named) ? named : std::string();
  }
  if (const std::string folder = LibraryFolder(); !folder.empty()) {
    // Debian's libraries lie one level deeper: lib/x86_64-linux-gnu.
    for (const char* relative : {"/../bin/reprise", "/../../bin/reprise"}) {
      if (IsExecutableFile(folder + relative)) return folder + relative;
    }
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    std::string candidate(folder.empty() ? "." : folder);
    candidate += "/reprise";
    if (IsExecutableFile(candidate)) return candidate;
  }
  return {};
}

LaunchResult StartRecorder(const RunOptions& options) {
  const std::string command = FindRepriseCommand();
  if (command.empty()) {
    return {{},
            "cannot track this run: the reprise command was not found; install it, put it on "
            "PATH or name it in REPRISE_BIN"};
  }
  const Process& process = Process::Current();
  std::vector<std::string> words = {"reprise",     "recorder",
                                    "--pid",       std::to_string(process.pid()),
                                    "--pid-start", std::to_string(process.start_ticks()),
                                    "--ready-fd",  std::to_string(kReadyFd)};
  if (!options.experiment.empty()) words.insert(words.end(), {"--experiment", options.experiment});
  if (!options.name.empty()) words.insert(words.end(), {"--name", options.name});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return {{},
            std::string("cannot track this run: no pipe to the recorder: ") + std::strerror(errno)};
  }
  Plan plan{};
  plan.path = command.c_str();
  plan.arguments = arguments.data();
  plan.environment = environ;
  plan.ready_fd = MoveUp(ends[1]);
  plan.null_fd = MoveUp(open("/dev/null", O_RDWR | O_CLOEXEC));
  const int error = plan.ready_fd < 0 || plan.null_fd < 0 ? EMFILE : Spawn(plan);
  if (plan.ready_fd >= 0) close(plan.ready_fd);
  if (plan.null_fd >= 0) close(plan.null_fd);
  LaunchResult result;
  if (error != 0) {
    result.error =
        "cannot track this run: starting '" + command + "' failed: " + std::strerror(error);
  } else {
    result = ParseReadyLine(command, ReadLine(ends[0]));
  }
  close(ends[0]);
  return result;
}

}  // namespace reprise::sdk
