// System calls that give a process namespaces of its own: namespaces(7), user_namespaces(7).
//
// Everything here is async-signal-safe: it is for use between fork() and exec(), in a process whose
// parent may have had other threads.  It reads strings that were made before.

#pragma once

#include <sched.h>
#include <sys/types.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace reprise::tracker {

// Why a step was not done.  `step` lives as long as the program or the plan that it is from.
struct StepFailure {
  int error_number = 0;
  const char* step = "";
  explicit operator bool() const { return error_number != 0; }
};

// Who a process is inside of its namespaces.  One user and one group are all that an ordinary user
// may map, so whatever belongs to others belongs to "nobody" inside.
struct SandboxIdentity {
  // `user_id` and `group_id` are what the calling process's effective ones become.
  SandboxIdentity(std::uint32_t user_id, std::uint32_t group_id);

  std::string user_map;   // A line of /proc/PID/uid_map: inside, outside, how many.
  std::string group_map;  // Of gid_map.
  bool is_root = false;   // The calling process is root, outside.
  bool is_same = false;   // The numbers are the same inside and outside.
};

// A descriptor that is closed at the end.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd();
  ScopedFd(ScopedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// open(2), close-on-exec.
ScopedFd OpenFd(const char* path, int flags);

// The text of a path or of mount options, put together without allocating.
class FixedText {
 public:
  FixedText& Add(std::string_view text) {
    const std::size_t count = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  FixedText& Add(int number) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return Add(std::string_view(digits.data(), end.ptr));
  }
  // The path of what `fd` is open on, which has no sign that anything would have to escape.
  FixedText& AddPathOf(const ScopedFd& fd) { return Add("/proc/self/fd/").Add(fd.get()); }
  const char* c_str() const { return text_.data(); }

 private:
  std::array<char, 256> text_{};
  std::size_t size_ = 0;
};

// As fork(), with the child in new namespaces of the kinds `flags` (CLONE_NEW…) and in a user
// namespace, which gives it every capability over them.  Root does without the latter where the
// system refuses it and the numbers are the same on both sides; and everyone without
// CLONE_NEWCGROUP.  The child has to be its own user first: BecomeSandboxUser().  -errno.
pid_t ForkIntoNamespaces(int flags, const SandboxIdentity& identity);

// In the child, before anything else.
StepFailure BecomeSandboxUser(const SandboxIdentity& identity);

// What is mounted from now on is seen by this namespace only, and nothing new of the host's here.
// The root of a chroot becomes that of the namespace; the working folder is the root afterwards.
StepFailure MakeMountsPrivate();

// Gives up every capability for ever: no program that is executed later, set-user-id or with
// capabilities of its own, gets any back.
StepFailure GiveUpPrivileges();

}  // namespace reprise::tracker
