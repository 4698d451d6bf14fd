// Many threads at once, and threads that come and go.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

TEST(Threads, AMillionPointsOfFourThreadsAreThereExactlyOnceAndInOrder) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  constexpr int kThreads = 4;
  constexpr std::int64_t kPoints = 250'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&run, t] {
      const std::string key = "thread" + std::to_string(t);
      for (std::int64_t i = 0; i < kPoints; ++i) run.metric(key, static_cast<double>(i), i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, std::int64_t> next;
  for (const auto& point : inbox.Read().points) ASSERT_EQ(point.step, next[point.key]++);
  ASSERT_EQ(next.size(), static_cast<std::size_t>(kThreads));
  for (const auto& [key, count] : next) EXPECT_EQ(count, kPoints) << key;
  EXPECT_EQ(problems.Count(), 0U) << problems.Text();
}

TEST(Threads, SharedKeysNeedNoAgreementBetweenThreads) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&run, t] {
      for (int i = 0; i < 3000; ++i) {
        run.metric("key" + std::to_string((i * (t + 1)) % 100), t, i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> counts;
  for (const auto& point : inbox.Read().points) ++counts[point.key];
  EXPECT_EQ(counts.size(), 100U);
  int total = 0;
  for (const auto& [key, count] : counts) total += count;
  EXPECT_EQ(total, 4 * 3000);
}

TEST(Threads, AThousandShortThreadsShareAFewSegments) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  for (int i = 0; i < 1000; ++i) {
    std::thread([&run, i] { run.metric("m", i, i); }).join();
  }
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 1000U);
  EXPECT_LE(all.segments.size(), 4U);
}

TEST(Threads, AThreadThatRecordsWhileItEndsIsHeard) {
  const Inbox inbox;
  Problems problems;
  static reprise::Run* run = nullptr;
  struct Late {
    ~Late() { run->metric("late", 1); }
    int touched = 0;
  };
  reprise::Run owner = reprise::Run::Start(Options(problems));
  run = &owner;
  for (int i = 0; i < 50; ++i) {
    std::thread([] {
      thread_local Late late;  // Made before the SDK's own, so it goes after it.
      late.touched = 1;
      run->metric("early", 1);
    }).join();
  }
  const Collected all = inbox.Read();
  EXPECT_EQ(all.ValuesOf("early").size(), 50U);
  EXPECT_EQ(all.ValuesOf("late").size(), 50U);
  EXPECT_LE(all.segments.size(), 4U);
}

TEST(Threads, AllCallsMayBeMadeAtOnce) {
  const Inbox inbox;
  const FakeRecorder recorder(inbox.path());
  Problems problems;
  reprise::Run run = reprise::Run::Start(Waiting(problems));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&run, &inbox, t] {
      for (int i = 0; i < 200; ++i) {
        run.metric("m", i, i);
        run.param("shared" + std::to_string(i % 10), i % 10);
        run.tag("t" + std::to_string(t), std::to_string(i));
        run.log("line");
        run.note("remark");
        if (i % 50 == 0) run.output(inbox.path());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(run.finish()) << problems.Text();
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size(), 800U);
  EXPECT_EQ(all.param_records, 10U);
  EXPECT_EQ(all.tags.size(), 800U);
  EXPECT_EQ(all.logs.size(), 800U);
  EXPECT_EQ(all.notes.size(), 800U);
  EXPECT_EQ(all.files.size(), 16U);
}

TEST(Threads, AReaderBesideTheWritersSeesEachPointOnce) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  constexpr std::int64_t kPoints = 200'000;
  std::atomic<int> running{2};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      const std::string key(1, static_cast<char>('a' + t));
      for (std::int64_t i = 0; i < kPoints; ++i) run.metric(key, 1, i);
      --running;
    });
  }
  tracker::SegmentReader reader(PosixFileSystem(), inbox.path());
  std::map<std::string, std::int64_t> next;
  bool in_order = true;
  const auto visit = [&](const tracker::SegmentSource&, const tracker::SegmentRecord& record) {
    if (const auto* point = std::get_if<tracker::PointRecord>(&record)) {
      in_order = in_order && next[std::string(point->key)]++ == point->step;
    }
    return Result<void>();
  };
  std::size_t removed = 0;
  for (bool last = false; !last;) {
    last = running == 0;
    ASSERT_TRUE(reader.Poll(tracker::Writer::kMayLive, visit).ok());
    for (const std::string& name : reader.Drained()) {
      ASSERT_TRUE(reader.Remove(name).ok());
      ++removed;
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(next["a"], kPoints);
  EXPECT_EQ(next["b"], kPoints);
  EXPECT_GE(removed, 8U);
}

}  // namespace
}  // namespace reprise::sdk::testing
