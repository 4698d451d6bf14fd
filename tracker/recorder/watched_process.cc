#include "tracker/recorder/watched_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "tracker/recorder/process_stat.h"

namespace reprise::tracker {
namespace {

std::vector<std::string> SplitAtZeros(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('\0'));
    parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

}  // namespace

WatchedProcess::WatchedProcess(FileSystem& files, std::int64_t pid, int fd)
    : files_(&files), folder_("/proc/" + std::to_string(pid)), fd_(fd) {}

WatchedProcess::WatchedProcess(WatchedProcess&& other) noexcept
    : files_(other.files_), folder_(std::move(other.folder_)), fd_(std::exchange(other.fd_, -1)) {}

WatchedProcess::~WatchedProcess() {
  if (fd_ >= 0) close(fd_);
}

Result<WatchedProcess> WatchedProcess::Open(FileSystem& files, std::int64_t pid,
                                            const std::optional<std::uint64_t>& start_ticks) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) {
    return Error{ErrorCode::kNotFound,
                 "cannot watch process " + std::to_string(pid) + ": " + std::strerror(errno)};
  }
  WatchedProcess process(files, pid, fd);
  if (start_ticks.has_value()) {
    const auto stat = ReadProcessStat(files, pid);
    if (!stat.has_value() || stat->start_ticks != *start_ticks) {
      return Error{ErrorCode::kNotFound,
                   "process " + std::to_string(pid) + " is another one by now"};
    }
  }
  return process;
}

bool WatchedProcess::Ended() const {
  pollfd ended{fd_, POLLIN, 0};
  return poll(&ended, 1, 0) > 0;
}

void WatchedProcess::Signal(int signal_number) const {
  syscall(SYS_pidfd_send_signal, fd_, signal_number, nullptr, 0);
}

std::vector<std::string> WatchedProcess::Read(const std::string& name) const {
  const auto text = ReadFile(*files_, JoinPath(folder_, name), 4 << 20);
  return text.ok() ? SplitAtZeros(*text) : std::vector<std::string>();
}

}  // namespace reprise::tracker
