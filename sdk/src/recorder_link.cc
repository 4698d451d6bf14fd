// The address of a UNIX socket holds 108 bytes and paths are longer, so a long one is reached
// through /proc/self/fd/<folder>.  A recorder that dies closes its end, which ends our wait: none
// takes its place before the command has ended.

#include "sdk/src/recorder_link.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace reprise::sdk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRetryAfter = std::chrono::milliseconds(20);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::int64_t RemainingMs(Clock::time_point from, std::int64_t wait_ms_max) {
  const auto spent =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - from).count();
  return std::max<std::int64_t>(0, wait_ms_max - spent);
}

// 0, or an errno; EAGAIN if the recorder's backlog is full.
int Connect(int fd, const std::string& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = folder + '/' + wire::kSocketFileName;
  int folder_fd = -1;
  if (path.size() >= sizeof(address.sun_path)) {
    folder_fd = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) return errno;
    path = "/proc/self/fd/" + std::to_string(folder_fd) + '/' + wire::kSocketFileName;
  }
  const Descriptor owner(folder_fd);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return errno;
  return 0;
}

SyncReply Lost(int error) { return {SyncResult::kLost, std::strerror(error)}; }

SyncReply ReadReply(int fd) {
  char packet[sizeof(wire::Message) + wire::kMessageTextBytesMax];
  const ssize_t got = recv(fd, packet, sizeof(packet), 0);
  if (got <= 0) return Lost(got < 0 ? errno : ECONNRESET);
  std::string_view text;
  const auto message = wire::ParseMessage(packet, static_cast<std::size_t>(got), &text);
  if (!message || message->kind != static_cast<std::uint16_t>(wire::MessageKind::kDone)) {
    return {SyncResult::kFailed,
            "the recorder's answer cannot be read; are the SDK and the "
            "reprise command of different versions?"};
  }
  if (message->status == static_cast<std::uint32_t>(wire::DoneStatus::kStored)) {
    return {SyncResult::kStored, {}};
  }
  return {SyncResult::kFailed, std::string(text)};
}

// Waits for the answer.  poll() is woken by it, or by the death of the recorder.
SyncReply AwaitReply(int fd, Clock::time_point from, std::int64_t wait_ms_max) {
  for (;;) {
    // One wait is bounded only because poll() counts in an int.
    constexpr std::int64_t kOneWaitMs = 3'600'000;
    const std::int64_t left_ms =
        wait_ms_max < 0 ? kOneWaitMs : std::min(kOneWaitMs, RemainingMs(from, wait_ms_max));
    pollfd waiting{fd, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(left_ms));
    if (ready > 0) return ReadReply(fd);
    if (ready < 0 && errno != EINTR) return Lost(errno);
    if (wait_ms_max >= 0 && RemainingMs(from, wait_ms_max) == 0) {
      return {SyncResult::kTimedOut, {}};
    }
  }
}

}  // namespace

SyncReply SyncWithRecorder(const SyncRequest& request) {
  const Clock::time_point from = Clock::now();
  const Descriptor fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return Lost(errno);
  for (;;) {
    const int error = Connect(fd.get(), request.folder);
    if (error == 0) break;
    if (error != EAGAIN && error != EINTR) return Lost(error);
    if (request.wait_ms_max >= 0 && RemainingMs(from, request.wait_ms_max) == 0) {
      return {SyncResult::kTimedOut, {}};
    }
    std::this_thread::sleep_for(kRetryAfter);
  }
  if (send(fd.get(), &request.message, sizeof(request.message), MSG_NOSIGNAL) < 0) {
    return Lost(errno);
  }
  if (request.wait_ms_max == 0) return {SyncResult::kStored, {}};
  return AwaitReply(fd.get(), from, request.wait_ms_max);
}

}  // namespace reprise::sdk
