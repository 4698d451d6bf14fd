// When a call may go on: one that only looks at a name at once, any other when it has been looked
// at.

#include "tracker/trace/observer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "tests/support/temp_dir.h"
#include "tracker/trace/filter.h"

#ifdef __x86_64__
#include <linux/audit.h>

namespace reprise::tracker {
namespace {

class ObserverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto observer = Observer::Create(PosixFileSystem(), session_.path(), kTracerSeccomp);
    ASSERT_TRUE(observer.ok()) << observer.error().message;
    observer_ = *std::move(observer);
    Put("a");
  }

  std::string In(const std::string& name) const { return JoinPath(folder_.path(), name); }
  void Put(const std::string& name) {
    ASSERT_TRUE(WriteFileAtomically(PosixFileSystem(), In(name), "one").ok());
  }

  // As if this thread waited in open(2); returns whether it was let through.
  bool OpenOf(const std::string& path, int flags, bool waits = true) {
    StoppedCall stopped;
    stopped.thread = static_cast<pid_t>(syscall(SYS_gettid));
    stopped.call = calls_.Find(AUDIT_ARCH_X86_64, SYS_open);
    stopped.arguments[0] = reinterpret_cast<std::uint64_t>(path.c_str());
    stopped.arguments[1] = static_cast<std::uint64_t>(flags);
    return observer_->Observe(stopped, {.is_still = [&] { return waits; },
                                        .let_through =
                                            [&] {
                                              ++let_through_;
                                              return waits;
                                            }});
  }
  std::uint32_t UsesOf(const std::string& name) {
    observer_->NoteEnd();
    const auto trace = ReadTrace(PosixFileSystem(), session_.path());
    EXPECT_TRUE(trace.ok()) << trace.error().message;
    const auto access = trace->accesses.find(In(name));
    return access == trace->accesses.end() ? 0 : access->second.uses;
  }

  reprise::testing::TempDir folder_;
  reprise::testing::TempDir session_;
  CallTable calls_;
  std::unique_ptr<Observer> observer_;
  int let_through_ = 0;
};

TEST_F(ObserverTest, ACallThatOnlyLooksIsLetThroughAndLookedAt) {
  EXPECT_TRUE(OpenOf(In("a"), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(OpenOf(folder_.path(), O_RDONLY | O_DIRECTORY));
  EXPECT_EQ(let_through_, 2);
  EXPECT_EQ(UsesOf("a"), kUseRead);
}

TEST_F(ObserverTest, ACallThatMayChangeSomethingWaitsUntilItWasLookedAt) {
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC}) {
    EXPECT_FALSE(OpenOf(In("a"), flags)) << flags;
  }
  EXPECT_FALSE(OpenOf(folder_.path(), O_RDWR | O_TMPFILE));
  EXPECT_EQ(let_through_, 0);
}

TEST_F(ObserverTest, WhatTheKernelSaysOfAProcessIsLookedAtWhileThereIsOne) {
  EXPECT_FALSE(OpenOf("/proc/self/status", O_RDONLY));
  EXPECT_EQ(let_through_, 0);
}

TEST_F(ObserverTest, WhatWasReadOfAProcessThatWaitsNoMoreIsThrownAway) {
  EXPECT_TRUE(OpenOf(In("a"), O_RDONLY, false));
  EXPECT_FALSE(OpenOf(In("a"), O_WRONLY, false));
  EXPECT_EQ(UsesOf("a"), 0U);
}

}  // namespace
}  // namespace reprise::tracker
#endif
