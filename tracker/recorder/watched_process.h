// A process that is not our child, may end at any time, and whose number may be used again after
// it.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Thread-safety: one thread at a time.
class WatchedProcess {
 public:
  // `start_ticks`, when given, must be when it was started (field 22 of /proc/<pid>/stat).
  // Errors: kNotFound  it has ended, or the number belongs to another one by now.
  static Result<WatchedProcess> Open(FileSystem& files, std::int64_t pid,
                                     const std::optional<std::uint64_t>& start_ticks = {});
  ~WatchedProcess();
  WatchedProcess(WatchedProcess&& other) noexcept;
  WatchedProcess& operator=(WatchedProcess&&) = delete;
  WatchedProcess(const WatchedProcess&) = delete;
  WatchedProcess& operator=(const WatchedProcess&) = delete;

  // Readable (poll) when it has ended.
  int fd() const { return fd_; }
  bool Ended() const;

  // Without effect when it has ended.
  void Signal(int signal_number) const;

  // Empty when they cannot be read.
  std::vector<std::string> Arguments() const { return Read("cmdline"); }
  std::vector<std::string> Environment() const { return Read("environ"); }

 private:
  WatchedProcess(FileSystem& files, std::int64_t pid, int fd);

  std::vector<std::string> Read(const std::string& name) const;

  FileSystem* files_;
  std::string folder_;
  int fd_;  // From pidfd_open(2).
};

}  // namespace reprise::tracker
