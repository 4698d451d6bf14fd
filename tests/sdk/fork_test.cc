// A forked child takes part in the run with segments of its own.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

TEST(Fork, ParentAndChildRecordWithoutTouchingEachOthersSegments) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  run.metric("before", 1);
  constexpr int kPoints = 20'000;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  const char* key = child == 0 ? "child" : "parent";
  for (int i = 0; i < kPoints; ++i) run.metric(key, i, i);
  if (child == 0) _exit(run.ok() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);

  const Collected all = inbox.Read();
  EXPECT_EQ(all.ValuesOf("before").size(), 1U);
  EXPECT_EQ(all.ValuesOf("parent").size(), static_cast<std::size_t>(kPoints));
  EXPECT_EQ(all.ValuesOf("child").size(), static_cast<std::size_t>(kPoints));
  for (const auto& point : all.points) {
    const pid_t expected = point.key == "child" ? child : getpid();
    ASSERT_EQ(point.source.name.pid, static_cast<std::uint32_t>(expected));
  }
  ASSERT_EQ(all.hellos.size(), 2U);
  EXPECT_NE(all.hellos[0].forked, all.hellos[1].forked);
  EXPECT_EQ(all.loss.damaged_bytes, 0U);
}

TEST(Fork, GrandchildrenToo) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  const int status = InChild([&] {
    run.metric("m", 1);
    const int inner = InChild([&] {
      run.metric("m", 2);
      return run.ok() ? 0 : 1;
    });
    run.metric("m", 3);
    return inner;
  });
  run.metric("m", 4);
  EXPECT_EQ(status, 0);
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 4U);
  std::set<std::uint32_t> pids;
  for (const auto& point : all.points) pids.insert(point.source.name.pid);
  EXPECT_EQ(pids.size(), 3U);
}

TEST(Fork, AChildFinishesOnlyItsOwnPart) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  const int silent = InChild([&] { return run.finish() ? 0 : 1; });  // It recorded nothing.
  const int loud = InChild([&] {
    run.metric("m", 1);
    return run.finish() ? 0 : 1;
  });
  EXPECT_EQ(silent, 0);
  EXPECT_EQ(loud, 0);
  run.metric("m", 2);
  EXPECT_TRUE(run.finish()) << problems.Text();
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 2U);
  ASSERT_EQ(all.finishes.size(), 2U);
  for (const auto& [pid, finish] : all.finishes) {
    EXPECT_EQ(finish.forked, pid != static_cast<std::uint32_t>(getpid()));
  }
}

TEST(Fork, AChildThatReportsFirstAfterTheEndOfTheRunIsToldSo) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::ofstream(inbox.path() + "/" + wire::kEndedFileName).flush();
  const int status = InChild([&] {
    run.metric("m", 1);
    run.metric("m", 2);
    return problems.Count(ErrorKind::kNoRecorder) == 1 ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  run.metric("m", 3);
  EXPECT_EQ(problems.Count(), 0U) << problems.Text();
}

TEST(Fork, AChildThatOutlivesTheRunIsToldWhenItFinishes) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  const int status = InChild([&] {
    run.metric("m", 1);
    std::ofstream(inbox.path() + "/" + wire::kEndedFileName).flush();
    return !run.finish() && problems.Count(ErrorKind::kNoRecorder) == 1 ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

// Forking while other threads hold every lock there is must not stop the child.
TEST(Fork, AChildOfABusyProcessIsNotStoppedByInheritedLocks) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        run.param("p" + std::to_string(t) + std::to_string(i % 1000), i % 1000);
        std::thread([&run] { run.metric("short", 1); }).join();
      }
    });
  }
  constexpr int kChildren = 30;
  for (int i = 0; i < kChildren; ++i) {
    const int status = InChild([&] {
      alarm(20);  // A deadlock ends the child by SIGALRM.
      run.metric("child", i, i);
      run.param("of the child", i);
      return run.ok() ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(inbox.Read().ValuesOf("child").size(), static_cast<std::size_t>(kChildren));
}

}  // namespace
}  // namespace reprise::sdk::testing
