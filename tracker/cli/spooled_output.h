// Standard output that is written when the command is done.
//
// A command that has the store open prints what it finds as it finds it.  If that went straight to
// a pager, every recorder would wait for the store as long as somebody reads.  So up to
// kSpoolBytesMax are kept until the command has returned, and with it has closed the store.

#pragma once

#include <cstddef>
#include <streambuf>
#include <string>

namespace reprise::cli {

inline constexpr std::size_t kSpoolBytesMax = std::size_t{16} << 20;

// Thread-safety: one thread at a time.
class SpooledOutput final : public std::streambuf {
 public:
  // Writes to `fd`, which stays the caller's.
  explicit SpooledOutput(int fd) : fd_(fd) {}

  // errno of the first write that failed; 0: none has.
  int error_number() const { return error_number_; }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override;
  int_type overflow(int_type character) override;
  // Writes all that is kept: an explicit flush, as by who follows a log, is meant at once.
  int sync() override;

 private:
  bool WriteAll();

  const int fd_;
  std::string kept_;
  int error_number_ = 0;
};

}  // namespace reprise::cli
