// A loader of training data: two worker processes read the files of a folder, with as much work on
// each as a decoder has.  scripts/bench runs it beside itself traced.
//
//   load_files --calibrate          prints the steps of work that take a millisecond here
//   load_files FOLDER COUNT STEPS   reads FOLDER/0 … FOLDER/(COUNT - 1)
//
// The work is a number of steps, not a time: a worker that is held up must not do less of it.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr int kWorkers = 2;

// The constants of Knuth's MMIX generator; each step needs the one before.
std::uint64_t Work(std::uint64_t seed, std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
  }
  return seed;
}

// Every second file, beginning at `first`.
bool LoadHalf(const std::string& folder, std::uint64_t first, std::uint64_t count,
              std::uint64_t steps) {
  std::uint64_t sum = 0;
  std::array<char, 4096> content;
  for (std::uint64_t i = first; i < count; i += kWorkers) {
    const int fd = open((folder + "/" + std::to_string(i)).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const ssize_t size = read(fd, content.data(), content.size());
    close(fd);
    sum += Work(static_cast<std::uint64_t>(size), steps);
  }
  std::printf("%llu\n", static_cast<unsigned long long>(sum));
  return std::fflush(stdout) == 0;
}

void Calibrate() {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t kSteps = 20'000'000;
  double best_ms = 1e9;
  std::uint64_t sum = 0;
  for (int i = 0; i < 5; ++i) {
    const auto begin = Clock::now();
    sum += Work(sum, kSteps);
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    best_ms = std::min(best_ms, took.count());
  }
  std::fprintf(stderr, "%llu\n", static_cast<unsigned long long>(sum));  // So that it is computed.
  std::printf("%.0f\n", static_cast<double>(kSteps) / best_ms);
}

std::uint64_t Number(const char* text) {
  std::uint64_t number = 0;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--calibrate") == 0) {
    Calibrate();
    return 0;
  }
  if (argc != 4) {
    std::fprintf(stderr, "usage: load_files --calibrate | load_files FOLDER COUNT STEPS\n");
    return 2;
  }
  const std::uint64_t count = Number(argv[2]);
  const std::uint64_t steps = Number(argv[3]);
  for (int worker = 0; worker < kWorkers; ++worker) {
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid == 0) {
      _exit(LoadHalf(argv[1], static_cast<std::uint64_t>(worker), count, steps) ? 0 : 1);
    }
  }
  int failed = 0;
  for (int status = 0; wait(&status) > 0;) failed |= status;
  return failed == 0 ? 0 : 1;
}
