// What a process that is stopped at a traced call names: its strings, folders and descriptors.
//
// All of it is read from outside, through process_vm_readv(2) and /proc/<thread>, and is only true
// while the thread is stopped: check afterwards that it still is (Listener::IsStill).
//
// Thread-safety: any number of threads, for different tracees.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/bytes.h"

namespace reprise::tracker {

class Tracee {
 public:
  explicit Tracee(pid_t thread);

  pid_t thread() const { return thread_; }

  // The text with its ending zero at `address`, which may cross pages of which the last is
  // missing.  Nothing: it cannot be read, or is longer than PATH_MAX.
  std::optional<std::string> ReadText(std::uint64_t address) const;

  // False when not all of it can be read.
  bool Read(std::uint64_t address, MutableByteSpan into) const;

  // The absolute path that `path`, as given by the tracee together with `folder` (a descriptor or
  // AT_FDCWD), starts from and leads along: joined, not resolved.  An empty path is the descriptor
  // itself.  /proc/self becomes the tracee's own.  Nothing: the folder has no path.
  std::optional<std::string> AbsolutePath(int folder, const std::string& path) const;

  // The process that the thread belongs to.  Nothing when it has ended.
  std::optional<pid_t> Process() const;

 private:
  std::optional<std::string> LinkIn(const std::string& name) const;

  pid_t thread_;
  std::string folder_;  // In /proc.
};

}  // namespace reprise::tracker
