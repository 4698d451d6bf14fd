// What somebody who mistyped a word may have meant.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

// How many insertions, deletions, substitutions and swaps of neighbours lead from `a` to `b`
// (Damerau 1964, each place edited once).
std::size_t EditDistance(std::string_view a, std::string_view b);

// The first of `candidates` that is nearest to `word`, if one is near enough to be meant: at most
// three edits, and fewer than `word` is long.
std::optional<std::string> Nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace reprise
