#include "tracker/trace/tracer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace reprise::tracker {
namespace {

// One descriptor beside one message.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// Sends `error_number`, and `fd` unless it is negative.
bool SendListener(int socket, int error_number, int fd) {
  iovec body{&error_number, sizeof error_number};
  Control control{};
  msghdr message{};
  message.msg_iov = &body;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    cmsghdr* attached = CMSG_FIRSTHDR(&message);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(attached), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof error_number;
}

}  // namespace

int EnterTrace(const FilterProgram& program, int socket) {
  const int listener = InstallFilter(program);
  const int error_number = listener < 0 ? -listener : 0;
  // Nobody at the other end would answer the next call, which is execve: it fails with ENOSYS.
  SendListener(socket, error_number, listener);
  if (listener >= 0) close(listener);
  return error_number;
}

Result<std::unique_ptr<Listener>> ReceiveListener(int socket) {
  int error_number = 0;
  iovec body{&error_number, sizeof error_number};
  Control control{};
  msghdr message{};
  message.msg_iov = &body;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t count;
  do {
    count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof error_number) {
    return Error{ErrorCode::kIoError, "the process to be traced died before it was"};
  }
  if (error_number != 0) {
    return Error{ErrorCode::kUnsupported,
                 error_number == EBUSY
                     ? "another tracer watches the files of this process already"
                     : std::string("this system forbids to trace file access with seccomp: ") +
                           std::strerror(error_number)};
  }
  const cmsghdr* attached = CMSG_FIRSTHDR(&message);
  if (attached == nullptr || attached->cmsg_type != SCM_RIGHTS) {
    return Error{ErrorCode::kIoError, "the listener of the process to be traced did not arrive"};
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(attached), sizeof fd);
  return std::make_unique<Listener>(fd);
}

void Tracer::AnswerOne() {
  const auto stopped = listener_->Next();
  if (!stopped.has_value()) return;
  if (observer_ != nullptr) observer_->Observe(*listener_, *stopped);
  if (stopped->call != nullptr && stopped->call->is_refused) {
    listener_->Refuse(*stopped, ENOSYS);
  } else {
    listener_->LetThrough(*stopped);
  }
}

void Tracer::Run(int stop_fd) {
  std::array<pollfd, 2> fds = {pollfd{listener_->fd(), POLLIN, 0}, pollfd{stop_fd, POLLIN, 0}};
  for (;;) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if ((fds[0].revents & POLLIN) != 0) {
      AnswerOne();
    } else if ((fds[0].revents & (POLLHUP | POLLERR)) != 0 || fds[1].revents != 0) {
      return;
    }
  }
}

}  // namespace reprise::tracker
