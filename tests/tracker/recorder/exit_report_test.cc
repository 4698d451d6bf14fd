#include "tracker/recorder/exit_report.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

const ExitReport kReport{
    .wait_status = 256, .ended_at_unix_ms = 1, .user_ms = 2, .system_ms = 3, .rss_bytes_max = 4096};

TEST(ExitReport, ReadsBackWhatItWrote) {
  const auto parsed = ParseExitReport(FormatExitReport(kReport));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, kReport);
}

TEST(ExitReport, IsRejectedWhenCutAnywhere) {
  const std::string text = FormatExitReport(kReport);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ParseExitReport(text.substr(0, size)).ok()) << size;
  }
}

TEST(ExitReport, TakesTheRoomThatWasReservedAndNoMore) {
  FileSystem& files = PosixFileSystem();
  const testing::TempDir folder;
  ASSERT_TRUE(ReserveExitReport(files, folder.path()).ok());
  const auto none = ReadExitReport(files, folder.path());
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, std::nullopt);
  const auto room = files.Stat(folder.Path("exit.room"));
  ASSERT_TRUE(room.ok());

  constexpr ExitReport kLongest = {.wait_status = std::numeric_limits<int>::min(),
                                   .ended_at_unix_ms = std::numeric_limits<std::int64_t>::min(),
                                   .user_ms = std::numeric_limits<std::int64_t>::min(),
                                   .system_ms = std::numeric_limits<std::int64_t>::min(),
                                   .rss_bytes_max = std::numeric_limits<std::int64_t>::min()};
  EXPECT_LE(FormatExitReport(kLongest).size(), room->size_bytes);
  ASSERT_TRUE(WriteExitReport(files, folder.path(), kLongest).ok());
  const auto written = files.Stat(folder.Path("exit"));
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->inode, room->inode);  // In place: nothing new had to be allocated.
  const auto report = ReadExitReport(files, folder.path());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(*report, kLongest);
}

TEST(ExitReport, IsWrittenWithoutAReservationToo) {
  const testing::TempDir folder;
  ASSERT_TRUE(WriteExitReport(PosixFileSystem(), folder.path(), kReport).ok());
  const auto report = ReadExitReport(PosixFileSystem(), folder.path());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(*report, kReport);
}

TEST(ExitReport, IsRejectedWithAForeignName) {
  std::string text = FormatExitReport(kReport);
  text[0] = 'x';
  EXPECT_FALSE(ParseExitReport(text).ok());
}

}  // namespace
}  // namespace reprise::tracker
