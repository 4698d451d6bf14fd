// Tells the program about problems, in the way that its RunOptions ask for.
//
// Thread-safety: any thread.  No lock is held while the handler runs, so it may use the Run.

#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "reprise/run.h"

namespace reprise::sdk {

class Reporter {
 public:
  explicit Reporter(const RunOptions& options)
      : handler_(options.on_error), strict_(options.strict), abort_(options.abort_on_error) {}

  // Never throws; does not return under abort_on_error.
  void Report(ErrorKind kind, std::string_view message) noexcept;

  // With the default handler: says how many problems were left unsaid, if any.
  void ReportSuppressed() noexcept;

  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  bool strict() const { return strict_; }

 private:
  const ErrorHandler handler_;
  const bool strict_;
  const bool abort_;
  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

}  // namespace reprise::sdk
