// What each means of tracing costs a call, for docs/decisions/0016-tracing-tiers.md.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tracker/trace/trace_thread.h"

namespace reprise::tracker {
namespace {

using Work = std::function<void(int calls)>;

struct Measured {
  const char* name;
  Work work;
};

// Both threads do all of it.
Work ByTwoThreads(const Work& work) {
  return [work](int calls) {
    std::thread other([&] { work(calls); });
    work(calls);
    other.join();
  };
}

void OpenFile(int calls) {
  for (int i = 0; i < calls; ++i) close(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

void AskForParent(int calls) {
  for (int i = 0; i < calls; ++i) syscall(SYS_getppid);
}

void ReadBlocks(int calls) {
  const int fd = memfd_create("blocks", MFD_CLOEXEC);
  std::vector<char> block(64 * 1024, 'x');
  (void)!write(fd, block.data(), block.size());
  for (int i = 0; i < calls; ++i) (void)!pread(fd, block.data(), block.size(), 0);
  close(fd);
}

double SecondsOf(const Work& work, int calls) {
  const auto begin = std::chrono::steady_clock::now();
  work(calls);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Nanoseconds for each call, the best of three times, in a process that is traced so.
double Measure(std::optional<TraceTier> tier, const Work& work, int calls) {
  std::string folder = "/tmp/reprise_tiers_XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return -1;
  void* const page =
      mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const best = static_cast<double*>(page);
  std::unique_ptr<TraceThread> tracing;
  if (tier.has_value()) {
    auto prepared = TraceThread::Prepare(PosixFileSystem(), folder, {.first_tier = *tier});
    if (!prepared.ok()) return -1;
    tracing = *std::move(prepared);
  }
  const pid_t child = fork();
  if (child == 0) {
    if (tracing != nullptr) tracing->EnterInChild();
    *best = SecondsOf(work, calls);
    for (int i = 0; i < 2; ++i) *best = std::min(*best, SecondsOf(work, calls));
    _exit(0);
  }
  if (tracing != nullptr && !tracing->BeginInParent().ok()) return -1;
  waitpid(child, nullptr, 0);
  tracing.reset();
  (void)PosixFileSystem().RemoveFile(folder + "/accesses");
  rmdir(folder.c_str());
  return *best / calls * 1e9;
}

}  // namespace
}  // namespace reprise::tracker

int main() {
  using reprise::tracker::TraceTier;
  const std::array measured = {
      reprise::tracker::Measured{"open and close", reprise::tracker::OpenFile},
      reprise::tracker::Measured{"open and close, 2 threads",
                                 reprise::tracker::ByTwoThreads(reprise::tracker::OpenFile)},
      reprise::tracker::Measured{"getppid", reprise::tracker::AskForParent},
      reprise::tracker::Measured{"getppid, 2 threads",
                                 reprise::tracker::ByTwoThreads(reprise::tracker::AskForParent)},
      reprise::tracker::Measured{"pread of 64 KiB", reprise::tracker::ReadBlocks},
  };
  std::printf("%-26s %10s %10s %10s %12s   (ns a call)\n", "", "untraced", "seccomp", "ptrace",
              "ptrace-all");
  for (const auto& [name, work] : measured) {
    std::printf("%-26s", name);
    for (const auto& tier :
         {std::optional<TraceTier>(), std::optional(TraceTier::kListener),
          std::optional(TraceTier::kPtrace), std::optional(TraceTier::kPtraceAll)}) {
      std::printf(" %10.0f", reprise::tracker::Measure(tier, work, 20000));
      std::fflush(stdout);
    }
    std::printf("\n");
  }
  return 0;
}
