// SIGINT, SIGTERM and SIGHUP as something to ask about, for commands that clean up before they end.

#pragma once

#include <array>
#include <csignal>

namespace reprise::cli {

// While one lives, these signals do not end the process, but are kept; a signal that was ignored
// stays ignored.  Others see the signals' own actions again afterwards.
//
// Thread-safety: make one at a time, on the main thread; Received() from any thread.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that asked this process to stop, 0 if none did; also after the object is gone.
  static int Received();
  static void Forget();  // For tests.

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

  std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace reprise::cli
