// Lists of words in sentences.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reprise {

// "a, b, c"
template <typename Words>
std::string Joined(const Words& words, std::string_view between = ", ") {
  std::string text;
  bool is_first = true;
  for (const auto& word : words) {
    if (!is_first) text += between;
    is_first = false;
    text += word;
  }
  return text;
}

// "a, b and c"
template <typename Words>
std::string Enumerated(const Words& words) {
  std::string text;
  std::size_t left = words.size();
  for (const auto& word : words) {
    if (left != words.size()) text += left == 1 ? " and " : ", ";
    --left;
    text += word;
  }
  return text;
}

}  // namespace reprise
