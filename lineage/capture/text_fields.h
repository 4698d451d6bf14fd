// Lines of the form "key: value" and numbers, as /proc, /sys and os-release(5) have them.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::capture {

// Without blanks and quotes at either end.
std::string_view TrimField(std::string_view text);

// The trimmed value of the first line whose trimmed key before `separator` is `key`.
std::optional<std::string> FindField(std::string_view text, std::string_view key, char separator);

// All of `text` as a decimal number; nothing if it is none or does not fit.
std::optional<std::uint64_t> ParseUnsigned(std::string_view text);

}  // namespace reprise::capture
