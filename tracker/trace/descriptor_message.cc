#include "tracker/trace/descriptor_message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace reprise::tracker {
namespace {

// One descriptor beside one message.
union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// And who sent it.
union ReceivedControl {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(ucred))];
};

}  // namespace

bool SendWithDescriptor(int socket, std::span<const std::byte> message, int fd) {
  iovec body{const_cast<std::byte*>(message.data()), message.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(attached), &fd, sizeof fd);
  }
  return sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(message.size());
}

ReceivedMessage ReceiveWithDescriptor(int socket, std::span<std::byte> message) {
  iovec body{message.data(), message.size()};
  ReceivedControl control{};
  msghdr header{};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  ssize_t count;
  do {
    count = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  ReceivedMessage received;
  if (count <= 0) return received;
  received.size_bytes = static_cast<std::size_t>(count);
  for (cmsghdr* attached = CMSG_FIRSTHDR(&header); attached != nullptr;
       attached = CMSG_NXTHDR(&header, attached)) {
    if (attached->cmsg_level != SOL_SOCKET) continue;
    if (attached->cmsg_type == SCM_RIGHTS) {
      std::memcpy(&received.fd, CMSG_DATA(attached), sizeof received.fd);
    } else if (attached->cmsg_type == SCM_CREDENTIALS) {
      ucred sender{};
      std::memcpy(&sender, CMSG_DATA(attached), sizeof sender);
      received.sender = sender.pid;
    }
  }
  return received;
}

}  // namespace reprise::tracker
