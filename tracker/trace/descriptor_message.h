// Passing an open descriptor to another process beside a message: SCM_RIGHTS of unix(7).

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>

namespace reprise::tracker {

// Sends `message`, and `fd` unless it is negative.  False when not all was sent; errno tells why.
// Async-signal-safe.
bool SendWithDescriptor(int socket, std::span<const std::byte> message, int fd);

struct ReceivedMessage {
  std::size_t size_bytes = 0;  // 0: the other end is closed, or an error.
  int fd = -1;                 // Close-on-exec, and the caller's; -1: none came.
  pid_t sender = 0;            // As numbered here; 0: the socket does not ask (SO_PASSCRED).
};

// Waits for one message.
ReceivedMessage ReceiveWithDescriptor(int socket, std::span<std::byte> message);

}  // namespace reprise::tracker
