#include "tracker/cli/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace reprise::cli {
namespace {

using namespace std::chrono_literals;

class ProgressTest : public ::testing::Test {
 protected:
  // Updates at 0, 0.1, 0.2, … seconds for ten seconds.
  std::string Shown(bool terminal, bool quiet) {
    Context context{.out = out,
                    .err = err,
                    .files = PosixFileSystem(),
                    .working_directory = "/",
                    .global = {.store = std::nullopt, .quiet = quiet},
                    .tail = {},
                    .err_is_terminal = terminal};
    Progress::Time now{};
    {
      Progress progress(context, "adding x", "file", [&] { return now; });
      for (int i = 0; i < 100; ++i, now += 100ms) progress.Update(1, 1024, 4096);
    }
    return err.str();
  }

  std::ostringstream out;
  std::ostringstream err;
};

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(ProgressTest, IsALineEverySecondsWithoutATerminal) {
  const std::string shown = Shown(false, false);
  EXPECT_EQ(Count(shown, "\n"), 3U) << shown;
  EXPECT_EQ(Count(shown, "\r"), 0U);
  EXPECT_TRUE(shown.starts_with("reprise: adding x: [#####...............] 25 %, 1 file, 1.0 KiB"))
      << shown;
}

TEST_F(ProgressTest, RedrawsOneLineOnATerminalAndClearsIt) {
  const std::string shown = Shown(true, false);
  EXPECT_EQ(Count(shown, "\n"), 0U);
  EXPECT_GT(Count(shown, "adding x"), 50U);
  EXPECT_TRUE(shown.ends_with("\r\x1b[K"));
}

TEST_F(ProgressTest, IsSilentWhenQuiet) { EXPECT_EQ(Shown(true, true), ""); }

TEST_F(ProgressTest, SaysNothingOfWhatIsSoonDone) {
  Context context{.out = out,
                  .err = err,
                  .files = PosixFileSystem(),
                  .working_directory = "/",
                  .global = {},
                  .tail = {},
                  .err_is_terminal = true};
  Progress::Time now{};
  Progress progress(context, "x", "file", [&] { return now; });
  now += 499ms;
  progress.Update(1, 1);
  EXPECT_EQ(err.str(), "");
  now += 1ms;
  progress.Update(1, 1);
  EXPECT_NE(err.str(), "");
}

TEST(ProgressLine, GivesRateShareAndTimeLeft) {
  EXPECT_EQ(ProgressLine("adding x", "file", {.count = 3, .bytes = 2048, .seconds = 2}),
            "adding x: 3 files, 2.0 KiB, 1.0 KiB/s");
  EXPECT_EQ(
      ProgressLine("x", "object", {.count = 3, .bytes = 1024, .bytes_total = 2048, .seconds = 2}),
      "x: [##########..........] 50 %, 3 objects, 1.0 KiB, 512 B/s, 2.0 s left");
  // More than was announced is not more than all.
  EXPECT_EQ(ProgressLine("x", "file", {.count = 1, .bytes = 30, .bytes_total = 10, .seconds = 0}),
            "x: [####################] 100 %, 1 file, 30 B, 0 B/s");
}

}  // namespace
}  // namespace reprise::cli
