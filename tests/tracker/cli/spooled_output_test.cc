// What a command prints is kept until it is done, within bounds.

#include "tracker/cli/spooled_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ostream>

#include "tests/support/temp_dir.h"

namespace reprise::cli {
namespace {

class SpooledOutputTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_GE(fd_, 0); }
  void TearDown() override { close(fd_); }

  std::string Written() { return *ReadFile(PosixFileSystem(), path_, 1U << 30); }

  const testing::TempDir folder_;
  const std::string path_ = folder_.Path("out");
  const int fd_ = open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  SpooledOutput spool_{fd_};
  std::ostream out_{&spool_};
};

TEST_F(SpooledOutputTest, NothingIsWrittenBeforeAFlush) {
  out_ << "a line\n" << 'c' << 7;
  EXPECT_EQ(Written(), "");
  out_.flush();
  EXPECT_EQ(Written(), "a line\nc7");
  out_ << "more" << std::flush;
  EXPECT_EQ(Written(), "a line\nc7more");
}

TEST_F(SpooledOutputTest, WhatPassesTheBoundIsWrittenAtOnce) {
  const std::string large(kSpoolBytesMax, 'x');
  out_ << large;
  EXPECT_EQ(Written().size(), 0U);
  out_ << 'y';
  EXPECT_EQ(Written(), large + 'y');
}

TEST(SpooledOutput, ADeviceThatIsFullIsAFailureOfTheStream) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  SpooledOutput spool(full);
  std::ostream out(&spool);
  out << "text";
  EXPECT_TRUE(out.good());
  out.flush();
  EXPECT_FALSE(out.good());
  close(full);
}

}  // namespace
}  // namespace reprise::cli
