// What a tracer sees of a program that it knows nothing of.

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "tests/tracker/trace/trace_testing.h"

namespace reprise::tracker {
namespace {

using testing::At;
using testing::TraceTest;

int OpenAndClose(const char* path, int flags) {
  const int fd = open(path, flags, 0644);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

TEST_P(TraceTest, WhatIsOpenedIsRead) {
  Put("a", "one");
  const Trace trace = TraceOf([] { return OpenAndClose("a", O_RDONLY); });
  const Access access = At(trace, In("a"));
  EXPECT_EQ(access.state, NameState::kFile);
  EXPECT_EQ(access.uses, kUseRead);
  EXPECT_EQ(access.changes, 0U);
  EXPECT_EQ(access.stat, *PosixFileSystem().Stat(In("a")));
}

TEST_P(TraceTest, WhatIsOnlyAskedForIsLookedUp) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    struct stat st;
    return stat("a", &st) == 0 && access("gone", R_OK) != 0 ? 0 : 1;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseLookedUp);
  EXPECT_EQ(At(trace, In("gone")).state, NameState::kMissing);
  EXPECT_EQ(At(trace, In("gone")).uses, kUseLookedUp);
}

TEST_P(TraceTest, ANameBelowAFileIsMissing) {
  Put("a", "one");
  const Trace trace = TraceOf([] { return OpenAndClose("a/b/../c", O_RDONLY) == ENOTDIR ? 0 : 1; });
  EXPECT_EQ(At(trace, In("a")).path, "");
  EXPECT_EQ(trace.accesses.size(), 1U);
  EXPECT_EQ(trace.accesses.begin()->second.state, NameState::kMissing);
}

TEST_P(TraceTest, SymlinksOnTheWayAreTold) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    if (mkdir("d", 0755) != 0 || symlink("../a", "d/link") != 0 || symlink("d", "e") != 0) return 1;
    return OpenAndClose("e/link", O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
  EXPECT_EQ(At(trace, In("d/link")).changes, kChangeMade);
  EXPECT_EQ(At(trace, In("e")).changes, kChangeMade);
}

TEST_P(TraceTest, ALinkThatWasThereHasItsTarget) {
  Put("a", "one");
  ASSERT_EQ(symlink("a", In("link").c_str()), 0);
  const Trace trace = TraceOf([] { return OpenAndClose("link", O_RDONLY); });
  EXPECT_EQ(At(trace, In("link")).state, NameState::kSymlink);
  EXPECT_EQ(At(trace, In("link")).target, "a");
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(TraceTest, PathsStartFromWhereTheProcessOrTheDescriptorIs) {
  Put("a", "one");
  Put("b", "two");
  const Trace trace = TraceOf([] {
    const int here = open(".", O_PATH);
    if (here < 0 || mkdir("d", 0755) != 0 || chdir("d") != 0) return 1;
    const int b = openat(here, "b", O_RDONLY);
    return b < 0 ? 2 : OpenAndClose("../a", O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
  EXPECT_EQ(At(trace, In("b")).uses, kUseRead);
}

TEST_P(TraceTest, ADescriptorReopenedThroughProcIsItsFile) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    const int fd = open("a", O_PATH);
    return OpenAndClose(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseLookedUp | kUseRead);
}

TEST_P(TraceTest, APathIsReadAcrossPagesAndUpToTheLastByteOfOne) {
  const std::string name(100, 'n');
  Put(name, "one");
  const auto open_at = [&name](std::size_t before_boundary, bool last_page_is_there) {
    constexpr std::size_t kPage = 4096;
    char* pages = static_cast<char*>(
        mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (!last_page_is_there) munmap(pages + kPage, kPage);
    char* path = pages + kPage - before_boundary;
    std::memcpy(path, name.c_str(), name.size() + 1);
    return OpenAndClose(path, O_RDONLY);
  };
  const Trace across = TraceOf([&] { return open_at(50, true); });
  EXPECT_EQ(At(across, In(name)).uses, kUseRead);
}

TEST_P(TraceTest, APathMayEndWithTheMemory) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    constexpr std::size_t kPage = 4096;
    char* page = static_cast<char*>(
        mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    munmap(page + kPage, kPage);
    std::memcpy(page + kPage - 2, "a", 2);
    return OpenAndClose(page + kPage - 2, O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(TraceTest, ANameNeedNotBeUtf8) {
  const std::string name = "n\xff\n";
  Put(name, "one");
  const Trace trace = TraceOf([&] { return OpenAndClose(name.c_str(), O_RDONLY); });
  EXPECT_EQ(At(trace, In(name)).uses, kUseRead);
}

TEST_P(TraceTest, AFolderIsListedAsItWas) {
  Put("a", "one");
  ASSERT_EQ(mkdir(In("d").c_str(), 0755), 0);
  const Trace trace = TraceOf([] {
    return OpenAndClose(".", O_RDONLY | O_DIRECTORY) + OpenAndClose("b", O_CREAT | O_WRONLY) +
           OpenAndClose(".", O_RDONLY | O_DIRECTORY);
  });
  const std::string folder = ParentPath(In("a"));
  EXPECT_EQ(At(trace, folder).uses & kUseListed, kUseListed);
  ASSERT_TRUE(trace.listings.contains(folder));
  const Listing expected = {{"a", NameState::kFile}, {"d", NameState::kFolder}};
  EXPECT_EQ(trace.listings.at(folder), expected);
}

TEST_P(TraceTest, WhatTheProgramMakesIsNoInput) {
  const Trace trace = TraceOf([] {
    return OpenAndClose("new", O_CREAT | O_EXCL | O_WRONLY) + OpenAndClose("new", O_RDONLY) +
           unlink("new");
  });
  const Access access = At(trace, In("new"));
  EXPECT_EQ(access.state, NameState::kMissing);
  EXPECT_EQ(access.uses, 0U);
  EXPECT_EQ(access.changes, kChangeMade | kChangeRemoved);
}

TEST_P(TraceTest, WhatWasReadIsKeptBeforeItIsOverwritten) {
  Put("a", "before");
  const Trace trace = TraceOf([] {
    if (OpenAndClose("a", O_RDONLY) != 0) return 1;
    const int fd = open("a", O_WRONLY | O_TRUNC);
    return write(fd, "after", 5) == 5 ? 0 : 2;
  });
  const Access access = At(trace, In("a"));
  EXPECT_EQ(access.changes, kChangeWritten);
  EXPECT_EQ(Kept(access), "before");
  EXPECT_FALSE(access.lost);
}

TEST_P(TraceTest, WhatIsThrownAwayUnreadIsNotKept) {
  Put("a", "before");
  Put("b", "before");
  const Trace trace = TraceOf([] { return OpenAndClose("a", O_WRONLY | O_TRUNC) + unlink("b"); });
  EXPECT_EQ(At(trace, In("a")).uses, 0U);
  EXPECT_EQ(At(trace, In("a")).kept, "");
  EXPECT_EQ(At(trace, In("b")).changes, kChangeRemoved);
  EXPECT_EQ(At(trace, In("b")).kept, "");
}

TEST_P(TraceTest, WhatLivesOnInTheResultIsKept) {
  Put("appended", "1");
  Put("updated", "2");
  Put("moved", "3");
  Put("cut", "4");
  Put("replaced", "5");
  const Trace trace = TraceOf([] {
    return OpenAndClose("appended", O_WRONLY | O_APPEND) + OpenAndClose("updated", O_RDWR) +
           OpenAndClose("replaced", O_RDONLY) + rename("moved", "replaced") + truncate("cut", 0);
  });
  EXPECT_EQ(Kept(At(trace, In("appended"))), "1");
  EXPECT_EQ(Kept(At(trace, In("updated"))), "2");
  EXPECT_EQ(Kept(At(trace, In("moved"))), "3");
  EXPECT_EQ(Kept(At(trace, In("cut"))), "4");
  EXPECT_EQ(Kept(At(trace, In("replaced"))), "5");
  EXPECT_EQ(At(trace, In("moved")).changes, kChangeRemoved);
  EXPECT_EQ(At(trace, In("replaced")).changes, kChangeWritten);
}

TEST_P(TraceTest, WhatTheKernelSaysIsNotKept) {
  const Trace trace = TraceOf([] { return OpenAndClose("/proc/self/comm", O_RDWR); });
  bool found = false;
  for (const auto& [path, access] : trace.accesses) {
    if (!path.ends_with("/comm")) continue;
    found = true;
    EXPECT_EQ(access.kept, "");
    EXPECT_FALSE(access.lost);
  }
  EXPECT_TRUE(found);
}

TEST_P(TraceTest, WhatWasReadIsKeptBeforeItIsRemoved) {
  Put("a", "before");
  const Trace trace = TraceOf([] { return OpenAndClose("a", O_RDONLY) + unlink("a"); });
  EXPECT_EQ(Kept(At(trace, In("a"))), "before");
}

TEST_P(TraceTest, AnInputThatIsReplacedByALinkIsFollowedToItsNewEnd) {
  Put("a", "one");
  Put("b", "two");
  const Trace trace = TraceOf([] {
    return OpenAndClose("a", O_RDONLY) + unlink("a") + symlink("b", "a") +
           OpenAndClose("a", O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("b")).uses, kUseRead);
}

TEST_P(TraceTest, AScriptBringsItsInterpreterAndThatItsLoader) {
  Put("script", "#!/bin/sh -e\nexit 3\n");
  ASSERT_EQ(chmod(In("script").c_str(), 0755), 0);
  const Trace trace = TraceOfCommand({"./script"}, 3);
  EXPECT_EQ(At(trace, In("script")).uses, kUseExecuted | kUseRead);
  const NameView shell = LookAt("", "/bin/sh", true);
  EXPECT_EQ(At(trace, shell.path).uses & kUseExecuted, kUseExecuted);
  const NameView loader = LookAt("", "/lib64/ld-linux-x86-64.so.2", true);
  if (loader.state == NameState::kFile) {
    EXPECT_EQ(At(trace, loader.path).uses & kUseExecuted, kUseExecuted);
  }
}

TEST_P(TraceTest, ChildrenAndThreadsAreFollowed) {
  for (int i = 0; i < 400; ++i) Put("f" + std::to_string(i), "x");
  const Trace trace = TraceOf([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = t; i < 200; i += 4) OpenAndClose(("f" + std::to_string(i)).c_str(), O_RDONLY);
      });
    }
    for (int t = 0; t < 4; ++t) {
      if (fork() != 0) continue;
      for (int i = 200 + t; i < 400; i += 4) {
        OpenAndClose(("f" + std::to_string(i)).c_str(), O_RDONLY);
      }
      _exit(0);
    }
    for (std::thread& thread : threads) thread.join();
    while (wait(nullptr) > 0) {
    }
    return 0;
  });
  for (int i = 0; i < 400; ++i) EXPECT_EQ(At(trace, In("f" + std::to_string(i))).uses, kUseRead);
}

TEST_P(TraceTest, ASignalThatRestartsCallsIsNotNoticed) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    const itimerval often{{0, 300}, {0, 300}};
    setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; i < 2000; ++i) {
      if (const int failed = OpenAndClose("a", O_RDONLY)) return failed;
    }
    return 0;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(TraceTest, IoUringIsRefusedAndTold) {
  const Trace trace = TraceOf([] {
    io_uring_params parameters{};
    return syscall(SYS_io_uring_setup, 4, &parameters) == -1 && errno == ENOSYS ? 0 : 1;
  });
  EXPECT_EQ(trace.blind_spots, std::set<std::string>{"io_uring"});
}

TEST_P(TraceTest, TheNetworkIsABlindSpot) {
  const Trace trace = TraceOf([] {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(1);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0 ? 0 : 1;
  });
  EXPECT_EQ(trace.blind_spots, std::set<std::string>{"network"});
}

TEST_P(TraceTest, ASocketThatNobodyConnectsIsNone) {
  const Trace trace = TraceOf([] {
    int pair[2];
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0
               ? 0
               : 1;
  });
  EXPECT_TRUE(trace.blind_spots.empty());
}

TEST_P(TraceTest, ASecondTracerIsRefusedAndTheProgramGoesOn) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    const auto program = BuildFilter();
    if (!program.ok() || InstallFilter(*program) != -EBUSY) return 1;
    return OpenAndClose("a", O_RDONLY);
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}

TEST_P(TraceTest, TheDescriptorsOfATraceAreOpenAfterACommandThatEndedAtOnce) {
  auto tracing =
      TraceThread::Prepare(PosixFileSystem(), session(), {.first_tier = GetParam()});
  ASSERT_TRUE(tracing.ok());
  const pid_t child = fork();
  if (child == 0) {
    (*tracing)->EnterInChild();
    _exit(0);
  }
  ASSERT_TRUE((*tracing)->BeginInParent().ok());
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  usleep(50000);
  for (const int fd : (*tracing)->fds()) {
    EXPECT_TRUE(fd < 0 || fcntl(fd, F_GETFD) >= 0) << fd;
  }
}

#ifdef __x86_64__
TEST_P(TraceTest, CallsOf32BitProgramsAreSeen) {
  Put("a", "one");
  const Trace trace = TraceOf([] {
    char* low = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
    low[0] = 'a';     // The rest is zero.
    long result = 5;  // open(2) of i386.
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(low), "c"(O_RDONLY), "d"(0)
                 : "memory", "r8", "r9", "r10", "r11");
    // A kernel without 32-bit programs has no such call.
    return result >= 0 || result == -ENOSYS ? 0 : 1;
  });
  EXPECT_EQ(At(trace, In("a")).uses, kUseRead);
}
#endif

INSTANTIATE_TEST_SUITE_P(, TraceTest,
                         ::testing::Values(TraceTier::kListener, TraceTier::kPtrace,
                                           TraceTier::kPtraceAll),
                         testing::TierName);

}  // namespace
}  // namespace reprise::tracker
