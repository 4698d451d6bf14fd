#include "lineage/capture/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_testing.h"

namespace reprise::capture {
namespace {

using testing::TempFolder;

class LimitsTest : public ::testing::Test {
 protected:
  ControlGroupLimits Read() { return ReadControlGroupLimits(view); }

  TempFolder root;
  SystemView view{PosixFileSystem(), root.path()};
};

TEST_F(LimitsTest, TheSmallestLimitOnTheWayUpCounts) {
  root.Write("proc/self/cgroup", "0::/system.slice/job.scope\n");
  root.Write("sys/fs/cgroup/system.slice/job.scope/cpu.max", "400000 100000\n");
  root.Write("sys/fs/cgroup/system.slice/job.scope/memory.max", "max\n");
  root.Write("sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n");
  root.Write("sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
  EXPECT_EQ(Read(), (ControlGroupLimits{1.5, 1073741824}));
}

TEST_F(LimitsTest, TheOlderVersionHasAFolderForEachController) {
  root.Write("proc/self/cgroup", "5:cpuacct,cpu:/docker/a\n4:memory:/docker/a\n1:name=systemd:/\n");
  root.Write("sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us", "50000\n");
  root.Write("sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us", "100000\n");
  root.Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  root.Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  root.Write("sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Read(), (ControlGroupLimits{0.5, std::nullopt}));
}

TEST_F(LimitsTest, WithoutLimitsOrGroupsThereAreNone) {
  EXPECT_EQ(Read(), ControlGroupLimits{});
  root.Write("proc/self/cgroup", "0::/\nnonsense\n::\n");
  root.Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(Read(), ControlGroupLimits{});
  root.Write("sys/fs/cgroup/cpu.max", "1 0\n");
  EXPECT_EQ(Read(), ControlGroupLimits{});
}

TEST_F(LimitsTest, AGroupOutsideOfTheNamespaceIsTheRoot) {
  root.Write("proc/self/cgroup", "0::/../../job\n");
  root.Write("sys/fs/cgroup/memory.max", "4096\n");
  EXPECT_EQ(Read().memory_bytes, 4096U);
}

TEST(RangesOf, NeighboursAreOneRange) {
  EXPECT_EQ(RangesOf({}), "");
  EXPECT_EQ(RangesOf({0}), "0");
  EXPECT_EQ(RangesOf({0, 1, 2, 3, 8, 10, 11}), "0-3,8,10-11");
  EXPECT_FALSE(AllowedProcessors().empty());
}

TEST(ProcessFacts, AreThoseOfThisProcess) {
  const mode_t before = umask(027);
  const ProcessFacts facts = ReadProcessFacts(SystemView(PosixFileSystem()));
  umask(before);
  EXPECT_EQ(facts.umask, 027U);
  EXPECT_EQ(facts.user_id, geteuid());
  EXPECT_EQ(facts.group_id, getegid());
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(facts.open_files, files.rlim_cur);
  const Json json = ProcessFactsToJson(facts);
  EXPECT_EQ(json.GetString("umask").value_or(""), "0027");
}

TEST(ProcessFacts, UnlimitedAndUnknownAreToldApart) {
  ProcessFacts facts;
  facts.stack_bytes = UINT64_MAX;
  facts.open_files = 1024;
  facts.address_space_bytes = (std::uint64_t{1} << 53) + 2;
  const Json json = ProcessFactsToJson(facts);
  EXPECT_TRUE(json.Find("umask")->is_null());
  EXPECT_TRUE(json.Find("nice")->is_null());
  const Json& limits = *json.Find("limits");
  EXPECT_EQ(limits.GetString("stack_bytes").value_or(""), "unlimited");
  EXPECT_EQ(limits.GetString("address_space_bytes").value_or(""), "9007199254740994");
  EXPECT_EQ(limits.GetInteger("open_files").value_or(0), 1024);
}

}  // namespace
}  // namespace reprise::capture
