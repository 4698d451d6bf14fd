// The end of runs whose recorders died.

#include "tracker/recorder/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/support/hooked_file_system.h"
#include "tests/tracker/recorder/session_fixture.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/process_stat.h"

namespace reprise::tracker {
namespace {

using lineage::RunStatus;
using sdk::testing::SegmentBuilder;
using ::testing::HasSubstr;

class RecoveryTest : public testing::SessionFixture {
 protected:
  Result<void> Recover() { return RecoverRun(files(), store(), id()); }

  // What the store says of the run after it was recovered.
  StoredRun RecoveredRun() {
    RecoverRuns(files(), store(), [](const std::string& text) { ADD_FAILURE() << text; });
    const auto opened = Store::Open(files(), store());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    auto run = (*opened)->GetRun(id());
    EXPECT_TRUE(run.ok()) << run.error().message;
    return *std::move(run);
  }

  // A segment of this process, which is alive.
  void WriteSegmentOfThisProcess(bool closed) {
    const auto self = ReadProcessStat(files(), getpid());
    ASSERT_TRUE(self.has_value());
    SegmentBuilder segment;
    segment.header().pid = static_cast<std::uint32_t>(getpid());
    segment.header().process_start_ticks = self->start_ticks;
    segment.header().closed = closed ? 1 : 0;
    WriteSegment(segment, 1, static_cast<std::uint32_t>(getpid()), self->start_ticks);
  }
};

TEST_F(RecoveryTest, ARunWhoseEndNobodySawIsLost) {
  Create(Started());  // And its writer is gone at once.
  const StoredRun run = RecoveredRun();
  EXPECT_EQ(run.record.status, RunStatus::kLost);
  EXPECT_EQ(run.record.name, "brave-otter-7");
}

TEST_F(RecoveryTest, ARunWhoseKeeperSawTheEndHasItsStatus) {
  Create(Started());
  ASSERT_TRUE(WriteExitReport(files(), session_folder(), {.wait_status = 7 << 8}).ok());
  const StoredRun run = RecoveredRun();
  EXPECT_EQ(run.record.status, RunStatus::kFailed);
  EXPECT_EQ(run.record.exit_code, 7);
}

TEST_F(RecoveryTest, ARunWhoseRecorderIsAliveIsLeftAlone) {
  const auto session = Create(Started());
  const auto recovered = Recover();
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().code, ErrorCode::kTimeout);
}

TEST_F(RecoveryTest, ARunWhoseSandboxIsGoneDoesNotTakeTheHostsFilesForItsOwn) {
  const std::string model = JoinPath(project(), "model");
  ASSERT_TRUE(WriteFileAtomically(files(), model, "of the original").ok());
  v1::SessionStarted started = Started();
  started.set_in_sandbox(true);
  started.set_capture_level("sealed");
  started.add_declared_outputs(model);
  Create(started);
  ASSERT_TRUE(WriteExitReport(files(), session_folder(), {.wait_status = 0}).ok());
  const StoredRun run = RecoveredRun();
  EXPECT_TRUE(run.record.outputs.empty());
  EXPECT_EQ(run.record.missing_outputs, std::vector<std::string>{"model"});
  EXPECT_EQ(run.record.capture.closure, std::nullopt);
  EXPECT_THAT(run.record.warnings,
              ::testing::Contains(HasSubstr("what the command wrote there is lost")));
}

TEST_F(RecoveryTest, ASealedSessionIsNotSealedAgain) {
  Create(Started());
  ASSERT_TRUE(Recover().ok());
  ASSERT_TRUE(Recover().ok());
  EXPECT_EQ(std::ranges::count_if(Frames(), &v1::Frame::has_sealed), 1);
}

TEST_F(RecoveryTest, ASessionThatWasAdoptedIsNotFound) {
  Create(Started());
  RecoveredRun();
  const auto recovered = Recover();
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().code, ErrorCode::kNotFound);
}

TEST_F(RecoveryTest, ARunIsNotEndedWhileAProgramReportsToIt) {
  Create(Started());
  WriteSegmentOfThisProcess(/*closed=*/false);
  EXPECT_EQ(FindLiveClient(files(), session_folder()), getpid());
  const auto recovered = Recover();
  ASSERT_FALSE(recovered.ok());
  EXPECT_EQ(recovered.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(recovered.error().message, HasSubstr(std::to_string(getpid())));
  // And whoever comes by neither ends it nor complains.
  std::string told;
  const auto tell = [&](const std::string& text) { told += text; };
  RecoverRuns(files(), store(), tell);
  ASSERT_TRUE(Store::Open(files(), store(), {.notify = tell}).ok());
  EXPECT_EQ(told, "");
  EXPECT_TRUE(Exists(files(), session_folder()));
}

TEST_F(RecoveryTest, ARunThatIsEndedIsClosedToProgramsUnlessOneGoesOn) {
  const std::string mark = session_folder() + "/ended";
  Create(Started());
  WriteSegmentOfThisProcess(/*closed=*/false);
  EXPECT_FALSE(Recover().ok());
  EXPECT_FALSE(Exists(files(), mark));
  WriteSegmentOfThisProcess(/*closed=*/true);
  EXPECT_TRUE(Recover().ok());
  EXPECT_TRUE(Exists(files(), mark));
}

TEST_F(RecoveryTest, AProgramThatFinishedItsPartDoesNotDelayTheEnd) {
  Create(Started());
  WriteSegmentOfThisProcess(/*closed=*/true);
  EXPECT_EQ(FindLiveClient(files(), session_folder()), std::nullopt);
  EXPECT_TRUE(Recover().ok());
}

TEST_F(RecoveryTest, AnotherProcessOfTheSameNumberDoesNotDelayTheEnd) {
  Create(Started());
  WriteSegment(SegmentBuilder(), 1, static_cast<std::uint32_t>(getpid()), 1);
  EXPECT_EQ(FindLiveClient(files(), session_folder()), std::nullopt);
}

TEST_F(RecoveryTest, OnceTheCommandHasEndedItsOrphansDoNotDelayTheEnd) {
  Create(Started());
  WriteSegmentOfThisProcess(/*closed=*/false);
  ASSERT_TRUE(WriteExitReport(files(), session_folder(), {}).ok());
  EXPECT_EQ(RecoveredRun().record.status, RunStatus::kFinished);
}

TEST_F(RecoveryTest, TheStoreIsFreeWhileARunIsRecovered) {
  v1::SessionStarted started = Started();
  started.add_declared_outputs(JoinPath(project(), "model"));
  Create(started);
  ASSERT_TRUE(WriteFileAtomically(files(), JoinPath(project(), "model"), "weights").ok());
  int opened = 0;
  reprise::testing::HookedFileSystem hooked;
  hooked.before_read = [&](const std::string& path, std::uint64_t) -> Result<void> {
    if (path.ends_with("/model")) {
      REPRISE_TRY(Store::Open(files(), store(), {.lock_wait_ms_max = 0}));
      ++opened;
    }
    return {};
  };
  RecoverRuns(hooked, store(), [](const std::string& text) { ADD_FAILURE() << text; });
  EXPECT_GT(opened, 0);
  EXPECT_EQ(RecoveredRun().record.outputs.size(), 1U);
}

TEST_F(RecoveryTest, OfSeveralThatWouldRecoverARunOneDoes) {
  Create(Started());
  {
    std::vector<std::jthread> others;
    for (int i = 0; i < 8; ++i) {
      others.emplace_back([&] {
        RecoverRuns(files(), store(), [](const std::string& text) { ADD_FAILURE() << text; });
      });
    }
  }
  EXPECT_EQ(std::ranges::count_if(Frames(), &v1::Frame::has_sealed), 1);
}

TEST_F(RecoveryTest, ARunThatCannotBeRecoveredIsNamedAndStays) {
  Create(Started());
  ASSERT_TRUE(files().CreateDirectory(JoinPath(session_folder(), "ended")).ok());
  std::string told;
  RecoverRuns(files(), store(), [&](const std::string& text) { told += text; });
  EXPECT_THAT(told, HasSubstr(id().ToString()));
  EXPECT_TRUE(Exists(files(), session_folder()));
}

TEST(ProcessStat, AZombieHasEnded) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  const auto stat = ReadProcessStat(PosixFileSystem(), child);
  ASSERT_TRUE(stat.has_value());
  EXPECT_TRUE(stat->ended);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(ReadProcessStat(PosixFileSystem(), child).has_value());
}

TEST(ProcessStat, ThisProcessHasNotEnded) {
  const auto stat = ReadProcessStat(PosixFileSystem(), getpid());
  ASSERT_TRUE(stat.has_value());
  EXPECT_FALSE(stat->ended);
  EXPECT_GT(stat->start_ticks, 0U);
}

}  // namespace
}  // namespace reprise::tracker
