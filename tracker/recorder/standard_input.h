// Whether a command may have read something from its standard input, which is not recorded.
//
// A terminal, /dev/null and a file or pipe with nothing in it give nothing.  A pipe that stays open
// and silent, such as that of a job scheduler, gives nothing either; one in which something was, or
// that was closed by its other end while the command ran, may have given what the command read.
// What is written and read between two calls of Look() is not seen.
//
// Thread-safety: one thread at a time.

#pragma once

#include <string_view>

namespace reprise::tracker {

// What the run's record says then; also how a rerun knows.
inline constexpr std::string_view kStandardInputWarning =
    "standard input is not recorded: what the command read from it is missing from the record, and "
    "a rerun has none";

class StandardInput {
 public:
  // `fd` is that of the command, and stays the caller's.
  explicit StandardInput(int fd);

  void Look();
  bool gives() const { return gives_; }

 private:
  int fd_;
  bool is_stream_ = false;   // A pipe or socket.
  bool was_closed_ = false;  // From the beginning.
  bool gives_ = false;
};

}  // namespace reprise::tracker
