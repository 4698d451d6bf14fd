#include "tracker/recorder/standard_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

class StandardInputTest : public ::testing::Test {
 protected:
  StandardInputTest() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~StandardInputTest() override {
    close(ends_[0]);
    CloseWriter();
  }
  void CloseWriter() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  void Write() { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
  void Read() {
    char byte = 0;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }

  int ends_[2] = {-1, -1};
};

TEST_F(StandardInputTest, APipeInWhichSomethingIsGivesIt) {
  Write();
  EXPECT_TRUE(StandardInput(ends_[0]).gives());
}

TEST_F(StandardInputTest, APipeThatIsFilledOrClosedLaterMayHaveGivenSomething) {
  StandardInput filled(ends_[0]);
  EXPECT_FALSE(filled.gives());
  Write();
  filled.Look();
  EXPECT_TRUE(filled.gives());
  Read();

  StandardInput closed(ends_[0]);
  Write();
  Read();
  closed.Look();
  EXPECT_FALSE(closed.gives());
  CloseWriter();
  closed.Look();
  EXPECT_TRUE(closed.gives());
}

TEST_F(StandardInputTest, ASilentOrClosedPipeGivesNothing) {
  StandardInput silent(ends_[0]);
  silent.Look();
  EXPECT_FALSE(silent.gives());
  CloseWriter();
  StandardInput closed(ends_[0]);
  closed.Look();
  EXPECT_FALSE(closed.gives());
}

TEST_F(StandardInputTest, ASocketIsAPipe) {
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  StandardInput input(sockets[0]);
  EXPECT_FALSE(input.gives());
  EXPECT_EQ(write(sockets[1], "x", 1), 1);
  input.Look();
  EXPECT_TRUE(input.gives());
  close(sockets[0]);
  close(sockets[1]);
}

TEST_F(StandardInputTest, AFileGivesWhatIsLeftOfIt) {
  const testing::TempDir folder;
  const int file = open(folder.Path("f").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  EXPECT_FALSE(StandardInput(file).gives());
  EXPECT_EQ(write(file, "x", 1), 1);
  EXPECT_FALSE(StandardInput(file).gives()) << "it has been read to its end";
  EXPECT_EQ(lseek(file, 0, SEEK_SET), 0);
  EXPECT_TRUE(StandardInput(file).gives());
  close(file);
}

TEST_F(StandardInputTest, DevicesAndWhatIsNotOpenGiveNothing) {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_FALSE(StandardInput(null).gives());
  close(null);
  EXPECT_FALSE(StandardInput(-1).gives());
}

}  // namespace
}  // namespace reprise::tracker
