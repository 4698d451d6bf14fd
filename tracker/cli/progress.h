// Progress of long work, on stderr.
//
// Nothing for the first half second; then a line that is redrawn on a terminal, or a plain line
// every few seconds elsewhere.  Silent under --quiet.  Thread-safety: any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "tracker/cli/command.h"

namespace reprise::cli {

struct ProgressState {
  std::uint64_t count = 0;  // Of files, or whatever is counted.
  std::uint64_t bytes = 0;
  std::uint64_t bytes_total = 0;  // 0: not known.
  double seconds = 0;             // Since the beginning.
};

// "adding data: 12 files, 1.4 MiB, 2.8 MiB/s"; with a total a bar, the share and the time left.
std::string ProgressLine(const std::string& label, const std::string& counted,
                         const ProgressState& state);

class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `counted` is the singular of what is counted.  `now` is the clock; tests have their own.
  Progress(const Context& context, std::string label, std::string counted = "file",
           std::function<Time()> now = std::chrono::steady_clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So many are done; `bytes_total`, when known, gives the share and the time left.
  void Update(std::uint64_t count, std::uint64_t bytes, std::uint64_t bytes_total = 0);

  // Clears the line.
  void Finish();

 private:
  const Context& context_;
  const std::string label_;
  const std::string counted_;
  const std::function<Time()> now_;
  const Time started_;
  std::mutex mutex_;
  Time shown_;
  bool drawn_ = false;
};

}  // namespace reprise::cli
