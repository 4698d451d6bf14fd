#include "tracker/recorder/exit_report.h"

#include <gtest/gtest.h>

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

TEST(ExitReport, IsRejectedWithAForeignName) {
  std::string text = FormatExitReport(kReport);
  text[0] = 'x';
  EXPECT_FALSE(ParseExitReport(text).ok());
}

}  // namespace
}  // namespace reprise::tracker
