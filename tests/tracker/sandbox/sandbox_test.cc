// What a command in a sandbox is and sees, and what whoever waits for it sees of it.

#include "tracker/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <set>

#include "tests/tracker/sandbox/sandbox_testing.h"

namespace reprise::tracker {
namespace {

using testing::PutAt;
using testing::Running;
using testing::RunText;
using testing::SandboxTest;
using testing::TextAt;
using testing::WriteText;

std::string Names(const std::string& folder) {
  std::set<std::string> names;
  DIR* stream = opendir(folder.c_str());
  if (stream == nullptr) return std::strerror(errno);
  while (const dirent* entry = readdir(stream)) names.insert(entry->d_name);
  closedir(stream);
  std::string text;
  for (const std::string& name : names) {
    if (name != "." && name != "..") text += name + " ";
  }
  return text;
}

[[noreturn]] void Execute(std::vector<std::string> arguments, int output) {
  dup2(output, STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(126);
}

TEST_F(SandboxTest, TheCommandSeesTheBaseAndNothingElseOfTheHost) {
  Put(Base("/data/a"), "one");
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  EXPECT_EQ(RunText(*sandbox, [] { return Names("/") + "| " + TextAt("/data/a"); }),
            "data dev proc sys tmp | one");
}

TEST_F(SandboxTest, AStaticProgramRunsInARootWithNothingElse) {
  ASSERT_TRUE(PosixFileSystem().CopyFile(SANDBOX_INSIDE, Base("/inside"), 0755).ok());
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int pipe) -> std::string { Execute({"/inside", "true"}, pipe); });
  EXPECT_EQ(running.Wait(), 0);
}

TEST_F(SandboxTest, AProgramHasNoCapabilitiesEvenAsUserZero) {
  ASSERT_TRUE(PosixFileSystem().CopyFile(SANDBOX_INSIDE, Base("/inside"), 04755).ok());
  ASSERT_EQ(chmod(Base("/inside").c_str(), 04755), 0);
  spec_.user_id = 0;
  spec_.group_id = 0;
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int pipe) -> std::string {
    Execute({"/inside", "capabilities"}, pipe);
  });
  const std::string none = "0000000000000000\n";
  EXPECT_EQ(running.Text(), "CapInh:\t" + none + "CapPrm:\t" + none + "CapEff:\t" + none +
                                "CapBnd:\t" + none + "CapAmb:\t" + none);
  EXPECT_EQ(running.Wait(), 0);
}

TEST_F(SandboxTest, UserGroupHostNameUmaskAndFolderAreThoseAskedFor) {
  spec_.host_name = "recorded-host";
  spec_.umask = 027;
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  const std::string seen = RunText(*sandbox, [] {
    utsname system{};
    uname(&system);
    char folder[64] = "";
    (void)!getcwd(folder, sizeof folder);
    const mode_t mask = umask(0);
    return std::to_string(getuid()) + " " + std::to_string(getegid()) + " " + system.nodename +
           " " + std::to_string(mask) + " " + folder + (getpid() == 1 ? " first" : " later");
  });
  EXPECT_EQ(seen, "1234 567 recorded-host " + std::to_string(027) + " / later");
}

TEST_F(SandboxTest, TheHostCannotBeReachedOverTheNetwork) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  const std::string reached = RunText(*sandbox, [&]() -> std::string {
    const auto reach = [](sockaddr_in target) {
      const int end = socket(AF_INET, SOCK_STREAM, 0);
      return connect(end, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0 ? 0 : errno;
    };
    sockaddr_in elsewhere = address;
    elsewhere.sin_addr.s_addr = htonl(0xC0000201);  // 192.0.2.1, for documentation.
    return std::to_string(reach(address)) + " " + std::to_string(reach(elsewhere));
  });
  EXPECT_EQ(reached, std::to_string(ECONNREFUSED) + " " + std::to_string(ENETUNREACH));
  close(listener);
}

TEST_F(SandboxTest, ProcShowsTheProcessesOfTheSandboxAlone) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  const std::string seen = RunText(*sandbox, []() -> std::string {
    std::string numbers;
    DIR* stream = opendir("/proc");
    while (const dirent* entry = readdir(stream)) {
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') {
        numbers += std::string(entry->d_name) + " ";
      }
    }
    closedir(stream);
    return numbers + "| " + std::to_string(getpid()) + " " + std::to_string(getppid()) + " " +
           TextAt("/proc/1/environ");
  });
  EXPECT_EQ(seen, "1 2 | 2 1 Permission denied");
}

TEST_F(SandboxTest, TheUsualDevicesAreThere) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  const std::string seen = RunText(*sandbox, [&]() -> std::string {
    std::string text = PutAt("/dev/null", "x", O_WRONLY) + PutAt("/dev/shm/segment", "shared");
    text += TextAt("/dev/null") + TextAt("/dev/shm/segment");
    char zero = 'x';
    const int fd = open("/dev/zero", O_RDONLY);
    if (read(fd, &zero, 1) != 1 || zero != '\0') return "no zero";
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    text += terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0 ? " pty" : " none";
    return text + " " + Names("/dev");
  });
  const std::string tty = access("/dev/tty", F_OK) == 0 ? "tty " : "";
  EXPECT_EQ(seen, "shared pty fd full null ptmx pts random shm stderr stdin stdout " + tty +
                      "urandom zero ");
}

TEST_F(SandboxTest, FurtherDevicesAreThereWhenAskedFor) {
  for (const char* const device : {"/dev/net/tun", "/dev/kmsg"}) {
    if (PosixFileSystem().Stat(device).ok()) spec_.devices.emplace_back(device);
  }
  spec_.devices.push_back("/dev/null");  // Is there anyway.
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  EXPECT_EQ(RunText(*sandbox,
                    [&]() -> std::string {
                      for (const std::string& device : spec_.devices) {
                        struct stat st;
                        if (stat(device.c_str(), &st) != 0 || !S_ISCHR(st.st_mode)) return device;
                      }
                      return "";
                    }),
            "");
}

TEST_F(SandboxTest, TheKernelsControlsCannotBeWritten) {
  spec_.user_id = 0;
  spec_.group_id = 0;
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  const std::string seen = RunText(*sandbox, []() -> std::string {
    for (const char* path : {"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
                             "/sys/kernel/mm/transparent_hugepage/enabled"}) {
      const int fd = open(path, O_WRONLY);
      if (fd >= 0) return std::string(path) + " was opened";
    }
    return mount("tmpfs", "/tmp", "tmpfs", 0, nullptr) == 0 ? "mounted" : "";
  });
  EXPECT_EQ(seen, "");
}

TEST_F(SandboxTest, AbsoluteLinksLeadInsideOfTheRoot) {
  Put(Base("/usr/lib/a"), "inside");
  ASSERT_EQ(symlink("/usr/lib", Base("/lib").c_str()), 0);
  ASSERT_EQ(symlink("/etc/hostname", Base("/out").c_str()), 0);
  Put(Host("bound"), "bound");
  spec_.binds.push_back({Host("bound"), "/lib/b"});
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  EXPECT_EQ(
      RunText(*sandbox, [] { return TextAt("/lib/a") + TextAt("/usr/lib/b") + TextAt("/out"); }),
      "insideboundNo such file or directory");
  EXPECT_EQ(TextAt(sandbox->HostPath("/lib/a").value_or("")), "inside");
  EXPECT_EQ(sandbox->HostPath("/lib/b"), Host("bound"));
}

TEST_F(SandboxTest, TheExitStatusIsThatOfTheCommand) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int) -> std::string { _exit(42); });
  const int status = running.Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(SandboxTest, TheSignalThatEndsTheCommandEndsTheMonitor) {
  for (const int number : {SIGKILL, SIGTERM, SIGABRT}) {
    const auto sandbox = Prepare();
    ASSERT_NE(sandbox, nullptr);
    Running running(*sandbox, [=](int) -> std::string {
      const rlimit none{0, 0};
      setrlimit(RLIMIT_CORE, &none);
      std::signal(number, SIG_DFL);
      kill(getpid(), number);
      _exit(0);
    });
    const int status = running.Wait();
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), number);
    ASSERT_TRUE(Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch).ok());
  }
}

volatile sig_atomic_t caught_signal = 0;

TEST_F(SandboxTest, ASignalToTheMonitorReachesTheCommand) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int pipe) -> std::string {
    sigset_t blocked;
    sigset_t before;
    sigfillset(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    std::signal(SIGTERM, [](int number) { caught_signal = number; });
    WriteText(pipe, "ready\n");
    while (caught_signal == 0) sigsuspend(&before);
    return std::to_string(caught_signal);
  });
  ASSERT_EQ(running.Line(), "ready");
  ASSERT_EQ(kill(running.monitor(), SIGTERM), 0);
  EXPECT_EQ(running.Text(), std::to_string(SIGTERM));
  EXPECT_EQ(running.Wait(), 0);
}

TEST_F(SandboxTest, TheTerminalsInterruptReachesTheCommandOnceAndEndsNothingElse) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  int terminal = -1;
  const pid_t caller = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (caller == 0) {
    std::signal(SIGINT, SIG_IGN);
    const pid_t monitor = fork();
    if (monitor == 0) {
      const char* step = "";
      if (sandbox->Enter(&step) != 0) _exit(99);
      std::signal(SIGINT, [](int) { caught_signal = caught_signal + 1; });
      WriteText(STDOUT_FILENO, "ready\n");
      while (caught_signal == 0) usleep(1000);
      usleep(100'000);  // For one more than there should be.
      _exit(10 + caught_signal);
    }
    int status = 0;
    waitpid(monitor, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
  }
  std::string shown;
  char sign = 0;
  while (shown.find("ready") == std::string::npos && read(terminal, &sign, 1) == 1) shown += sign;
  ASSERT_EQ(write(terminal, "\x03", 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 11) << status << " " << shown;
  close(terminal);
}

TEST_F(SandboxTest, SignalsThatTheCallerIgnoresOrBlocksStayIgnoredOrBlocked) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  Running running(*sandbox, [](int) -> std::string {
    struct sigaction child {};
    struct sigaction hangup {};
    sigset_t mask;
    sigaction(SIGCHLD, nullptr, &child);
    sigaction(SIGHUP, nullptr, &hangup);
    sigprocmask(SIG_BLOCK, nullptr, &mask);
    return std::string(child.sa_handler == SIG_IGN ? "ignored " : "taken ") +
           (hangup.sa_handler == SIG_IGN ? "ignored " : "taken ") +
           (sigismember(&mask, SIGUSR1) == 1 ? "blocked " : "open ") +
           (sigismember(&mask, SIGTERM) == 1 ? "blocked" : "open");
  });
  EXPECT_EQ(running.Text(), "ignored ignored blocked open");
  std::signal(SIGCHLD, before);
  std::signal(SIGHUP, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
}

TEST_F(SandboxTest, StoppingTheMonitorStopsTheCommand) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(
      *sandbox,
      [](int pipe) -> std::string {
        WriteText(pipe, std::to_string(getpid()) + "\n");
        for (;;) pause();
      },
      /*own_group=*/true);
  ASSERT_EQ(running.Line(), "2");
  ASSERT_EQ(kill(running.monitor(), SIGTSTP), 0);
  int status = running.Wait(WUNTRACED);
  ASSERT_TRUE(WIFSTOPPED(status)) << status;
  EXPECT_EQ(WSTOPSIG(status), SIGTSTP);
  ASSERT_EQ(kill(running.monitor(), SIGCONT), 0);
  ASSERT_EQ(kill(running.monitor(), SIGTERM), 0);  // Only a command that runs again takes it.
  status = running.Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
}

TEST_F(SandboxTest, WhatTheCommandLeavesBehindDiesWithIt) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int) -> std::string {
    if (fork() == 0) {
      setsid();
      if (fork() == 0) {
        for (;;) pause();
      }
      _exit(0);
    }
    return "done";
  });
  EXPECT_EQ(running.Wait(), 0);
  EXPECT_EQ(running.Text(), "done");  // Else the daemon would hold the pipe open for ever.
}

TEST_F(SandboxTest, EverythingInsideDiesWithTheMonitor) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int pipe) -> std::string {
    std::signal(SIGTERM, SIG_IGN);
    WriteText(pipe, "ready\n");
    for (;;) pause();
  });
  ASSERT_EQ(running.Line(), "ready");
  ASSERT_EQ(kill(running.monitor(), SIGKILL), 0);
  const int status = running.Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(running.Text(), "");
}

TEST_F(SandboxTest, TheSandboxLivesOnWithoutTheCaller) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    const pid_t monitor = fork();
    if (monitor != 0) _exit(0);
    const char* step;
    if (sandbox->Enter(&step) != 0) _exit(1);
    char sign;
    (void)!read(go[0], &sign, 1);
    WriteText(ends[1], "alive");
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  close(ends[1]);
  WriteText(go[1], "x");
  EXPECT_EQ(testing::ReadAll(ends[0]), "alive");
  close(ends[0]);
  close(go[0]);
  close(go[1]);
}

TEST_F(SandboxTest, TheMonitorHoldsNothingOfTheCallerOpen) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int pipe) -> std::string {
    WriteText(pipe, "said");
    close(pipe);
    for (;;) pause();
  });
  EXPECT_EQ(running.Text(), "said");  // Ends, although the command does not.
  ASSERT_EQ(kill(running.monitor(), SIGTERM), 0);
  const int status = running.Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST_F(SandboxTest, WhatTheCommandUsedIsTheMonitorsUsage) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  Running running(*sandbox, [](int) -> std::string {
    rusage used{};
    do {
      getrusage(RUSAGE_SELF, &used);
    } while (used.ru_utime.tv_sec == 0 && used.ru_utime.tv_usec < 50'000);
    return "";
  });
  EXPECT_EQ(running.Text(), "");
  rusage used{};
  int status = 0;
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(running.monitor()), &ended, WEXITED | WNOWAIT), 0);
  ASSERT_EQ(wait4(running.monitor(), &status, WNOHANG, &used), running.monitor());
  EXPECT_GE(used.ru_utime.tv_sec * 1'000'000 + used.ru_utime.tv_usec, 40'000);
}

TEST_F(SandboxTest, WhatCannotBeMountedIsNamedAndTheCallerGoesOn) {
  Put(Host("gone"), "");
  spec_.binds.push_back({Host("gone"), "/gone"});
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  ASSERT_EQ(unlink(Host("gone").c_str()), 0);
  Running running(*sandbox, [](int) -> std::string { return "ran"; });
  const std::string step = "show '" + Host("gone") + "' at '/gone'";
  EXPECT_EQ(running.Text(), "cannot " + step + ": No such file or directory");
  const int status = running.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 125);
  const Error error = Sandbox::EnterError(PosixFileSystem(), ENOENT, step.c_str());
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_NE(error.message.find("--on-host"), std::string::npos);
}

TEST_F(SandboxTest, WhatCannotBeMeantIsRefused) {
  const SandboxSpec good = spec_;
  Put(Host("file"), "x");
  Put(Base("/file"), "x");
  const auto with_bind = [&](SandboxBind bind) {
    spec_ = good;
    spec_.binds.push_back(std::move(bind));
    const std::string message = PrepareError();
    (void)Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch);
    return message;
  };
  EXPECT_NE(with_bind({Host("file"), "relative"}).find("not an absolute path"), std::string::npos);
  EXPECT_NE(with_bind({Host("file"), "/a/../b"}).find("not an absolute path"), std::string::npos);
  EXPECT_NE(with_bind({Host("file"), "/proc/a"}).find("belongs to the system"), std::string::npos);
  EXPECT_NE(with_bind({Host("base"), "/file"}).find("is no folder"), std::string::npos);
  EXPECT_NE(with_bind({Host("file"), "/file/a"}).find("which is no folder"), std::string::npos);
  EXPECT_NE(with_bind({Host("gone"), "/gone"}).find("cannot stat"), std::string::npos);
  spec_ = good;
  spec_.devices = {"/etc/passwd"};
  EXPECT_NE(PrepareError().find("is not in /dev"), std::string::npos);
  spec_ = good;
  ASSERT_EQ(symlink("/tmp", Base("/dev").c_str()), 0);
  EXPECT_NE(PrepareError().find("is a link"), std::string::npos);
  (void)Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch);
  Put(Host("scratch/left"), "");
  EXPECT_NE(PrepareError().find("is not empty"), std::string::npos);
}

}  // namespace
}  // namespace reprise::tracker
