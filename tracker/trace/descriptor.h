// A file descriptor that closes itself.

#pragma once

#include <unistd.h>

#include <utility>

namespace reprise::tracker {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}  // -1: none.
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace reprise::tracker
