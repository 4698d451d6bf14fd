// Which of the files that one side lacks are likely those that the other has under another name.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::lineage {

// ".csv" of "data/train.csv"; empty where the name has none.
std::string_view ExtensionOf(std::string_view path);

// Pairs paths, by their places in the lists, whose names have the same extension and are otherwise
// alike: as many edits (storage/base/nearest.h) as half of the longer one has bytes make one of the
// other at most.  The most alike come first, each path once; the pairs are in the order of
// `before`. Beyond kLikeNamesMax possible pairs none is found.
inline constexpr std::size_t kLikeNamesMax = 10'000;
std::vector<std::pair<std::size_t, std::size_t>> PairLikeNames(
    const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace reprise::lineage
