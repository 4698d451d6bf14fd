// Whole programs against the shared library (tests/sdk/programs): how they end, how they load it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

int RunProgram(const std::string& command) { return std::system((command).c_str()); }

TEST(Programs, AStaticRunFinishesItselfAfterWhatExitHandlersRecord) {
  const Inbox inbox;
  EXPECT_EQ(RunProgram(REPRISE_LATE_USER " static"), 0);
  const Collected all = inbox.Read(tracker::Writer::kIsGone);
  EXPECT_EQ(all.ValuesOf("main").size(), 1U);
  EXPECT_EQ(all.ValuesOf("atexit").size(), 1U);
  EXPECT_EQ(all.finishes.size(), 1U);
  EXPECT_EQ(all.exits.size(), 0U);
  EXPECT_EQ(all.loss.damaged_bytes, 0U);
}

TEST(Programs, AnExitWithoutFinishIsRecordedWithItsCode) {
  const Inbox inbox;
  EXPECT_EQ(WEXITSTATUS(RunProgram(REPRISE_LATE_USER " leaked")), 3);
  const Collected all = inbox.Read(tracker::Writer::kIsGone);
  EXPECT_EQ(all.ValuesOf("main").size(), 1U);
  EXPECT_EQ(all.ValuesOf("atexit").size(), 1U);
  EXPECT_EQ(all.finishes.size(), 0U);
  ASSERT_EQ(all.exits.size(), 1U);
  EXPECT_EQ(all.exits[0].exit_code, 3);
  EXPECT_FALSE(all.mapped_files.empty());
}

TEST(Programs, AnObjectDestroyedAfterEverythingElseIsHeard) {
  const Inbox inbox;
  EXPECT_EQ(RunProgram(REPRISE_LATE_USER " before"), 0);
  EXPECT_EQ(inbox.Read(tracker::Writer::kIsGone).ValuesOf("destructor").size(), 1U);
}

TEST(Programs, LoadingAndUnloadingTheLibraryIsHarmless) {
  const Inbox inbox;
  EXPECT_EQ(RunProgram(REPRISE_LOADER " " REPRISE_LIBRARY), 0);
  const Collected all = inbox.Read(tracker::Writer::kIsGone);
  EXPECT_EQ(all.ValuesOf("main").size(), 3U);
  EXPECT_EQ(all.ValuesOf("thread").size(), 3U);
}

TEST(Programs, ACProgramRecords) {
  const Inbox inbox;
  EXPECT_EQ(RunProgram(REPRISE_C99_USER), 0);
  EXPECT_EQ(inbox.Read(tracker::Writer::kIsGone).ValuesOf("c99").size(), 10U);
}

}  // namespace
}  // namespace reprise::sdk::testing
