// metric() makes no system call, allocates nothing and takes no lock while its segment has room
// (sdk/include/reprise/run.h): a program of its own (programs/hot_path.cc) dies or tells if it
// does.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

constexpr int kNoFilter = 77;  // This system has no seccomp.

// What programs/hot_path.cc says of sanitizers.
#if defined(__SANITIZE_THREAD__)
constexpr bool kLocksAreCounted = false;
constexpr bool kCallsAreForbidden = false;
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool kLocksAreCounted = false;
constexpr bool kCallsAreForbidden = true;
#else
constexpr bool kLocksAreCounted = true;
constexpr bool kCallsAreForbidden = true;
#endif

// The status of the program as waitpid(2) gives it.
int RunHotPath(const char* mischief) {
  return InChild([&]() -> int {
    execl(REPRISE_HOT_PATH, REPRISE_HOT_PATH, mischief, nullptr);
    return 126;
  });
}

bool HasNoFilter(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == kNoFilter; }

TEST(HotPath, APointMakesNoSystemCallAllocatesNothingAndTakesNoLock) {
  const Inbox inbox;
  const int status = RunHotPath(nullptr);
  if (HasNoFilter(status)) GTEST_SKIP() << "seccomp filters cannot be installed here";
  EXPECT_FALSE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << "it made a system call";
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_NE(WEXITSTATUS(status), 3) << "it allocated memory";
  EXPECT_NE(WEXITSTATUS(status), 4) << "it took a lock";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  // And the points are there.
  const Collected all = inbox.Read(tracker::Writer::kIsGone);
  EXPECT_EQ(all.segments.size(), 1U);
  EXPECT_EQ(all.ValuesOf("loss").size(), 901U);
  EXPECT_EQ(all.ValuesOf("accuracy").size(), 901U);
}

TEST(HotPath, EachSuchThingWouldBeNoticed) {
  const Inbox inbox;
  const int called = RunHotPath("calls");
  if (HasNoFilter(called)) GTEST_SKIP() << "seccomp filters cannot be installed here";
  EXPECT_EQ(WIFSIGNALED(called) && WTERMSIG(called) == SIGSYS, kCallsAreForbidden) << called;
  const int allocated = RunHotPath("allocates");
  EXPECT_TRUE(WIFEXITED(allocated) && WEXITSTATUS(allocated) == 3) << allocated;
  const int locked = RunHotPath("locks");
  EXPECT_TRUE(WIFEXITED(locked) && WEXITSTATUS(locked) == (kLocksAreCounted ? 4 : 0)) << locked;
}

}  // namespace
}  // namespace reprise::sdk::testing
