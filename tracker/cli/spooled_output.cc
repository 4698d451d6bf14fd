#include "tracker/cli/spooled_output.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace reprise::cli {

std::streamsize SpooledOutput::xsputn(const char* text, std::streamsize count) {
  kept_.append(text, static_cast<std::size_t>(count));
  return kept_.size() <= kSpoolBytesMax || WriteAll() ? count : 0;
}

SpooledOutput::int_type SpooledOutput::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(0);
  const char c = traits_type::to_char_type(character);
  return xsputn(&c, 1) == 1 ? character : traits_type::eof();
}

int SpooledOutput::sync() { return WriteAll() ? 0 : -1; }

bool SpooledOutput::WriteAll() {
  std::string_view rest = kept_;
  while (!rest.empty()) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      if (error_number_ == 0) error_number_ = count < 0 ? errno : EIO;
      break;
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  const bool written = rest.empty();
  kept_.clear();
  return written;
}

}  // namespace reprise::cli
