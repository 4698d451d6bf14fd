// Where no space can be had, points are dropped and counted, and nothing stops or dies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

using ::testing::HasSubstr;

// Lowers RLIMIT_FSIZE for this process while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t size_bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{size_bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

bool WriteText(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// Gives this process mounts of its own: root by right, anybody else as root of a namespace of
// users.
bool UnshareMounts() {
  if (unshare(CLONE_NEWNS) == 0) return true;
  const std::string user = std::to_string(getuid());
  const std::string group = std::to_string(getgid());
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
         WriteText("/proc/self/uid_map", "0 " + user + " 1") &&
         WriteText("/proc/self/setgroups", "deny") &&
         WriteText("/proc/self/gid_map", "0 " + group + " 1");
}

// Runs `body` in a child process with the path of a file system of its own, which has the given
// tmpfs options.
void OnSmallFileSystem(const std::string& options,
                       const std::function<void(const std::string& path)>& body) {
  constexpr int kCannotMount = 77;
  std::string path = (std::filesystem::temp_directory_path() / "reprise-tmpfs-XXXXXX").string();
  ASSERT_NE(mkdtemp(path.data()), nullptr);
  const int status = InChild([&] {
    if (!UnshareMounts()) return kCannotMount;
    // In a chroot whose root is no mount this fails, and others see the mount until it is undone.
    (void)mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) != 0) return kCannotMount;
    body(path);
    umount2(path.c_str(), MNT_DETACH);
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
  rmdir(path.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotMount) {
    GTEST_SKIP() << "SKIPPED: this user may neither mount a file system nor make a namespace of "
                    "users; in a container, allow it with --cap-add SYS_ADMIN";
  }
  EXPECT_EQ(status, 0) << "the child has told why";
}

TEST(NoSpace, OnAFullDiskPointsAreDroppedCountedAndToldOnce) {
  OnSmallFileSystem("size=1m", [](const std::string& disk) {
    const Inbox inbox(disk);
    Problems problems;
    reprise::Run run = reprise::Run::Start(Options(problems));
    constexpr std::size_t kPoints = 100'000;  // 3.2 MB.
    for (std::size_t i = 0; i < kPoints; ++i) run.metric("m", 1, static_cast<std::int64_t>(i));
    EXPECT_EQ(problems.Count(ErrorKind::kNoSpace), 1U) << problems.Text();
    EXPECT_FALSE(run.ok());
    const Collected all = inbox.Read();
    EXPECT_EQ(all.points.size() + all.loss.points, kPoints);
    EXPECT_GT(all.points.size(), 20'000U);  // It used most of the megabyte.
    EXPECT_GT(all.loss.points, 0U);
  });
}

TEST(NoSpace, RareRecordsStillFitInTheReserve) {
  OnSmallFileSystem("size=512k", [](const std::string& disk) {
    const Inbox inbox(disk);
    Problems problems;
    reprise::Run run = reprise::Run::Start(Options(problems));
    for (int i = 0; i < 50'000; ++i) run.metric("m", 1, i);
    EXPECT_TRUE(run.tag("after", "the disk was full")) << problems.Text();
    EXPECT_EQ(run.param("eta", 0.1), 0.1);
    Collected all = inbox.Read();
    EXPECT_EQ(all.tags.size(), 1U);
    EXPECT_EQ(all.params["eta"].value, "0.1");
    EXPECT_EQ(all.loss.records, 0U);
  });
}

TEST(NoSpace, WhenThereIsSpaceAgainRecordingGoesOn) {
  OnSmallFileSystem("size=1m", [](const std::string& disk) {
    const Inbox inbox(disk);
    const std::string ballast = disk + "/ballast";
    std::ofstream(ballast) << std::string(std::size_t{700} << 10, 'x');
    Problems problems;
    reprise::Run run = reprise::Run::Start(Options(problems));
    std::int64_t i = 0;
    for (; i < 20'000; ++i) run.metric("m", 1, i);
    EXPECT_EQ(problems.Count(ErrorKind::kNoSpace), 1U);
    std::filesystem::remove(ballast);
    std::this_thread::sleep_for(std::chrono::milliseconds(150));  // It asks ten times a second.
    run.metric("again", 1);
    const Collected all = inbox.Read();
    EXPECT_EQ(all.ValuesOf("again").size(), 1U);
    EXPECT_EQ(all.ValuesOf("m").size() + all.loss.points, static_cast<std::size_t>(i));
  });
}

TEST(NoSpace, AFileSizeLimitDropsPointsAndDoesNotKill) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  {
    const FileSizeLimit limit(std::size_t{32} << 10);  // Less than any segment: SIGXFSZ looms.
    for (int i = 0; i < 10'000; ++i) run.metric("m", 1, i);
    EXPECT_EQ(problems.Count(ErrorKind::kNoSpace), 1U) << problems.Text();
    EXPECT_THAT(problems.Text(), HasSubstr("File too large"));
  }
  const Collected all = inbox.Read();
  EXPECT_EQ(all.points.size() + all.loss.points, 10'000U);
  EXPECT_GT(all.loss.points, 5000U);
}

TEST(NoSpace, LossesBeforeTheFirstSegmentOfAThreadAreCountedInIt) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::thread([&] {
    run.metric("main has the first segment", 1);  // Takes the idle producer.
    std::thread([&] {
      {
        const FileSizeLimit limit(1);
        for (int i = 0; i < 10; ++i) run.metric("m", 1, i);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      run.metric("m", 1, 10);
    }).join();
  }).join();
  const Collected all = inbox.Read();
  EXPECT_EQ(all.ValuesOf("m").size(), 1U);
  EXPECT_EQ(all.loss.points, 10U);
}

TEST(NoSpace, AnInboxThatVanishedIsToldOnceAndHarmsNothing) {
  const Inbox inbox;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  std::filesystem::remove_all(inbox.path());
  for (int i = 0; i < 100'000; ++i) run.metric("m", 1, i);
  run.tag("k", "v");
  EXPECT_EQ(problems.Count(ErrorKind::kIo), 1U) << problems.Text();
  EXPECT_TRUE(run.finish() == false);
}

}  // namespace
}  // namespace reprise::sdk::testing
