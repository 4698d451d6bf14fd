#include "tracker/recorder/standard_input.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reprise::tracker {

StandardInput::StandardInput(int fd) : fd_(fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return;
  if (S_ISREG(status.st_mode)) gives_ = lseek(fd, 0, SEEK_CUR) < status.st_size;
  is_stream_ = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  pollfd input{fd, POLLIN, 0};
  if (!is_stream_ || poll(&input, 1, 0) < 0) return;
  gives_ = (input.revents & POLLIN) != 0;
  was_closed_ = !gives_ && (input.revents & POLLHUP) != 0;
}

void StandardInput::Look() {
  if (!is_stream_ || was_closed_ || gives_) return;
  pollfd input{fd_, POLLIN, 0};
  gives_ = poll(&input, 1, 0) > 0 && (input.revents & (POLLIN | POLLHUP)) != 0;
}

}  // namespace reprise::tracker
