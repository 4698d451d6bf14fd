#include "lineage/diff/use_diff.h"

#include <algorithm>
#include <map>
#include <string>

#include "lineage/diff/like_names.h"

namespace reprise::lineage {
namespace {

class Pairing {
 public:
  Pairing(const std::vector<ArtifactUse>& before, const std::vector<ArtifactUse>& after)
      : before_(before),
        after_(after),
        before_done_(before.size(), false),
        after_done_(after.size(), false) {}

  std::vector<UsePair> Pair() {
    PairBy([](const ArtifactUse& use) { return std::optional(use.path + '\0' + use.role); }, false);
    PairBy([](const ArtifactUse& use) { return std::optional(use.path); }, false);
    PairBy(
        [](const ArtifactUse& use) {
          return use.role.empty() ? std::nullopt : std::optional(use.role);
        },
        true);
    PairBy([](const ArtifactUse& use) { return std::optional(use.digest.ToStored()); }, false);
    PairBy([](const ArtifactUse& use) { return std::optional(GroupOf(use)); }, true);
    PairLikely();
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (!before_done_[i]) pairs_.push_back({.before = before_[i]});
    }
    for (std::size_t i = 0; i < after_.size(); ++i) {
      if (!after_done_[i]) pairs_.push_back({.after = after_[i]});
    }
    return std::move(pairs_);
  }

 private:
  // What is named otherwise is likely the same if it is the only one of its kind.
  static std::string GroupOf(const ArtifactUse& use) {
    return use.role + '\0' + std::string(ArtifactKindName(use.kind)) + '\0' +
           std::string(ExtensionOf(use.path));
  }

  // Pairs what is left of one role and kind by names that are alike.
  void PairLikely() {
    struct Left {
      std::vector<std::size_t> places[2];
      std::vector<std::string> paths[2];
    };
    std::map<std::string, Left> left;
    const auto gather = [&](const std::vector<ArtifactUse>& uses, const std::vector<bool>& is_done,
                            std::size_t side) {
      for (std::size_t i = 0; i < uses.size(); ++i) {
        if (is_done[i]) continue;
        Left& group = left[GroupOf(uses[i])];
        group.places[side].push_back(i);
        group.paths[side].push_back(uses[i].path);
      }
    };
    gather(before_, before_done_, 0);
    gather(after_, after_done_, 1);
    for (const auto& [key, group] : left) {
      for (const auto& [b, a] : PairLikeNames(group.paths[0], group.paths[1])) {
        Pair(group.places[0][b], group.places[1][a]);
      }
    }
  }

  void Pair(std::size_t b, std::size_t a) {
    before_done_[b] = after_done_[a] = true;
    UsePair pair{.before = before_[b], .after = after_[a]};
    if (!pair.change().empty()) pairs_.push_back(std::move(pair));
  }

  // Pairs what has one key on both sides and is not paired yet, in their order; if `only_single`,
  // where it stands for one on each.
  template <typename KeyOf>
  void PairBy(const KeyOf& key_of, bool only_single) {
    using Places = std::map<std::string, std::vector<std::size_t>>;
    const auto places_of = [&](const std::vector<ArtifactUse>& uses,
                               const std::vector<bool>& is_done) {
      Places places;
      for (std::size_t i = 0; i < uses.size(); ++i) {
        const std::optional<std::string> key = is_done[i] ? std::nullopt : key_of(uses[i]);
        if (key.has_value()) places[*key].push_back(i);
      }
      return places;
    };
    const Places after_places = places_of(after_, after_done_);
    for (const auto& [key, places] : places_of(before_, before_done_)) {
      const auto found = after_places.find(key);
      if (found == after_places.end()) continue;
      if (only_single && (places.size() > 1 || found->second.size() > 1)) continue;
      for (std::size_t i = 0; i < std::min(places.size(), found->second.size()); ++i) {
        Pair(places[i], found->second[i]);
      }
    }
  }

  const std::vector<ArtifactUse>& before_;
  const std::vector<ArtifactUse>& after_;
  std::vector<bool> before_done_;
  std::vector<bool> after_done_;
  std::vector<UsePair> pairs_;
};

int RankOf(const UsePair& pair) {
  constexpr std::string_view kOrder[] = {"changed", "removed", "added", "moved"};
  return static_cast<int>(std::ranges::find(kOrder, pair.change()) - std::begin(kOrder));
}

const std::string& PathOf(const UsePair& pair) {
  return pair.before.has_value() ? pair.before->path : pair.after->path;
}

}  // namespace

std::string_view UsePair::change() const {
  if (!before.has_value()) return "added";
  if (!after.has_value()) return "removed";
  if (before->digest != after->digest || before->kind != after->kind) return "changed";
  if (before->path != after->path) return "moved";
  if (before->role != after->role) return "role";
  return before->executable != after->executable ? "executable" : "";
}

std::vector<UsePair> PairUses(const std::vector<ArtifactUse>& before,
                              const std::vector<ArtifactUse>& after) {
  std::vector<UsePair> pairs = Pairing(before, after).Pair();
  std::ranges::stable_sort(pairs, {}, [](const UsePair& pair) {
    return std::pair<int, std::string_view>(RankOf(pair), PathOf(pair));
  });
  return pairs;
}

Result<void> DescribeUses(const StoredContents& contents, const ArtifactDiffOptions& options,
                          std::vector<UsePair>& pairs) {
  std::size_t described = 0;
  for (UsePair& pair : pairs) {
    if (pair.change() != "changed" || described == options.described_files_max) continue;
    ++described;
    REPRISE_ASSIGN_OR_RETURN(pair.diff,
                             DiffArtifacts(contents, *pair.before, *pair.after, options));
  }
  return {};
}

}  // namespace reprise::lineage
