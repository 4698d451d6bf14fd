#include "sdk/src/reporter.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace reprise::sdk {
namespace {

// One write(2), so that lines of several processes do not mix; stdio may be in any state.
void WriteLine(std::string_view message) {
  const int saved_errno = errno;
  std::string line = "reprise: ";
  line += message;
  line += '\n';
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  errno = saved_errno;
}

// Set while a handler runs: a problem that the handler itself meets must not call it again.
constinit thread_local bool t_handling = false;

}  // namespace

void Reporter::Report(ErrorKind kind, std::string_view message) noexcept {
  // A lost recorder loses no record, so only a strict program counts it as a failure.
  if (kind != ErrorKind::kRecorderLost || strict_) failed_.store(true, std::memory_order_relaxed);
  try {
    if (handler_) {
      if (t_handling) return;
      t_handling = true;
      try {
        handler_(Problem{kind, message});
      } catch (...) {  // Not ours to judge; tracking goes on.
      }
      t_handling = false;
    } else if (strict_ || abort_ || written_.fetch_add(1) == 0) {
      WriteLine(message);
    } else {
      suppressed_.fetch_add(1, std::memory_order_relaxed);
    }
  } catch (...) {  // No memory for the line.
  }
  if (abort_) std::abort();
}

void Reporter::ReportSuppressed() noexcept {
  const std::uint64_t count = suppressed_.exchange(0);
  if (count == 0) return;
  try {
    WriteLine("there were " + std::to_string(count) +
              " more such messages; RunOptions::on_error or strict shows them");
  } catch (...) {
  }
}

}  // namespace reprise::sdk
