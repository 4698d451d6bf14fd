#include "tracker/experiment_name.h"

#include <algorithm>

#include "storage/base/bytes.h"

namespace reprise::tracker {

Result<void> CheckExperimentName(const std::string& name) {
  constexpr std::size_t kSizeBytesMax = 256;
  const bool plain = std::ranges::none_of(
      name, [](char c) { return c == '@' || static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (!name.empty() && name.size() <= kSizeBytesMax && name[0] != '-' && plain && IsUtf8(name)) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(name) +
                   "' cannot be an experiment's name: use 1 to 256 bytes of UTF-8 without '@' and "
                   "control characters, not beginning with '-'"};
}

}  // namespace reprise::tracker
