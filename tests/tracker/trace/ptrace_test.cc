// What a program under ptrace(2) must not notice, and what its parent must still be told.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <thread>

#include "tests/tracker/trace/trace_testing.h"
#include "tracker/trace/ptrace_call.h"

namespace reprise::tracker {
namespace {

using testing::At;

class PtraceTest : public testing::TraceTest {
 protected:
  // Prepared to trace what this process forks, by the means of this test.
  std::unique_ptr<TraceThread> Prepared() { return Prepared(GetParam()); }
  std::unique_ptr<TraceThread> Prepared(TraceTier first_tier) {
    auto tracing = TraceThread::Prepare(PosixFileSystem(), session(), {.first_tier = first_tier});
    EXPECT_TRUE(tracing.ok());
    return tracing.ok() ? *std::move(tracing) : nullptr;
  }

  // Starts `body`, and traces it from its first call on.
  pid_t Start(TraceThread& tracing, const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(folder().c_str()) != 0) _exit(99);
      tracing.EnterInChild();
      _exit(body());
    }
    const auto begun = tracing.BeginInParent();
    EXPECT_TRUE(begun.ok()) << begun.error().message;
    return child;
  }

  Trace TraceSoFar() const {
    auto trace = ReadTrace(PosixFileSystem(), session());
    EXPECT_TRUE(trace.ok()) << trace.error().message;
    return trace.ok() ? *std::move(trace) : Trace{};
  }

 private:
};

int OpenAndClose(const char* path) {
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

// The text of a field of /proc/PID/status.
std::string StatusField(pid_t process, const std::string& field) {
  const auto status = ReadFile(PosixFileSystem(), "/proc/" + std::to_string(process) + "/status");
  if (!status.ok()) return "";
  const std::size_t begin = status->find("\n" + field + ":\t");
  if (begin == std::string::npos) return "";
  const std::size_t text = begin + field.size() + 3;
  return status->substr(text, status->find('\n', text) - text);
}

void AwaitByte(int fd) {
  char byte = 0;
  EXPECT_EQ(read(fd, &byte, 1), 1);
}

TEST_P(PtraceTest, ItsParentSeesAChildStopAndContinue) {
  TraceOf([] {
    for (const int stop : {SIGSTOP, SIGTSTP, SIGTTIN}) {
      int ready[2];
      if (pipe(ready) != 0) return 6;
      const pid_t child = fork();
      if (child == 0) {
        setpgid(0, 0);  // In an orphaned process group SIGTSTP and SIGTTIN stop nobody.
        signal(SIGCONT, [](int) { _exit(7); });
        (void)!write(ready[1], "r", 1);
        for (;;) pause();
      }
      int status = 0;
      AwaitByte(ready[0]);
      close(ready[0]);
      close(ready[1]);
      kill(child, stop);
      if (waitpid(child, &status, WUNTRACED) != child) return 1;
      if (!WIFSTOPPED(status) || WSTOPSIG(status) != stop) return 2;
      usleep(20000);
      if (waitpid(child, &status, WNOHANG | WUNTRACED) != 0) return 3;  // It stays stopped.
      kill(child, SIGCONT);
      if (waitpid(child, &status, 0) != child) return 4;
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 7) return 5;
    }
    return 0;
  });
}

TEST_P(PtraceTest, AStoppedProcessCanBeKilled) {
  TraceOf([] {
    const pid_t child = fork();
    if (child == 0) {
      raise(SIGSTOP);
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) != child) return 2;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 3;
  });
}

TEST_P(PtraceTest, AThreadThatIsNotTheFirstExecutes) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    std::atomic<int> running = 0;
    std::vector<std::thread> others;
    for (int i = 0; i < 4; ++i) {
      others.emplace_back([&running] {
        for (++running;;) OpenAndClose("/");
      });
    }
    while (running < 4) std::this_thread::yield();
    std::thread([] { execlp("cat", "cat", "a", nullptr); }).join();
    return 1;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

// By itself: what the caller keeps in registers is not the child's to spoil.
pid_t StartCatByVfork() {
  const pid_t child = vfork();
  if (child != 0) return child;
  execlp("cat", "cat", "a", nullptr);
  _exit(127);
}

TEST_P(PtraceTest, AVforkedChildExecutes) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    for (int i = 0; i < 20; ++i) {
      const pid_t child = StartCatByVfork();
      int status = 0;
      if (waitpid(child, &status, 0) != child || status != 0) return 1;
    }
    return 0;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(PtraceTest, AChildThatAsksNotToBeTracedIsTraced) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    const long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(OpenAndClose("a"));
    int status = 0;
    return waitpid(static_cast<pid_t>(child), &status, 0) == child ? status : 1;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(PtraceTest, ProcessesAndThreadsMayDieAtAnyMoment) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    for (int round = 0; round < 60; ++round) {
      const pid_t child = fork();
      if (child == 0) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
          threads.emplace_back([round, t] {
            for (int i = 0; i < round; ++i) OpenAndClose("a");
            if (t == 3 && round % 3 == 0) _exit(0);
            for (;;) OpenAndClose("a");
          });
        }
        threads[0].join();
      }
      usleep(static_cast<unsigned>(round) * 100);
      if (round % 3 != 0) kill(child, round % 3 == 1 ? SIGKILL : SIGTERM);
      int status = 0;
      if (waitpid(child, &status, 0) != child) return 1;
      if (round % 3 == 0 ? status != 0 : !WIFSIGNALED(status)) return 2;
    }
    return 0;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(PtraceTest, TheEndOfACommandIsItsParentsToSee) {
  auto tracing = Prepared();
  const pid_t child = Start(*tracing, [] {
    const clock_t until = clock() + CLOCKS_PER_SEC / 10;
    while (clock() < until) {
    }
    signal(SIGSEGV, SIG_DFL);  // A sanitizer has a handler of its own.
    raise(SIGSEGV);
    return 0;
  });
  int status = 0;
  rusage usage{};
  ASSERT_EQ(wait4(child, &status, 0, &usage), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  EXPECT_GE(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec, 90000);
}

TEST_P(PtraceTest, SignalsReachTheirHandlersWithTheirValues) {
  TraceOf([] {
    static std::atomic<int> sum = 0;
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) { sum += info->si_value.sival_int; };
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR1, &action, nullptr);
    sigaction(SIGRTMIN + 3, &action, nullptr);
    for (int i = 1; i <= 100; ++i) {
      if (sigqueue(getpid(), SIGRTMIN + 3, {.sival_int = i}) != 0) return 1;
      OpenAndClose("/");
    }
    return sigqueue(getpid(), SIGUSR1, {.sival_int = 1000}) == 0 && sum == 6050 ? 0 : 2;
  });
}

TEST_P(PtraceTest, ADebuggerIsRefusedAndTold) {
  const Trace trace = TraceOf([] {
    const pid_t child = fork();
    if (child == 0) {
      _exit(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == -1 && errno == EPERM ? 0 : 1);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child ? status : 1;
  });
  EXPECT_EQ(trace.blind_spots, std::set<std::string>{"ptrace"});
}

TEST_P(PtraceTest, TheProcessThatEntersIsTracedWhoeverForkedIt) {
  Put("a", "one");
  auto tracing = Prepared();
  const pid_t middle = fork();
  if (middle == 0) {
    // As the first of a sandbox, with a number of its own.
    if (unshare(CLONE_NEWPID) != 0) _exit(0);
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(folder().c_str()) != 0) _exit(99);
      tracing->EnterInChild();
      _exit(OpenAndClose("a"));
    }
    int status = 1;
    waitpid(child, &status, 0);
    _exit(status == 0 ? 7 : 1);
  }
  const auto begun = tracing->BeginInParent();
  int status = 0;
  ASSERT_EQ(waitpid(middle, &status, 0), middle);
  if (status == 0) GTEST_SKIP() << "SKIPPED: this system forbids process namespaces";
  EXPECT_TRUE(begun.ok()) << begun.error().message;
  EXPECT_EQ(WEXITSTATUS(status), 7);
  tracing->StopObserving();
  EXPECT_EQ(At(TraceSoFar(), In("a")).uses, kUseRead);
}

TEST_P(PtraceTest, TheTraceNamesItsMeans) {
  const Trace trace = TraceOf([] { return 0; });
  EXPECT_EQ(trace.tracer, GetParam() == TraceTier::kPtrace ? "ptrace" : "ptrace-all");
}

TEST_P(PtraceTest, ADaemonGoesOnWhenNobodyObservesItAnyMore) {
  Put("a", "one");
  Put("b", "two");
  int ready[2];
  int done[2];
  int go[2];
  ASSERT_EQ(pipe(ready) + pipe(done) + pipe(go), 0);
  auto tracing = Prepared();
  const pid_t child = Start(*tracing, [&] {
    if (fork() != 0) return 0;
    OpenAndClose("a");
    std::vector<std::thread> busy;  // Stopped at calls again and again.
    for (int i = 0; i < 3; ++i) {
      busy.emplace_back([] {
        for (;;) OpenAndClose("a");
      });
    }
    (void)!write(ready[1], "r", 1);
    char byte;
    (void)!read(go[0], &byte, 1);
    const char failed = static_cast<char>(OpenAndClose("b"));
    (void)!write(done[1], &failed, 1);
    _exit(0);
  });
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  AwaitByte(ready[0]);
  tracing->StopObserving();
  (void)!write(go[1], "g", 1);
  char failed = 1;
  ASSERT_EQ(read(done[0], &failed, 1), 1);
  EXPECT_EQ(failed, 0) << std::strerror(failed);
  const Trace trace = TraceSoFar();
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
  EXPECT_EQ(At(trace, In("b")).uses, 0U);
  EXPECT_EQ(trace.failure, "");
  for (const int fd : {ready[0], ready[1], done[0], done[1], go[0], go[1]}) close(fd);
}

TEST_P(PtraceTest, AStoppedDaemonStaysStoppedAndCanGoOn) {
  int daemon[2];
  ASSERT_EQ(pipe(daemon), 0);
  auto tracing = Prepared();
  const pid_t child = Start(*tracing, [&] {
    if (fork() != 0) return 0;
    const pid_t self = getpid();
    (void)!write(daemon[1], &self, sizeof self);
    raise(SIGSTOP);
    (void)!write(daemon[1], &self, sizeof self);
    _exit(0);
  });
  pid_t pid = 0;
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  ASSERT_EQ(read(daemon[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  const auto is_stopped = [&] {
    const std::string state = StatusField(pid, "State");
    return state.starts_with("T") || state.starts_with("t");  // On its own, or for a tracer.
  };
  usleep(20000);
  while (!is_stopped()) usleep(1000);
  tracing->StopObserving();
  usleep(20000);
  EXPECT_TRUE(is_stopped());
  kill(pid, SIGCONT);
  EXPECT_EQ(read(daemon[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  close(daemon[0]);
  close(daemon[1]);
}

TEST_P(PtraceTest, ATracerThatIsKilledIsTold) {
  Put("a", "one");
  int ready[2];
  int go[2];
  ASSERT_EQ(pipe(ready) + pipe(go), 0);
  auto tracing = Prepared();
  const pid_t child = Start(*tracing, [&] {
    if (OpenAndClose("a") != 0) return 1;
    (void)!write(ready[1], "r", 1);
    char byte;
    (void)!read(go[0], &byte, 1);
    return OpenAndClose("a");
  });
  AwaitByte(ready[0]);
  const pid_t tracer = std::stoi(StatusField(child, "TracerPid"));
  ASSERT_GT(tracer, 0);
  kill(tracer, SIGKILL);
  while (StatusField(child, "TracerPid") != "0") usleep(1000);
  (void)!write(go[1], "g", 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  // Without a tracer a filter refuses the calls that it stops.
  EXPECT_EQ(WEXITSTATUS(status), GetParam() == TraceTier::kPtrace ? ENOSYS : 0);
  tracing->StopObserving();
  const Trace trace = TraceSoFar();
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
  EXPECT_NE(trace.failure, "");
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) close(fd);
}

TEST_P(PtraceTest, WhatIsTracedGoesOnWhenTheTracersParentIsKilled) {
  Put("a", "one");
  int ready[2];
  int go[2];
  ASSERT_EQ(pipe(ready) + pipe(go), 0);
  int result[2];
  ASSERT_EQ(pipe(result), 0);
  const pid_t keeper = fork();
  if (keeper == 0) {
    auto tracing = Prepared();
    Start(*tracing, [&] {
      (void)!write(ready[1], "r", 1);
      char byte;
      (void)!read(go[0], &byte, 1);
      const char failed = static_cast<char>(OpenAndClose("a"));
      (void)!write(result[1], &failed, 1);
      return 0;
    });
    for (;;) pause();
  }
  AwaitByte(ready[0]);
  kill(keeper, SIGKILL);
  ASSERT_EQ(waitpid(keeper, nullptr, 0), keeper);
  (void)!write(go[1], "g", 1);
  char failed = 1;
  ASSERT_EQ(read(result[0], &failed, 1), 1);
  EXPECT_EQ(failed, 0) << std::strerror(failed);
  // The tracer tells when it gets to it.
  for (int i = 0; i < 5000 && TraceSoFar().failure.empty(); ++i) usleep(1000);
  EXPECT_NE(TraceSoFar().failure, "");
  for (const int fd : {ready[0], ready[1], go[0], go[1], result[0], result[1]}) close(fd);
}

TEST_P(PtraceTest, RegistersTellWhatTheKernelTells) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) syscall(SYS_readlinkat, 11, 12, 13, 14, 0, 0);
  }
  ASSERT_EQ(ptrace(PTRACE_SEIZE, child, nullptr, PTRACE_O_TRACESYSGOOD), 0);
  ASSERT_EQ(ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr), 0);
  int entries = 0;
  for (int i = 0; i < 10; ++i) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, __WALL), child);
    ASSERT_TRUE(WIFSTOPPED(status));
    const auto told = ReadCall(child);
    if (WSTOPSIG(status) == (SIGTRAP | 0x80) && told.has_value() && told->is_entry) {
      const auto read = ReadCallFromRegisters(child);
#ifdef __x86_64__
      ASSERT_TRUE(read.has_value());
      EXPECT_EQ(read->architecture, told->architecture);
      EXPECT_EQ(read->number, told->number);
      EXPECT_EQ(read->arguments, told->arguments);
      EXPECT_TRUE(read->is_entry);
#endif
      ++entries;
    }
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
  }
  EXPECT_GE(entries, 4);
  kill(child, SIGKILL);
  while (waitpid(child, nullptr, __WALL) > 0) {
  }
}

INSTANTIATE_TEST_SUITE_P(, PtraceTest, ::testing::Values(TraceTier::kPtrace, TraceTier::kPtraceAll),
                         testing::TierName);

// Within a process whose listener is another's.
class NestedTraceTest : public PtraceTest {
 protected:
  // What a trace of a process that reads the file "a" says, below the listener that GetParam() is.
  Trace TraceBelow(TraceTier first_tier) {
    Put("a", "one");
    reprise::testing::TempDir outer;
    auto tracing =
        TraceThread::Prepare(PosixFileSystem(), outer.path(), {.first_tier = GetParam()});
    EXPECT_TRUE(tracing.ok());
    const pid_t child = Start(**tracing, [&] {
      auto inner = Prepared(first_tier);
      const pid_t command = Start(*inner, [] { return OpenAndClose("a"); });
      int status = 1;
      while (waitpid(command, &status, 0) < 0 && errno == EINTR) {
      }
      inner->StopObserving();
      return status == 0 && !HasFailure() ? 0 : 1;
    });
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    (*tracing)->StopObserving();
    const auto seen = ReadTrace(PosixFileSystem(), outer.path());
    EXPECT_TRUE(seen.ok());
    // The tracer within looks at what it is told of.
    EXPECT_EQ(seen.ok() ? At(*seen, In("a")).uses & kUseRead : 0U, kUseRead);
    return TraceSoFar();
  }
};

TEST_P(NestedTraceTest, BothTracersSeeAll) {
  const Trace trace = TraceBelow(TraceTier::kListener);
  EXPECT_EQ(trace.tracer, "ptrace-all");
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(NestedTraceTest, AFilterForATracerSeesNothing) {
  const Trace trace = TraceBelow(TraceTier::kPtrace);
  EXPECT_EQ(trace.tracer, "ptrace");
  EXPECT_TRUE(trace.accesses.empty());
}

INSTANTIATE_TEST_SUITE_P(, NestedTraceTest, ::testing::Values(TraceTier::kListener),
                         testing::TierName);

// Makes the calls of `number` fail with `error_number` in this process, where `flags` are among the
// bits of their second argument.
bool Forbid(int number, unsigned flags, int error_number) {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error_number)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(instructions)), instructions};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// On a system that forbids some means of tracing.
class ForbiddenTraceTest : public PtraceTest {
 protected:
  Trace TraceWhere(const std::function<bool()>& forbid) {
    Put("a", "one");
    const pid_t child = fork();
    if (child == 0) {
      if (!forbid()) _exit(1);
      auto tracing = Prepared();
      const pid_t command = Start(*tracing, [] { return OpenAndClose("a"); });
      int status = 1;
      waitpid(command, &status, 0);
      tracing.reset();
      _exit(status == 0 && !HasFailure() ? 0 : 2);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return TraceSoFar();
  }
};

TEST_P(ForbiddenTraceTest, WithoutListenersAFilterStopsForATracer) {
  const Trace trace =
      TraceWhere([] { return Forbid(SYS_seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER, EINVAL); });
  EXPECT_EQ(trace.tracer, "ptrace");
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(ForbiddenTraceTest, WithoutFiltersAllCallsStop) {
  const Trace trace = TraceWhere([] { return Forbid(SYS_seccomp, 0, EPERM); });
  EXPECT_EQ(trace.tracer, "ptrace-all");
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(ForbiddenTraceTest, WithoutTracersMapsAreLookedAt) {
  const Trace trace =
      TraceWhere([] { return Forbid(SYS_seccomp, 0, EPERM) && Forbid(SYS_ptrace, 0, EPERM); });
  EXPECT_EQ(trace.tracer, "maps");
  EXPECT_EQ(trace.blind_spots, std::set<std::string>{"maps"});
}

INSTANTIATE_TEST_SUITE_P(, ForbiddenTraceTest, ::testing::Values(TraceTier::kListener),
                         testing::TierName);

}  // namespace
}  // namespace reprise::tracker
