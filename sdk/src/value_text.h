// The text form of parameter values, and back.
//
// A real is written with the fewest digits that read back as the same number; NaN and the
// infinities as in JSON documents of Reprise: "NaN", "Infinity", "-Infinity".
//
// Thread-safety: pure functions.

#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::sdk {

template <typename T>
requires(std::integral<T> && !std::same_as<T, bool>) std::string FormatValue(T value) {
  return std::to_string(value);
}

template <std::floating_point T>
std::string FormatValue(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return std::string(buffer, end);
}

inline std::string FormatValue(bool value) { return value ? "true" : "false"; }
inline std::string FormatValue(std::string_view value) { return std::string(value); }

// The number that the whole of `text` is, if it fits T.
template <typename T>
requires((std::integral<T> || std::floating_point<T>)&&!std::same_as<T, bool>)
    std::optional<T> ParseValue(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  T value{};
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || next != end) return std::nullopt;
  return value;
}

template <std::same_as<bool> T>
std::optional<T> ParseValue(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

template <std::same_as<std::string> T>
std::optional<T> ParseValue(std::string_view text) {
  return T(text);
}

}  // namespace reprise::sdk
