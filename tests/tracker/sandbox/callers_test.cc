// Who may make a sandbox, and who may look into it: ordinary users, processes with threads,
// tracers.

#include <grp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <thread>

#include "tests/tracker/sandbox/sandbox_testing.h"
#include "tracker/trace/tracer.h"

namespace reprise::tracker {
namespace {

using testing::PutAt;
using testing::Running;
using testing::RunText;
using testing::SandboxTest;
using testing::TextAt;

constexpr uid_t kNobody = 65534;

class CallersTest : public SandboxTest {
 protected:
  // What `work` says, in a process of an ordinary user, who may write in the test's folder.
  std::string AsOrdinaryUser(const std::function<std::string()>& work) {
    EXPECT_EQ(chmod(Host("").c_str(), 0777), 0);
    EXPECT_EQ(chmod(spec_.scratch.c_str(), 0777), 0);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      const bool changed = getuid() != 0 || (setgroups(0, nullptr) == 0 &&
                                             setresgid(kNobody, kNobody, kNobody) == 0 &&
                                             setresuid(kNobody, kNobody, kNobody) == 0);
      testing::WriteText(ends[1], changed ? work() : "could not become an ordinary user");
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    close(ends[1]);
    const std::string text = testing::ReadAll(ends[0]);
    close(ends[0]);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return text;
  }

  std::string WorkOfOrdinaryUser() {
    const SandboxAbilities abilities = ProbeSandbox(PosixFileSystem(), spec_.scratch);
    if (!abilities.can_run()) return "SKIPPED";
    const std::string base = Host("own");
    Put(base + "/a", "old");
    Put(base + "/gone", "old");
    spec_.base = base;
    spec_.binds = {{Host("file"), "/ro"}, {Host("folder"), "/rw", true}};
    const auto sandbox = Prepare();
    if (sandbox == nullptr) return "not prepared";
    std::string text = RunText(*sandbox, [] {
      std::string seen = std::to_string(getuid()) + ":" + std::to_string(getgid()) + " ";
      seen += TextAt("/ro") + PutAt("/a", "new") + PutAt("/b", "new") + PutAt("/rw/c", "new");
      seen += unlink("/gone") == 0 && mkdir("/closed", 0) == 0 ? "" : std::strerror(errno);
      return seen + (PutAt("/ro", "x").empty() ? " written" : "");
    });
    text += " " + Changes(*sandbox) + " " + TextAt(base + "/a");
    const auto removed = Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch);
    text += removed.ok() && PosixFileSystem().List(spec_.scratch)->empty() ? " removed" : " left";
    (void)RemoveTree(PosixFileSystem(), base);
    return text;
  }
};

TEST_F(CallersTest, AnOrdinaryUserCanDoAllOfIt) {
  Put(Host("file"), "root's", 0644);
  ASSERT_EQ(mkdir(Host("folder").c_str(), 0755), 0);
  ASSERT_EQ(chmod(Host("folder").c_str(), 0777), 0);
  for (const bool without_overlay : {false, true}) {
    spec_.without_overlay = without_overlay;
    const std::string text = AsOrdinaryUser([this] { return WorkOfOrdinaryUser(); });
    if (text == "SKIPPED") GTEST_SKIP() << "SKIPPED: an ordinary user may make no namespaces here";
    EXPECT_EQ(text, "1234:567 root's ~/a +/b +/closed -/gone +/rw/c old removed");
  }
}

TEST_F(CallersTest, AnOrdinaryUserMayBeUserZeroInside) {
  spec_.user_id = 0;
  spec_.group_id = 0;
  const std::string text = AsOrdinaryUser([this]() -> std::string {
    if (!ProbeSandbox(PosixFileSystem(), spec_.scratch).can_run()) return "SKIPPED";
    const auto sandbox = Prepare();
    if (sandbox == nullptr) return "not prepared";
    const std::string seen = RunText(*sandbox, [] { return std::to_string(getuid()); });
    (void)Sandbox::RemoveScratch(PosixFileSystem(), spec_.scratch);
    return seen;
  });
  if (text == "SKIPPED") GTEST_SKIP() << "SKIPPED: an ordinary user may make no namespaces here";
  EXPECT_EQ(text, "0");
}

TEST_F(CallersTest, AProcessWithThreadsMayEnter) {
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  std::jthread busy([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::string(4096, 'x').resize(8192);
  });
  EXPECT_EQ(RunText(*sandbox, [] { return std::to_string(getpid()); }), "2");
}

TEST_F(CallersTest, ATracerOutsideSeesTheCallsOfTheCommandAndItsMemory) {
  const auto program = BuildFilter();
  ASSERT_TRUE(program.ok()) << program.error().message;
  Put(Base("/traced"), "x");
  const auto sandbox = Prepare();
  ASSERT_NE(sandbox, nullptr);
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
  Running running(*sandbox, [&](int) -> std::string {
    EnterTrace(&*program, sockets[1]);
    close(sockets[1]);
    return TextAt("/traced");
  });
  close(sockets[1]);
  const auto listener = ReceiveListener(sockets[0]);
  close(sockets[0]);
  if (!listener.ok()) GTEST_SKIP() << "SKIPPED: " << listener.error().message;
  if (listener->listener == nullptr) {
    GTEST_SKIP() << "SKIPPED: " << std::strerror(listener->refused_with);
  }
  const auto stopped = listener->listener->Next();
  ASSERT_TRUE(stopped.has_value());
  EXPECT_GT(stopped->thread, 2);  // As we number it, not the sandbox.
  char path[8] = "";
  iovec here{path, sizeof path - 1};
  iovec there{reinterpret_cast<void*>(stopped->arguments[1]), sizeof path - 1};
  EXPECT_EQ(process_vm_readv(stopped->thread, &here, 1, &there, 1, 0), 7) << std::strerror(errno);
  EXPECT_EQ(std::string(path), "/traced");
  EXPECT_EQ(TextAt("/proc/" + std::to_string(stopped->thread) + "/root/traced"), "x");
  listener->listener->LetThrough(*stopped);
  while (const auto more = listener->listener->Next()) listener->listener->LetThrough(*more);
  EXPECT_EQ(running.Text(), "x");
  EXPECT_EQ(running.Wait(), 0);
}

TEST_F(CallersTest, EveryAbilityIsToldWithItsReason) {
  const SandboxAbilities abilities = ProbeSandbox(PosixFileSystem(), spec_.scratch);
  ASSERT_EQ(abilities.all().size(), 5U);
  for (const SandboxAbility* ability : abilities.all()) {
    EXPECT_FALSE(ability->name.empty());
    EXPECT_EQ(ability->available, ability->reason.empty()) << ability->name;
  }
  EXPECT_TRUE(PosixFileSystem().List(spec_.scratch)->empty());
}

}  // namespace
}  // namespace reprise::tracker
