// Numbers as text, the same on every machine and in every locale.

#pragma once

#include <charconv>
#include <string>
#include <type_traits>

namespace credit_risk {

// The shortest decimal text that reads back as the same number.
template <typename T>
requires std::is_arithmetic_v<T> std::string ToText(T number) {
  char buffer[64];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

}  // namespace credit_risk
