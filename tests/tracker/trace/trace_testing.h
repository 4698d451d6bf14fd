// Traces functions and commands in processes of their own.

#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tracker/trace/tracer.h"

namespace reprise::tracker::testing {

// Runs programs in a folder, and tells what they did there.
class TraceTest : public ::testing::Test {
 protected:
  void SetUp() override {
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
    const auto program = BuildFilter();
    EXPECT_TRUE(program.ok());
    int sockets[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(folder_.path().c_str()) != 0) _exit(99);
      if (EnterTrace(*program, sockets[1]) != 0) _exit(98);
      _exit(body());
    }
    close(sockets[1]);
    auto listener = ReceiveListener(sockets[0]);
    close(sockets[0]);
    EXPECT_TRUE(listener.ok()) << listener.error().message;
    auto observer = Observer::Create(PosixFileSystem(), session_.path(), "seccomp");
    EXPECT_TRUE(observer.ok()) << observer.error().message;
    Tracer(*std::move(listener), *std::move(observer)).Run();
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), expected_status);
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

 private:
  reprise::testing::TempDir folder_;
  reprise::testing::TempDir session_;
};

// The access of a name, all zero when there is none.
inline Access At(const Trace& trace, const std::string& path) {
  const auto found = trace.accesses.find(path);
  return found != trace.accesses.end() ? found->second : Access{};
}

}  // namespace reprise::tracker::testing
