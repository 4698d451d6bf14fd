// How long a sandbox takes from nothing to the end of true(1) in it, for scripts/bench.
//
//   sandbox_start ROUNDS SCRATCH [FOLDER]   prints milliseconds, one line for each round
//
// SCRATCH is an existing empty folder.  FOLDER is offered as a data set would be: writable, without
// a write reaching it.

#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {
namespace {

// A root with the host's programs and libraries, as merged /usr has them.
Result<void> MakeBase(FileSystem& files, const std::string& base) {
  REPRISE_TRY(files.CreateDirectory(base, 0755));
  for (const char* const name : {"bin", "lib", "lib64"}) {
    REPRISE_TRY(files.CreateSymlink(std::string("usr/") + name, JoinPath(base, name)));
  }
  return {};
}

Result<void> RunOnce(FileSystem& files, const SandboxSpec& spec) {
  REPRISE_ASSIGN_OR_RETURN(const auto sandbox, Sandbox::Prepare(files, spec));
  const pid_t monitor = fork();
  if (monitor == 0) {
    const char* step = "";
    if (sandbox->Enter(&step) == 0) execl("/usr/bin/true", "true", nullptr);
    _exit(127);
  }
  int status = -1;
  if (monitor < 0 || waitpid(monitor, &status, 0) != monitor || status != 0) {
    return Error{ErrorCode::kIoError, "true did not run in the sandbox"};
  }
  REPRISE_TRY(sandbox->Changes());
  return Sandbox::RemoveScratch(files, spec.scratch);
}

Result<void> Measure(int rounds, const std::string& folder, const char* offered) {
  FileSystem& files = PosixFileSystem();
  SandboxSpec spec{.base = JoinPath(folder, "base"), .scratch = JoinPath(folder, "scratch")};
  spec.binds.push_back({.source = "/usr", .target = "/usr"});
  if (offered != nullptr) {
    spec.binds.push_back({.source = offered, .target = "/data", .copy_on_write = true});
  }
  REPRISE_TRY(MakeBase(files, spec.base));
  REPRISE_TRY(files.CreateDirectory(spec.scratch, 0700));
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    REPRISE_TRY(RunOnce(files, spec));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    std::printf("%.3f\n", took.count());
  }
  return {};
}

}  // namespace
}  // namespace reprise::tracker

int main(int argc, char** argv) {
  int rounds = 0;
  if (argc >= 3) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds);
  if (rounds < 1 || argc > 4) {
    std::fprintf(stderr, "usage: sandbox_start ROUNDS SCRATCH [FOLDER]\n");
    return 2;
  }
  const auto measured = reprise::tracker::Measure(rounds, argv[2], argc == 4 ? argv[3] : nullptr);
  if (measured.ok()) return 0;
  std::fprintf(stderr, "sandbox_start: %s\n", measured.error().message.c_str());
  return 1;
}
