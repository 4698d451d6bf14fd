// Starting a recorder: the program that starts it must not notice.
//
// A shell script stands in for the reprise command ($REPRISE_BIN).

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/sdk/support.h"

namespace reprise::sdk::testing {
namespace {

using ::testing::HasSubstr;

// A folder with the script in it, named by REPRISE_BIN; the run's inbox is `inbox()`.
class Launch : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv(wire::kRunDirVariable);
    setenv("REPRISE_BIN", (folder() + "/reprise").c_str(), 1);
  }
  void TearDown() override { unsetenv("REPRISE_BIN"); }

  std::string folder() const { return joined_.path(); }
  std::string inbox() const { return folder() + "/inbox"; }

  // `body` runs as `reprise recorder …` with $FOLDER set.
  void WriteScript(const std::string& body) const {
    std::filesystem::create_directory(inbox());
    const std::string path = folder() + "/reprise";
    std::ofstream(path) << "#!/bin/sh\nFOLDER='" << folder() << "'\n" << body << '\n';
    chmod(path.c_str(), 0755);
  }

  std::string ReadWhenThere(const std::string& name) const {
    for (int i = 0; i < 500; ++i) {
      std::ifstream in(folder() + '/' + name);
      std::stringstream text;
      text << in.rdbuf();
      if (text.str().ends_with("done\n")) return text.str();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
  }

 private:
  Inbox joined_;  // Only for its folder.
};

int g_sigchld_count = 0;

TEST_F(Launch, TheRecorderIsToldWhomItRecordsAndTheRunIsItsInbox) {
  WriteScript(
      "printf '%s\\n' \"$@\" done > $FOLDER/arguments\n"
      "echo \"ok $FOLDER/inbox\" >&3");
  Problems problems;
  RunOptions options = Options(problems);
  options.experiment = "credit risk";
  options.name = "brave";
  reprise::Run run = reprise::Run::Start(options);
  ASSERT_TRUE(run.active()) << problems.Text();
  EXPECT_EQ(run.id(), "inbox");
  run.metric("m", 1);
  const std::string arguments = ReadWhenThere("arguments");
  EXPECT_THAT(arguments, HasSubstr("recorder\n--pid\n" + std::to_string(getpid()) + "\n"));
  EXPECT_THAT(arguments, HasSubstr("--ready-fd\n3\n"));
  EXPECT_THAT(arguments, HasSubstr("--experiment\ncredit risk\n--name\nbrave\n"));
  EXPECT_TRUE(std::filesystem::exists(
      inbox() + "/" + std::filesystem::directory_iterator(inbox())->path().filename().string()));
}

TEST_F(Launch, TheProgramsChildrenAreItsOwn) {
  WriteScript("echo \"ok $FOLDER/inbox\" >&3; sleep 1");
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++g_sigchld_count; };
  sigaction(SIGCHLD, &action, &before);
  g_sigchld_count = 0;
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  ASSERT_TRUE(run.active()) << problems.Text();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1);
  EXPECT_EQ(g_sigchld_count, 0);
  sigaction(SIGCHLD, &before, nullptr);
}

TEST_F(Launch, TheRecorderInheritsNothingThatMatters) {
  WriteScript(
      "{ ls /proc/$$/fd; echo session $(cut -d' ' -f6 /proc/$$/stat);"
      " grep -E 'SigBlk|SigIgn' /proc/self/status; pwd; echo done; } > $FOLDER/facts\n"
      "echo \"ok $FOLDER/inbox\" >&3");
  const int kept = dup2(1, 77);  // Without CLOEXEC.
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGPIPE, SIG_IGN);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  close(kept);
  signal(SIGPIPE, SIG_DFL);
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGTERM), 1);  // Ours is as it was.
  EXPECT_EQ(sigismember(&now, SIGINT), 0);
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ASSERT_TRUE(run.active()) << problems.Text();
  const std::string facts = ReadWhenThere("facts");
  EXPECT_THAT("\n" + facts, ::testing::Not(HasSubstr("\n77\n")));
  EXPECT_THAT(facts, ::testing::Not(HasSubstr("session " + std::to_string(getsid(0)) + "\n")));
  EXPECT_THAT(facts, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(facts, HasSubstr("SigIgn:\t0000000000000000"));
  EXPECT_THAT(facts, HasSubstr(std::filesystem::current_path().string() + "\n"));
}

TEST_F(Launch, TheRecordersReasonIsTold) {
  WriteScript("echo 'error there is no store here; `reprise init` makes one' >&3");
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_FALSE(run.active());
  EXPECT_EQ(problems.Count(ErrorKind::kNoRecorder), 1U);
  EXPECT_THAT(problems.Text(), HasSubstr("there is no store here; `reprise init` makes one"));
}

TEST_F(Launch, ARecorderThatDiesOrTalksNonsenseIsTold) {
  for (const char* body : {"exit 3", "echo nonsense >&3", "printf 'ok /x' >&3",
                           "echo 'ok relative' >&3", "echo 'ok ' >&3"}) {
    WriteScript(body);
    Problems problems;
    reprise::Run run = reprise::Run::Start(Options(problems));
    EXPECT_FALSE(run.active()) << body;
    EXPECT_EQ(problems.Count(ErrorKind::kNoRecorder), 1U) << body;
  }
}

TEST_F(Launch, ASilentRecorderIsGivenUpAfterFiveSeconds) {
  WriteScript("sleep 20");
  Problems problems;
  const auto from = std::chrono::steady_clock::now();
  reprise::Run run = reprise::Run::Start(Options(problems));
  const auto waited = std::chrono::steady_clock::now() - from;
  EXPECT_FALSE(run.active());
  EXPECT_GE(waited, std::chrono::milliseconds(4900));
  EXPECT_LT(waited, std::chrono::seconds(10));
}

TEST_F(Launch, ACommandThatCannotBeExecutedIsTold) {
  std::ofstream(folder() + "/reprise") << "#!/nonexistent/interpreter\n";
  chmod((folder() + "/reprise").c_str(), 0755);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_FALSE(run.active());
  EXPECT_THAT(problems.Text(), HasSubstr("No such file or directory"));
}

TEST_F(Launch, WithoutACommandTheProgramGoesOn) {
  setenv("REPRISE_BIN", "/nonexistent/reprise", 1);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  EXPECT_FALSE(run.active());
  EXPECT_EQ(problems.Count(ErrorKind::kNoRecorder), 1U);
  EXPECT_THAT(problems.Text(), HasSubstr("REPRISE_BIN"));
}

TEST_F(Launch, TheCommandIsFoundOnPath) {
  WriteScript("echo \"ok $FOLDER/inbox\" >&3");
  unsetenv("REPRISE_BIN");
  const std::string before = getenv("PATH");
  setenv("PATH", ("/nonexistent::" + folder() + ":" + before).c_str(), 1);
  Problems problems;
  reprise::Run run = reprise::Run::Start(Options(problems));
  setenv("PATH", before.c_str(), 1);
  EXPECT_TRUE(run.active()) << problems.Text();
}

TEST_F(Launch, WithItsStandardStreamsClosedAProgramIsTrackedToo) {
  WriteScript("echo \"ok $FOLDER/inbox\" >&3");
  const int status = InChild([&] {
    for (int fd = 0; fd < 3; ++fd) close(fd);
    Problems problems;
    reprise::Run run = reprise::Run::Start(Options(problems));
    return run.active() ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace reprise::sdk::testing
