// Output that is stopped half-way is taken back.

#include "tracker/cli/output_files.h"

#include <atomic>
#include <csignal>

#include "tests/tracker/cli/cli_testing.h"
#include "tracker/cli/stop_signals.h"

namespace reprise::cli {
namespace {

class OutputFilesTest : public ::testing::Test {
 protected:
  testing::TempDir dir;
  FileSystem& files = PosixFileSystem();
};

TEST_F(OutputFilesTest, CountsFilesAndBytesAndStopsWriting) {
  std::uint64_t files_written = 0;
  std::uint64_t bytes_written = 0;
  OutputFiles output(files, {[&](std::uint64_t count, std::uint64_t bytes) {
                               files_written = count;
                               bytes_written = bytes;
                             },
                             [&] { return bytes_written >= 6; }});
  ASSERT_TRUE(WriteFileAtomically(output, dir.Path("a"), "abc").ok());
  ASSERT_TRUE(WriteFileAtomically(output, dir.Path("b"), "def").ok());
  EXPECT_EQ(files_written, 2U);
  EXPECT_EQ(bytes_written, 6U);
  const auto stopped = WriteFileAtomically(output, dir.Path("c"), "ghi");
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_FALSE(output.CreateDirectory(dir.Path("d"), 0755).ok());
  EXPECT_FALSE(output.CreateSymlink("a", dir.Path("e")).ok());
  EXPECT_TRUE(RemoveTree(output, dir.Path("a")).ok());
  EXPECT_TRUE(Exists(output, dir.Path("b")));
}

TEST(StopSignals, KeepsTheSignalAndGivesItsActionBack) {
  StopSignals::Forget();
  struct sigaction before = {};
  sigaction(SIGTERM, nullptr, &before);
  {
    const StopSignals signals;
    EXPECT_EQ(StopSignals::Received(), 0);
    raise(SIGTERM);
    EXPECT_EQ(StopSignals::Received(), SIGTERM);
  }
  struct sigaction after = {};
  sigaction(SIGTERM, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
  StopSignals::Forget();
}

TEST(StopSignals, WhatWasIgnoredStaysIgnored) {
  StopSignals::Forget();
  const auto before = std::signal(SIGINT, SIG_IGN);
  {
    const StopSignals signals;
    raise(SIGINT);
    EXPECT_EQ(StopSignals::Received(), 0);
  }
  std::signal(SIGINT, before);
}

// Stands for a person who presses Ctrl-C when the second file of the output is begun.
class Interrupting : public OutputFiles {
 public:
  explicit Interrupting(FileSystem& inner)
      : OutputFiles(inner, {[](std::uint64_t, std::uint64_t) {}, [] { return false; }}) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions) override {
    if (path.find("/part/") != std::string::npos && ++begun_ == 2) raise(SIGTERM);
    return OutputFiles::Open(path, mode, permissions);
  }

 private:
  std::atomic<int> begun_ = 0;
};

using InterruptedTest = CliStoreTest;

TEST_F(InterruptedTest, RestoreAndExportLeaveNoPartBehind) {
  Write("a", "a");
  Write("b", "b");
  Write("c", "c");
  Record("one", "true", {"-i", "a", "-i", "b", "-o", "c"});
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"restore", "one", "part"},
        std::vector<std::string>{"audit", "export", "one", "-o", "part"}}) {
    StopSignals::Forget();
    Interrupting interrupting(files);
    std::ostringstream out;
    std::ostringstream err;
    Context context{.out = out,
                    .err = err,
                    .files = interrupting,
                    .working_directory = project,
                    .global = {},
                    .tail = {}};
    EXPECT_EQ(Dispatch(arguments, context), 5) << out.str();
    EXPECT_EQ(StopSignals::Received(), SIGTERM);
    EXPECT_NE(err.str().find("interrupted"), std::string::npos) << err.str();
    EXPECT_FALSE(Exists(files, JoinPath(project, "part")));
  }
  StopSignals::Forget();
  Done({"fsck"});
}

}  // namespace
}  // namespace reprise::cli
