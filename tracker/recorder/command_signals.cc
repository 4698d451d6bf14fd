#include "tracker/recorder/command_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "storage/base/assert.h"

namespace reprise::tracker {

CommandSignals::CommandSignals() {
  sigemptyset(&set_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&set_, number);
  sigprocmask(SIG_BLOCK, &set_, &original_);
  fd_ = signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK);
  REPRISE_ASSERT(fd_ >= 0);
}

CommandSignals::~CommandSignals() {
  while (Next()) {
  }
  close(fd_);
  sigprocmask(SIG_SETMASK, &original_, nullptr);
}

std::optional<CommandSignals::Signal> CommandSignals::Next() const {
  signalfd_siginfo info;
  if (read(fd_, &info, sizeof info) != sizeof info) return std::nullopt;
  return Signal{static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
}

}  // namespace reprise::tracker
