// A SIGKILL at any instruction loses nothing that returned.
//
// A child records points without pause and, after each call that returned, counts it in a page that
// it shares with us.  We kill it after a random time.  The reader must then find every point that
// was counted, and at most one more, which was complete when its call had not yet returned.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

struct Shared {
  std::atomic<std::int64_t> points[2];
  std::atomic<std::int64_t> notes;
};

void RecordForever(reprise::Run& run, Shared& shared) {
  std::thread other([&] {
    for (std::int64_t i = 0;; ++i) {
      run.metric("1", 0.5, i);
      shared.points[1].store(i + 1, std::memory_order_release);
    }
  });
  for (std::int64_t i = 0;; ++i) {
    run.metric("0", 0.5, i);
    shared.points[0].store(i + 1, std::memory_order_release);
    if (i % 100 == 0) {
      run.note("note " + std::to_string(i));
      shared.notes.store(i / 100 + 1, std::memory_order_release);
    }
  }
}

TEST(Kill, Promise2EveryPointThatWasAcknowledgedIsFoundTwoHundredTimes) {
  void* page =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  std::mt19937 random(20240607);
  std::int64_t total = 0;
  for (int round = 0; round < 200; ++round) {
    const Inbox inbox;
    auto* shared = new (page) Shared{};
    const pid_t child = fork();
    if (child == 0) {
      Problems problems;
      reprise::Run run = reprise::Run::Start(Options(problems));
      RecordForever(run, *shared);
    }
    // Some are killed while they start, most after they took several segments.
    usleep(static_cast<useconds_t>(random() % (round % 4 == 0 ? 2000 : 15'000)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);

    const Collected all = inbox.Read(tracker::Writer::kIsGone);
    std::int64_t next[2] = {0, 0};
    for (const auto& point : all.points) {
      ASSERT_EQ(point.step, next[point.key == "1" ? 1 : 0]++);
    }
    for (int t = 0; t < 2; ++t) {
      const std::int64_t acknowledged = shared->points[t].load();
      ASSERT_GE(next[t], acknowledged) << "round " << round;
      ASSERT_LE(next[t], acknowledged + 1) << "round " << round;
      total += acknowledged;
    }
    ASSERT_GE(static_cast<std::int64_t>(all.notes.size()), shared->notes.load());
  }
  munmap(page, sizeof(Shared));
  EXPECT_GT(total, 10'000);  // Else the child did not get to do anything.
}

}  // namespace
}  // namespace reprise::sdk::testing
