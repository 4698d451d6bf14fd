// Progress of long work, on stderr.
//
// Nothing for the first half second; then a line that is redrawn on a terminal, or a plain line
// every few seconds elsewhere.  Silent under --quiet.  Thread-safety: any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "tracker/cli/command.h"

namespace reprise::cli {

class Progress {
 public:
  Progress(const Context& context, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So many files and bytes are done; `bytes_total`, when known, gives the share and the time left.
  void Update(std::uint64_t files, std::uint64_t bytes, std::uint64_t bytes_total = 0);

  // Clears the line.
  void Finish();

 private:
  using Clock = std::chrono::steady_clock;

  const Context& context_;
  const std::string label_;
  const Clock::time_point started_;
  std::mutex mutex_;
  Clock::time_point shown_;
  bool drawn_ = false;
};

}  // namespace reprise::cli
