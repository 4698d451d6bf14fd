// Traces functions and commands in processes of their own.

#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tracker/trace/name_view.h"
#include "tracker/trace/trace_thread.h"

namespace reprise::tracker::testing {

// Runs programs in a folder, and tells what they did there, as it is seen by one means of tracing.
class TraceTest : public ::testing::TestWithParam<TraceTier> {
 protected:
  void SetUp() override {
    if (GetParam() != TraceTier::kListener) return;
    const auto program = BuildFilter();
    ASSERT_TRUE(program.ok()) << program.error().message;
    const pid_t probe = fork();
    if (probe == 0) _exit(InstallFilter(*program) < 0 ? 1 : 0);
    int status = 0;
    ASSERT_EQ(waitpid(probe, &status, 0), probe);
    if (status != 0) {
      GTEST_SKIP()
          << "SKIPPED: this system forbids to listen to system calls (seccomp), or another "
             "tracer does so already";
    }
  }

  // `body` runs in a traced process whose working directory is the folder; its result is the exit
  // status.
  Trace TraceOf(const std::function<int()>& body, int expected_status = 0) {
    auto tracing = TraceThread::Prepare(PosixFileSystem(), session_.path(), {.first_tier = GetParam()});
    EXPECT_TRUE(tracing.ok());
    if (!tracing.ok()) return Trace{};
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(folder_.path().c_str()) != 0) _exit(99);
      (*tracing)->EnterInChild();
      _exit(body());
    }
    const auto begun = (*tracing)->BeginInParent();
    EXPECT_TRUE(begun.ok()) << begun.error().message;
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), expected_status);
    (*tracing)->StopObserving();
    auto trace = ReadTrace(PosixFileSystem(), session_.path());
    EXPECT_TRUE(trace.ok()) << trace.error().message;
    return trace.ok() ? *std::move(trace) : Trace{};
  }

  Trace TraceOfCommand(std::vector<std::string> arguments, int expected_status = 0) {
    return TraceOf(
        [&] {
          std::vector<char*> pointers;
          for (std::string& argument : arguments) pointers.push_back(argument.data());
          pointers.push_back(nullptr);
          execvp(pointers[0], pointers.data());
          return 127;
        },
        expected_status);
  }

  std::string In(const std::string& name) const { return JoinPath(folder_.path(), name); }

  void Put(const std::string& name, const std::string& content) const {
    const auto written = WriteFileAtomically(PosixFileSystem(), In(name), content);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }

  // What was kept of a file before it was changed.
  std::string Kept(const Access& access) const {
    if (access.kept.empty()) return "<nothing>";
    const auto content = ReadFile(PosixFileSystem(), JoinPath(session_.path(), access.kept));
    return content.ok() ? *content : content.error().message;
  }

  const std::string& session() const { return session_.path(); }
  const std::string& folder() const { return folder_.path(); }

 private:
  reprise::testing::TempDir folder_;
  reprise::testing::TempDir session_;
};

inline std::string TierName(const ::testing::TestParamInfo<TraceTier>& tier) {
  constexpr std::array kNames = {"Listener", "Ptrace", "PtraceAll", "Maps"};
  return kNames.at(static_cast<std::size_t>(tier.param));
}

// The access of a name, all zero when there is none.
inline Access At(const Trace& trace, const std::string& path) {
  const auto found = trace.accesses.find(path);
  return found != trace.accesses.end() ? found->second : Access{};
}

}  // namespace reprise::tracker::testing
