// Runs functions and programs in sandboxes of a test's own files.

#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tracker/sandbox/abilities.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker::testing {

inline std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) != 0;) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

inline void WriteText(int fd, const std::string& text) {
  (void)!write(fd, text.data(), text.size());
}

// Of a file in the sandbox, for use inside: the content, or why there is none.
inline std::string TextAt(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY);
  if (fd < 0) return std::strerror(errno);
  std::string text = ReadAll(fd);
  close(fd);
  return text;
}

// For use inside: writes a file; "" or why not.
inline std::string PutAt(const std::string& path, const std::string& text,
                         int flags = O_WRONLY | O_CREAT | O_TRUNC) {
  const int fd = open(path.c_str(), flags, 0666);
  if (fd < 0) return std::strerror(errno);
  WriteText(fd, text);
  close(fd);
  return "";
}

// For use inside: what went wrong of steps that are done in this order.
inline std::string InOrder(std::initializer_list<std::string> outcomes) {
  std::string all;
  for (const std::string& outcome : outcomes) all += outcome;
  return all;
}

// A command in a sandbox, as its caller sees it.
class Running {
 public:
  // `body` runs in the command's process; what it returns is said on the pipe, and it ends with 0.
  Running(const Sandbox& sandbox, const std::function<std::string(int pipe)>& body,
          bool own_group = false) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    monitor_ = fork();
    if (monitor_ == 0) {
      if (own_group) setpgid(0, 0);
      close(ends[0]);
      const char* step = "";
      const int failed = sandbox.Enter(&step);
      if (failed != 0) {
        WriteText(ends[1], std::string("cannot ") + step + ": " + std::strerror(failed));
        _exit(125);
      }
      WriteText(ends[1], body(ends[1]));
      _exit(0);
    }
    close(ends[1]);
    pipe_ = ends[0];
  }
  ~Running() {
    if (pipe_ >= 0) close(pipe_);
    if (monitor_ > 0 && !waited_) {
      kill(monitor_, SIGKILL);
      waitpid(monitor_, nullptr, 0);
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t monitor() const { return monitor_; }
  int pipe() const { return pipe_; }
  // Until every writer of the pipe is gone.
  std::string Text() const { return ReadAll(pipe_); }
  // Until one line has come.
  std::string Line() const {
    std::string line;
    for (char sign; read(pipe_, &sign, 1) == 1 && sign != '\n';) line += sign;
    return line;
  }
  int Wait(int options = 0) {
    int status = -1;
    EXPECT_EQ(waitpid(monitor_, &status, options), monitor_);
    waited_ = !WIFSTOPPED(status);
    return status;
  }

 private:
  pid_t monitor_ = -1;
  int pipe_ = -1;
  bool waited_ = false;
};

inline std::string RunText(const Sandbox& sandbox, const std::function<std::string()>& body) {
  Running running(sandbox, [&](int) { return body(); });
  const std::string text = running.Text();
  const int status = running.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << ": " << text;
  return text;
}

// "+/made ~/changed -/removed", in order.
inline std::string Summary(const std::vector<SandboxChange>& changes) {
  std::string text;
  for (const SandboxChange& change : changes) {
    if (!text.empty()) text += ' ';
    text += "+~-"[static_cast<int>(change.kind)] + change.path;
  }
  return text;
}

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const SandboxAbilities abilities = ProbeSandbox(PosixFileSystem(), host_.path());
    for (const SandboxAbility* ability : abilities.all()) {
      if (ability->available || ability == &abilities.overlay) continue;
      GTEST_SKIP() << "SKIPPED: " << ability->reason;
    }
    has_overlay_ = abilities.overlay.available;
    ASSERT_EQ(mkdir(Base("").c_str(), 0755), 0);
    ASSERT_EQ(mkdir(host_.Path("scratch").c_str(), 0755), 0);
    spec_.base = host_.Path("base");
    spec_.scratch = host_.Path("scratch");
    spec_.user_id = 1234;
    spec_.group_id = 567;
  }
  void TearDown() override {
    (void)Sandbox::RemoveScratch(PosixFileSystem(), host_.Path("scratch"));
  }

  std::string Base(const std::string& name) const { return host_.Path("base" + name); }
  std::string Host(const std::string& name) const { return host_.Path(name); }

  // Makes the folders on the way, too.
  static void Put(const std::string& path, const std::string& content, mode_t mode = 0644) {
    ASSERT_TRUE(CreateDirectories(PosixFileSystem(), ParentPath(path)).ok());
    ASSERT_EQ(PutAt(path, content), "");
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  std::unique_ptr<Sandbox> Prepare() {
    auto sandbox = Sandbox::Prepare(PosixFileSystem(), spec_);
    EXPECT_TRUE(sandbox.ok()) << sandbox.error().message;
    return sandbox.ok() ? *std::move(sandbox) : nullptr;
  }
  std::string PrepareError() {
    const auto sandbox = Sandbox::Prepare(PosixFileSystem(), spec_);
    return sandbox.ok() ? "" : sandbox.error().message;
  }
  static std::string Changes(const Sandbox& sandbox) {
    const auto changes = sandbox.Changes();
    return changes.ok() ? Summary(*changes) : changes.error().message;
  }

  SandboxSpec spec_;
  bool has_overlay_ = false;

 private:
  reprise::testing::TempDir host_;
};

}  // namespace reprise::tracker::testing
