#include "tracker/cli/stop_signals.h"

#include <atomic>

namespace reprise::cli {
namespace {

std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler sets it");

void Receive(int signal) { received.store(signal); }

void Install(int signal, struct sigaction& before) {
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action = {};
  action.sa_handler = Receive;
  action.sa_flags = SA_RESTART;  // What is being written is finished or given up as a whole.
  sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) Install(kSignals[i], before_[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int StopSignals::Received() { return received.load(); }

void StopSignals::Forget() { received.store(0); }

}  // namespace reprise::cli
