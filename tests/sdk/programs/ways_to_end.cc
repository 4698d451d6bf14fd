// A program that uses the SDK and ends as its argument says.
//
// It reports the parameter `eta`, the points 0 to 9 of `loss` and the output `model.txt`, and
// prints "tracked ID" or "untracked".  Then, by argument:
//
//   finish   finish() and return          leak   exit(3) without finishing
//   return   leaves it to the destructor  cut    _exit(0)
//   wait     prints "waiting", waits for the end of stdin, reports the points 10 to 14, returns
//   fork     a child reports the points 0 to 4 of `child`, and ends by _exit(0)
//   orphan   kills itself; a child has reported point 0 of `child`, prints "waiting", waits for the
//            end of stdin, reports the points 1 to 4, and ends by _exit(0)
//   exec     executes itself with `finish`
//   reap     fails if starting the run made a child or a SIGCHLD that the program can see

#include <reprise/run.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace {

volatile sig_atomic_t g_children_ended = 0;

void Report(reprise::Run& run, const char* key, int from, int to) {
  for (int step = from; step < to; ++step) run.metric(key, step / 2.0, step);
}

void Fork(reprise::Run& run) {
  const pid_t child = fork();
  if (child == 0) {
    Report(run, "child", 0, 5);
    _exit(0);
  }
  int status = 0;
  while (waitpid(-1, &status, 0) != child) {
  }
}

void WaitForEndOfInput() {
  std::puts("waiting");
  std::fflush(stdout);
  char ignored;
  while (read(STDIN_FILENO, &ignored, 1) > 0) {
  }
}

void Orphan(reprise::Run& run) {
  int reported[2];
  if (pipe(reported) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    Report(run, "child", 0, 1);
    close(reported[0]);
    close(reported[1]);
    WaitForEndOfInput();
    Report(run, "child", 1, 5);
    _exit(0);
  }
  close(reported[1]);
  char ignored;
  while (read(reported[0], &ignored, 1) > 0) {
  }
  kill(getpid(), SIGKILL);
}

bool HasSeenNoChild() {
  return g_children_ended == 0 && waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string ending = argc > 1 ? argv[1] : "";
  if (ending == "reap") {
    signal(SIGCHLD, [](int) { g_children_ended = g_children_ended + 1; });
  }
  auto run = std::make_unique<reprise::Run>(reprise::Run::Start({.experiment = "endings"}));
  if (run->active()) {
    std::printf("tracked %s\n", run->id().c_str());
  } else {
    std::puts("untracked");
  }
  std::fflush(stdout);
  run->param("eta", 0.5);
  Report(*run, "loss", 0, 10);
  std::ofstream("model.txt") << "the model\n";
  run->output("model.txt", "model");
  if (ending == "finish" && !run->finish()) return 4;
  if (ending == "leak") std::exit(3);
  if (ending == "cut") _exit(0);
  if (ending == "fork") Fork(*run);
  if (ending == "orphan") Orphan(*run);
  if (ending == "reap" && !HasSeenNoChild()) return 5;
  if (ending == "wait") {
    WaitForEndOfInput();
    Report(*run, "loss", 10, 15);
  }
  if (ending == "exec") {
    execl(argv[0], argv[0], "finish", nullptr);
    return 6;
  }
  return 0;
}
