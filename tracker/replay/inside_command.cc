// Everything that the child needs is made before fork(); between Enter() and execve() it makes
// system calls only.  What fails there comes back through a pipe that execve() closes.

#include "tracker/replay/inside_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "lineage/capture/program.h"
#include "tracker/recorder/command_signals.h"
#include "tracker/sandbox/namespaces.h"

namespace reprise::tracker {
namespace {

constexpr const char* kScriptShell = "/bin/sh";

enum class Step { kEnter, kWorkingDirectory, kProcessor, kAddresses, kExecute };

struct Failure {
  Step step = Step::kEnter;
  int error_number = 0;
  const char* what = "";  // Of kEnter; means the same in both processes, as one was forked.
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Where execvp(3) would look.
std::vector<std::string> PlacesOf(const InsideCommand& command) {
  const std::string& name = command.arguments.front();
  if (name.find('/') != std::string::npos) return {name};
  std::string path = "/bin:/usr/bin";
  for (const std::string& variable : command.environment) {
    if (variable.starts_with("PATH=")) path = variable.substr(5);
  }
  std::vector<std::string> places;
  for (const std::string& folder : capture::Split(path, ':')) {
    places.push_back(folder.empty() ? name : JoinPath(folder, name));
  }
  return places;
}

// While one lives, our terminal may be another process group's; afterwards it is ours again.
class LentTerminal {
 public:
  explicit LentTerminal(bool lends) {
    lends_ = lends && isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
             tcgetattr(STDIN_FILENO, &settings_) == 0;
  }
  ~LentTerminal() {
    if (!lends_) return;
    // Who is not in the foreground is stopped for asking, unless it does not listen.
    struct sigaction ignored {};
    struct sigaction before {};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGTTOU, &ignored, &before);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_);
    sigaction(SIGTTOU, &before, nullptr);
  }
  LentTerminal(const LentTerminal&) = delete;
  LentTerminal& operator=(const LentTerminal&) = delete;

  bool lends() const { return lends_; }

  // In the command's process.
  static void Take() {
    sigset_t one;
    sigset_t before;
    sigemptyset(&one);
    sigaddset(&one, SIGTTOU);
    sigprocmask(SIG_BLOCK, &one, &before);
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    sigprocmask(SIG_SETMASK, &before, nullptr);
  }

 private:
  bool lends_ = false;
  termios settings_{};
};

class InsideProcess {
 public:
  InsideProcess(FileSystem& files, const Sandbox& sandbox, const InsideCommand& command)
      : files_(files),
        sandbox_(sandbox),
        command_(command),
        places_(PlacesOf(command)),
        arguments_(Pointers(command.arguments)),
        environment_(Pointers(command.environment)),
        script_arguments_(arguments_),
        terminal_(command.takes_terminal) {}

  Result<int> Run() {
    script_arguments_.insert(script_arguments_.begin(), const_cast<char*>(kScriptShell));
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0) return SystemError("start a process");
    ScopedFd reading(failure[0]);
    std::optional<ScopedFd> writing(failure[1]);
    const pid_t monitor = fork();
    if (monitor == 0) Execute(failure[1]);
    if (monitor < 0) return SystemError("start a process");
    writing.reset();
    bool is_stopped = false;
    const int status = WaitFor(monitor, &is_stopped);
    Failure failed;
    if (read(reading.get(), &failed, sizeof failed) == sizeof failed) return Explain(failed);
    if (is_stopped) {
      return Error{ErrorCode::kInterrupted, "the command in the sandbox was interrupted"};
    }
    return status;
  }

 private:
  static Error SystemError(const std::string& what) {
    return {ErrorCode::kIoError, "cannot " + what + ": " + std::strerror(errno)};
  }

  // Until the monitor has ended, which then has everything inside.
  int WaitFor(pid_t monitor, bool* is_stopped) const {
    // By its number: the header of glibc 2.36 cannot be used from C++.
    const ScopedFd ended(static_cast<int>(syscall(SYS_pidfd_open, monitor, 0)));
    const CommandSignals signals;
    std::array<pollfd, 2> fds = {pollfd{ended.get(), POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    int status = 0;
    while (waitpid(monitor, &status, ended ? WNOHANG : 0) != monitor) {
      if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
      while (const auto signal = signals.Next()) {
        if (command_.stops_with_us) {
          *is_stopped = true;
          kill(monitor, SIGKILL);
        } else if (!signal->from_terminal || terminal_.lends()) {
          kill(monitor, signal->number);
        }
      }
    }
    return status;
  }

  Error Explain(const Failure& failed) const {
    const std::string reason = std::strerror(failed.error_number);
    switch (failed.step) {
      case Step::kEnter:
        return Sandbox::EnterError(files_, failed.error_number, failed.what);
      case Step::kWorkingDirectory:
        return {ErrorCode::kNotFound, "cannot work in '" + Printable(command_.working_directory) +
                                          "' of the sandbox: " + reason};
      case Step::kProcessor:
        return {ErrorCode::kUnsupported, "cannot be held to one processor: " + reason};
      case Step::kAddresses:
        return {ErrorCode::kUnsupported,
                "the layout of memory cannot be fixed here, by personality(2): " + reason};
      case Step::kExecute:
        break;
    }
    return {ErrorCode::kNotFound, "cannot execute '" + Printable(command_.arguments.front()) +
                                      "' in the sandbox, which holds what the run used and no "
                                      "more: " +
                                      reason};
  }

  [[noreturn]] void Execute(int failure_fd) {
    Redirect(command_.standard_input, STDIN_FILENO);
    Redirect(command_.standard_output, STDOUT_FILENO);
    Redirect(command_.standard_error, STDERR_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    std::signal(SIGXFSZ, SIG_DFL);
    Failure failed;
    failed.error_number = sandbox_.Enter(&failed.what);
    if (failed.error_number == 0) {
      failed.step = EnterCommand();
      failed.error_number = errno;
    }
    (void)!write(failure_fd, &failed, sizeof failed);
    _exit(127);
  }

  static void Redirect(int from, int to) {
    if (from >= 0) dup2(from, to);
  }

  // Returns what failed; errno says why.
  Step EnterCommand() {
    if (terminal_.lends()) LentTerminal::Take();
    if (command_.one_processor && !KeepOneProcessor()) return Step::kProcessor;
    if (command_.fixed_addresses) {
      const int now = personality(0xffffffff);
      if (now < 0 || personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) < 0) {
        return Step::kAddresses;
      }
    }
    if (chdir(command_.working_directory.c_str()) != 0) return Step::kWorkingDirectory;
    int error_number = ENOENT;
    for (const std::string& place : places_) {
      execve(place.c_str(), arguments_.data(), environment_.data());
      if (errno == ENOEXEC) {  // A script that names no interpreter, as execvp(3) has it.
        script_arguments_[1] = const_cast<char*>(place.c_str());
        execve(kScriptShell, script_arguments_.data(), environment_.data());
      }
      if (errno != ENOENT && errno != ENOTDIR) error_number = errno;
      if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
    }
    errno = error_number;
    return Step::kExecute;
  }

  static bool KeepOneProcessor() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return false;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
      if (!CPU_ISSET(processor, &set)) continue;
      CPU_ZERO(&set);
      CPU_SET(processor, &set);
      break;
    }
    return sched_setaffinity(0, sizeof set, &set) == 0;
  }

  FileSystem& files_;
  const Sandbox& sandbox_;
  const InsideCommand& command_;
  const std::vector<std::string> places_;
  const std::vector<char*> arguments_;
  const std::vector<char*> environment_;
  std::vector<char*> script_arguments_;
  const LentTerminal terminal_;
};

}  // namespace

Result<int> RunInside(FileSystem& files, const Sandbox& sandbox, const InsideCommand& command) {
  return InsideProcess(files, sandbox, command).Run();
}

int ShellStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace reprise::tracker
