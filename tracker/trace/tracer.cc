#include "tracker/trace/tracer.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "tracker/trace/descriptor_message.h"

namespace reprise::tracker {
int EnterTrace(const FilterProgram& program, int socket) {
  const int listener = InstallFilter(program);
  const int error_number = listener < 0 ? -listener : 0;
  // Nobody at the other end would answer the next call, which is execve: it fails with ENOSYS.
  SendWithDescriptor(socket, std::as_bytes(std::span(&error_number, 1)), listener);
  if (listener >= 0) close(listener);
  return error_number;
}

Result<std::unique_ptr<Listener>> ReceiveListener(int socket) {
  int error_number = 0;
  const ReceivedMessage received =
      ReceiveWithDescriptor(socket, std::as_writable_bytes(std::span(&error_number, 1)));
  if (received.size_bytes != sizeof error_number) {
    return Error{ErrorCode::kIoError, "the process to be traced died before it was"};
  }
  if (error_number != 0) {
    return Error{ErrorCode::kUnsupported,
                 error_number == EBUSY
                     ? "another tracer watches the files of this process already"
                     : std::string("this system forbids to trace file access with seccomp: ") +
                           std::strerror(error_number)};
  }
  if (received.fd < 0) {
    return Error{ErrorCode::kIoError, "the listener of the process to be traced did not arrive"};
  }
  return std::make_unique<Listener>(received.fd);
}

void Tracer::AnswerOne() {
  const auto stopped = listener_->Next();
  if (!stopped.has_value()) return;
  if (in_hand_ != nullptr) in_hand_->Take(stopped->id);
  if (observer_ != nullptr) observer_->Observe(*listener_, *stopped);
  if (stopped->call != nullptr && stopped->call->is_refused) {
    listener_->Refuse(*stopped, ENOSYS);
  } else {
    listener_->LetThrough(*stopped);
  }
  if (in_hand_ != nullptr) in_hand_->PutDown();
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
