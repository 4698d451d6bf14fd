// What is traced goes on when its tracer is killed, in the middle of an answer or between two.

#include "tracker/trace/tracer_heir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "tracker/trace/descriptor_message.h"
#include "tracker/trace/filter.h"
#include "tracker/trace/listener.h"

namespace reprise::tracker {
namespace {

TEST(CallInHand, IsSeenByAProcessThatWasForkedBefore) {
  CallInHand in_hand;
  EXPECT_EQ(in_hand.id(), 0U);
  const pid_t child = fork();
  if (child == 0) {
    in_hand.Take(7);
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(in_hand.id(), 7U);
}

enum class DiesWith { kNoCall, kNotedCall, kTakenCall };

// Sends its listener, makes two calls that are stopped, and says how these ended.
[[noreturn]] void BeTraced(const FilterProgram& program, int to_tracer, int answer) {
  const int listener = InstallFilter(program);
  const std::byte message{0};
  if (!SendWithDescriptor(to_tracer, std::span(&message, 1), listener)) _exit(1);
  close(listener);
  const bool first = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
  const bool second = access("/", F_OK) == 0;
  const char said = first && second ? 'y' : 'n';
  _exit(write(answer, &said, 1) == 1 ? 0 : 1);
}

// Dies by SIGKILL after having taken a call: with that answered, with that noted and not answered,
// or with another taken that it has not come to note.
[[noreturn]] void BeTracer(const FilterProgram& program, int answer, DiesWith dies_with) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) _exit(1);
  if (fork() == 0) BeTraced(program, ends[1], answer);
  std::array<std::byte, 1> message{};
  Listener listener(ReceiveWithDescriptor(ends[0], message).fd);
  CallInHand in_hand;
  const auto heir = TracerHeir::Start(listener.fd(), in_hand);
  if (!heir.ok()) _exit(1);
  const auto stopped = listener.Next();
  if (!stopped.has_value()) _exit(1);
  in_hand.Take(stopped->id);
  if (dies_with != DiesWith::kNotedCall) listener.LetThrough(*stopped);
  if (dies_with == DiesWith::kTakenCall && !listener.Next().has_value()) _exit(1);
  kill(getpid(), SIGKILL);
  _exit(1);
}

class TracerHeirTest : public ::testing::TestWithParam<DiesWith> {};

TEST_P(TracerHeirTest, LetsEveryCallThroughOnceTheTracerIsDead) {
  const auto program = BuildFilter();
  ASSERT_TRUE(program.ok()) << program.error().message;
  const pid_t probe = fork();
  if (probe == 0) _exit(InstallFilter(*program) < 0 ? 1 : 0);
  int status = 0;
  ASSERT_EQ(waitpid(probe, &status, 0), probe);
  if (status != 0) GTEST_SKIP() << "SKIPPED: this system forbids to listen to system calls";

  std::array<int, 2> answer{};
  ASSERT_EQ(pipe2(answer.data(), O_CLOEXEC), 0);
  const pid_t tracer = fork();
  if (tracer == 0) BeTracer(*program, answer[1], GetParam());
  close(answer[1]);
  ASSERT_EQ(waitpid(tracer, &status, 0), tracer);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);

  pollfd said{answer[0], POLLIN, 0};
  constexpr int kPatienceMs = 60'000;
  ASSERT_EQ(poll(&said, 1, kPatienceMs), 1) << "the traced process still waits for its tracer";
  char text = 0;
  EXPECT_EQ(read(answer[0], &text, 1), 1);
  EXPECT_EQ(text, 'y') << "a call failed";
  // The traced process, the last that could write, ends.
  EXPECT_EQ(poll(&said, 1, kPatienceMs), 1);
  EXPECT_EQ(read(answer[0], &text, 1), 0);
  close(answer[0]);
}

INSTANTIATE_TEST_SUITE_P(, TracerHeirTest,
                         ::testing::Values(DiesWith::kNoCall, DiesWith::kNotedCall,
                                           DiesWith::kTakenCall),
                         [](const auto& instance) {
                           switch (instance.param) {
                             case DiesWith::kNoCall:
                               return "BetweenTwoCalls";
                             case DiesWith::kNotedCall:
                               return "ThatHadACallInHand";
                             case DiesWith::kTakenCall:
                               return "ThatDidNotKnowOfItsCall";
                           }
                           return "";
                         });

}  // namespace
}  // namespace reprise::tracker
