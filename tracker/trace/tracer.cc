#include "tracker/trace/tracer.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "tracker/trace/descriptor_message.h"
#include "tracker/trace/trace_orders.h"

namespace reprise::tracker {

void EnterTrace(const FilterProgram* program, int socket) {
  const int listener = program != nullptr ? InstallFilter(*program) : -ECANCELED;
  const int error_number = listener < 0 ? -listener : 0;
  // Nobody at the other end would answer the next call, which is execve: it fails with ENOSYS.
  SendWithDescriptor(socket, std::as_bytes(std::span(&error_number, 1)), listener);
  if (listener >= 0) {
    close(listener);
  } else {
    FollowTraceOrders(socket);
  }
}

Result<ReceivedListener> ReceiveListener(int socket) {
  int error_number = 0;
  const ReceivedMessage received =
      ReceiveWithDescriptor(socket, std::as_writable_bytes(std::span(&error_number, 1)));
  if (received.size_bytes != sizeof error_number) {
    return Error{ErrorCode::kIoError, "the process to be traced died before it was"};
  }
  ReceivedListener answer{.refused_with = error_number, .process = received.sender};
  if (error_number != 0) return answer;
  if (received.fd < 0) {
    return Error{ErrorCode::kIoError, "the listener of the process to be traced did not arrive"};
  }
  answer.listener = std::make_unique<Listener>(received.fd);
  return answer;
}

void Tracer::AnswerOne() {
  const auto stopped = listener_->Next();
  if (!stopped.has_value()) return;
  if (in_hand_ != nullptr) in_hand_->Take(stopped->id);
  const bool is_refused = stopped->call != nullptr && stopped->call->refused_with != 0;
  const auto answer = [&] {
    return is_refused ? listener_->Refuse(*stopped, stopped->call->refused_with)
                      : listener_->LetThrough(*stopped);
  };
  Observer::Waiting waiting{.is_still = [&] { return listener_->IsStill(*stopped); }};
  if (!is_refused) waiting.let_through = answer;
  if (observer_ == nullptr || !observer_->Observe(*stopped, waiting)) answer();
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
