#include "lineage/diff/like_names.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "storage/base/nearest.h"

namespace reprise::lineage {
namespace {

// The cost of an edit distance is the product of the lengths.
constexpr std::size_t kComparedBytesMax = 200;

std::string_view NameOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

struct Likeness {
  std::size_t name_edits = 0;
  std::size_t path_edits = 0;
  std::size_t before = 0;
  std::size_t after = 0;

  friend auto operator<=>(const Likeness&, const Likeness&) = default;
};

// Absent: they are not alike.
std::optional<Likeness> Compare(std::string_view before, std::string_view after) {
  const std::string_view extension = ExtensionOf(before);
  if (extension != ExtensionOf(after)) return std::nullopt;
  std::string_view old_stem = NameOf(before);
  std::string_view new_stem = NameOf(after);
  old_stem.remove_suffix(extension.size());
  new_stem.remove_suffix(extension.size());
  const std::size_t longer = std::max(old_stem.size(), new_stem.size());
  if (longer > kComparedBytesMax) return std::nullopt;
  Likeness likeness;
  likeness.name_edits = EditDistance(old_stem, new_stem);
  if (likeness.name_edits * 2 > longer) return std::nullopt;
  if (std::max(before.size(), after.size()) <= kComparedBytesMax) {
    likeness.path_edits = EditDistance(before, after);
  }
  return likeness;
}

}  // namespace

std::string_view ExtensionOf(std::string_view path) {
  const std::string_view name = NameOf(path);
  const std::size_t dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? std::string_view() : name.substr(dot);
}

std::vector<std::pair<std::size_t, std::size_t>> PairLikeNames(
    const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  if (before.empty() || after.size() > kLikeNamesMax / before.size()) return pairs;
  std::vector<Likeness> candidates;
  for (std::size_t b = 0; b < before.size(); ++b) {
    for (std::size_t a = 0; a < after.size(); ++a) {
      auto likeness = Compare(before[b], after[a]);
      if (!likeness.has_value()) continue;
      likeness->before = b;
      likeness->after = a;
      candidates.push_back(*likeness);
    }
  }
  std::ranges::sort(candidates);
  std::vector<bool> before_done(before.size(), false);
  std::vector<bool> after_done(after.size(), false);
  for (const Likeness& candidate : candidates) {
    if (before_done[candidate.before] || after_done[candidate.after]) continue;
    before_done[candidate.before] = after_done[candidate.after] = true;
    pairs.emplace_back(candidate.before, candidate.after);
  }
  std::ranges::sort(pairs);
  return pairs;
}

}  // namespace reprise::lineage
