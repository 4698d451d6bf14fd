// A training program that keeps a second record of what it reported, outside of Reprise.
//
//   crash_trainer FOLDER TOKEN POINTS THREADS PAUSE_US
//
// After each call of the SDK that returned, one line goes to FOLDER/TOKEN.said.  A line that is
// there is a promise: whatever is killed afterwards, the run must hold what the line says.  Values
// follow from their names, so that the test can tell one that is altered from one whose line was
// still to come.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "reprise/run.h"

namespace {

int g_said_fd = -1;

// One write(2) for each line: it is whole, and outlives us, once the call has returned.
void Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(g_said_fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
}

long Number(std::string_view text) {
  long number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) {
    std::fprintf(stderr, "crash_trainer: '%s' is not a number\n", std::string(text).c_str());
    std::exit(2);
  }
  return number;
}

void WriteFile(const std::string& path, const std::string& content) {
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    std::abort();
  }
  close(fd);
}

// Content that only this file has, long enough to be worth a chunk of its own.
std::string ContentOf(const std::string& name) {
  std::string content;
  for (int line = 0; line < 300; ++line) content += name + " " + std::to_string(line) + "\n";
  return content;
}

class Trainer {
 public:
  Trainer(reprise::Run& run, std::string folder, std::string token)
      : run_(run), folder_(std::move(folder)), token_(std::move(token)) {}

  // The points of series t<series>: step i has the value (i + 1) / 7 + series.
  void Report(long series, long points, useconds_t pause_us) {
    const std::string key = "t" + std::to_string(series);
    for (long step = 0; step < points; ++step) {
      run_.metric(key, static_cast<double>(step + 1) / 7.0 + static_cast<double>(series), step);
      Say("metric " + key + " " + std::to_string(step));
      if (step % 40 == 10) {
        const std::string text = key + " at " + std::to_string(step);
        if (run_.log(text)) Say("log " + text);
        std::printf("%s\n", text.c_str());
        std::fflush(stdout);
      }
      if (pause_us > 0 && step % 8 == 0) usleep(pause_us);
    }
  }

  void DescribeItself() {
    run_.param("rounds", 17);
    Say("param rounds 17");
    run_.param("eta", 0.25);
    Say("param eta 0.25");
    if (run_.tag("token", token_)) Say("tag token " + token_);
    if (run_.note("note of " + token_)) Say("note note of " + token_);
  }

  // What output() accepted is stored, so the file may change at once.
  void WriteOutput(int number) {
    const std::string name = token_ + ".out" + std::to_string(number);
    const std::string path = folder_ + "/" + name;
    WriteFile(path, ContentOf(name));
    if (!run_.output(path, "model")) return;
    Say("output " + name);
    WriteFile(path, "another content\n");
  }

  void ForkChild() {
    const pid_t child = fork();
    if (child == 0) {
      Report(9, 20, 0);
      _exit(0);
    }
    while (waitpid(child, nullptr, 0) < 0) {
    }
    Say("child");  // What it reported is promised now: the run has not ended before it.
  }

 private:
  reprise::Run& run_;
  const std::string folder_;
  const std::string token_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: crash_trainer FOLDER TOKEN POINTS THREADS PAUSE_US\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  const std::string token = argv[2];
  const long points = Number(argv[3]);
  const long threads = Number(argv[4]);
  const auto pause_us = static_cast<useconds_t>(Number(argv[5]));
  g_said_fd = open((folder + "/" + token + ".said").c_str(),
                   O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  if (g_said_fd < 0) return 2;
  Say("pid " + std::to_string(getpid()));
  // Strict: output() returns true only when the content is stored, not when it is merely kept for
  // later because the recorder is dead.
  reprise::Run run =
      reprise::Run::Start({.on_error = [](const reprise::Problem&) {}, .strict = true});
  if (!run.active()) {
    Say("untracked");
    return 0;
  }
  Say("run " + run.id());
  Trainer trainer(run, folder, token);
  trainer.DescribeItself();
  trainer.WriteOutput(0);
  std::vector<std::thread> others;
  for (long series = 1; series < threads; ++series) {
    others.emplace_back([&, series] { trainer.Report(series, points, pause_us); });
  }
  trainer.Report(0, points, pause_us);
  for (std::thread& other : others) other.join();
  if (threads > 2) trainer.ForkChild();
  trainer.WriteOutput(1);
  if (run.finish()) Say("finished");
  Say("end");
  return 0;
}
