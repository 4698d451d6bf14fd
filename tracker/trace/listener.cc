#include "tracker/trace/listener.h"

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace reprise::tracker {
namespace {

std::vector<std::uint64_t> Room(std::size_t ours, std::size_t kernels) {
  return std::vector<std::uint64_t>((std::max(ours, kernels) + 7) / 8);
}

}  // namespace

Listener::Listener(int fd) : fd_(fd) {
  seccomp_notif_sizes sizes{};
  (void)syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes);
  request_ = Room(sizeof(seccomp_notif), sizes.seccomp_notif);
  response_ = Room(sizeof(seccomp_notif_resp), sizes.seccomp_notif_resp);
}

Listener::~Listener() { close(fd_); }

std::optional<StoppedCall> Listener::Next() {
  std::ranges::fill(request_, 0);
  auto* request = reinterpret_cast<seccomp_notif*>(request_.data());
  if (ioctl(fd_, SECCOMP_IOCTL_NOTIF_RECV, request) != 0) return std::nullopt;
  StoppedCall stopped;
  stopped.id = request->id;
  stopped.thread = static_cast<pid_t>(request->pid);
  stopped.call = calls_.Find(request->data.arch, request->data.nr);
  std::ranges::copy(request->data.args, stopped.arguments.begin());
  return stopped;
}

bool Listener::IsStill(const StoppedCall& stopped) const {
  return ioctl(fd_, SECCOMP_IOCTL_NOTIF_ID_VALID, &stopped.id) == 0;
}

bool Listener::LetThrough(const StoppedCall& stopped) {
  return Answer(stopped, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

bool Listener::Refuse(const StoppedCall& stopped, int error_number) {
  return Answer(stopped, error_number, 0);
}

bool Listener::Answer(const StoppedCall& stopped, int error_number, unsigned flags) {
  std::ranges::fill(response_, 0);
  auto* response = reinterpret_cast<seccomp_notif_resp*>(response_.data());
  response->id = stopped.id;
  response->error = -error_number;
  response->flags = flags;
  return ioctl(fd_, SECCOMP_IOCTL_NOTIF_SEND, response) == 0;
}

}  // namespace reprise::tracker
