// What the SDK knows of the process that it runs in, told apart from its forked children.
//
// A fork copies all of our memory, locks included, in whatever state other threads held them.  So
// nothing that a parent made is used in its child: each process has a Process object, and all that
// is writable hangs off it.  A page that the kernel wipes in every child (MADV_WIPEONFORK, Linux
// 4.14) tells a Process of our own from an inherited one with a single load.
//
// Thread-safety: all functions may be called by any thread, also right after a fork.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace reprise::sdk {

class Process {
 public:
  // The calling process.  Never freed.
  static Process& Current();

  // False in every child of the process that this object was made in.
  bool alive() const { return __atomic_load_n(alive_, __ATOMIC_RELAXED) != 0; }
  const std::uint64_t* alive_word() const { return alive_; }

  pid_t pid() const { return pid_; }
  std::uint64_t start_ticks() const { return start_ticks_; }

  // Numbers for the threads' series of segments, from 1.
  std::uint32_t NextThread() { return next_thread_.fetch_add(1) + 1; }

 private:
  Process();

  std::uint64_t* alive_;
  pid_t pid_;
  std::uint64_t start_ticks_;
  std::atomic<std::uint32_t> next_thread_{0};
};

// Field 22 of /proc/<pid>/stat, which with the pid names a process for good; 0 if unknown.
std::uint64_t ProcessStartTicks();

struct MappedFile {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool deleted = false;
};

// The files that are mapped executable now, each once, in the order of /proc/self/maps.
std::vector<MappedFile> MappedExecutableFiles();

// The same from the text of a maps file, for tests.
std::vector<MappedFile> ParseMaps(const std::string& maps);

// The whole of a small file, read without stdio; empty if it cannot be read.
std::string ReadSmallFile(const std::string& path, std::size_t size_bytes_max);

// The time of day for rare records.
std::int64_t NowUnixNs();

}  // namespace reprise::sdk
