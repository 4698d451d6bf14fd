// Signals that ask us to stop while a command runs: they are the command's.

#pragma once

#include <csignal>
#include <optional>

namespace reprise::tracker {

// While one lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT are read here instead of having their effect
// on this process.  Those that came and were not read are forgotten at the end: they were for the
// command, and must not end us after it.
//
// Thread-safety: one at a time, on the main thread; the threads of the process must be born later,
// or have these signals blocked.
class CommandSignals {
 public:
  CommandSignals();
  ~CommandSignals();
  CommandSignals(const CommandSignals&) = delete;
  CommandSignals& operator=(const CommandSignals&) = delete;

  int fd() const { return fd_; }  // Readable (poll) when one has come.

  struct Signal {
    int number = 0;
    bool from_terminal = false;  // The command has got it too.
  };
  std::optional<Signal> Next() const;

 private:
  sigset_t set_{};
  sigset_t original_{};
  int fd_ = -1;
};

}  // namespace reprise::tracker
