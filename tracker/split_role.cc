#include "tracker/split_role.h"

#include <array>
#include <cctype>
#include <utility>

namespace reprise::tracker {
namespace {

constexpr std::array<std::string_view, 4> kRoleNames = {"train", "validation", "test", "holdout"};

// The role of one word in lower case.
std::optional<SplitRole> RoleOfWord(std::string_view word) {
  if (word == "train" || word == "training") return SplitRole::kTrain;
  if (word == "validation" || word == "valid" || word == "val" || word == "dev") {
    return SplitRole::kValidation;
  }
  if (word == "test" || word == "testing") return SplitRole::kTest;
  if (word == "holdout") return SplitRole::kHoldout;
  return std::nullopt;
}

}  // namespace

std::string_view SplitRoleName(SplitRole role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<SplitRole> SplitRoleOf(std::string_view role) {
  std::string word;
  std::string before;
  for (std::size_t i = 0; i <= role.size(); ++i) {
    const auto c = i < role.size() ? static_cast<unsigned char>(role[i]) : 0;
    if (std::isalpha(c) != 0) {
      word += static_cast<char>(std::tolower(c));
      continue;
    }
    if (word.empty()) continue;
    if (const auto found = RoleOfWord(word)) return found;
    if (before == "hold" && word == "out") return SplitRole::kHoldout;
    before = std::exchange(word, {});
  }
  return std::nullopt;
}

std::optional<SplitRole> SplitRoleOfPath(std::string_view path) {
  // Where a file lies outside of the project says nothing of what it is to the run.
  const bool name_only = path.starts_with('/');
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
    if (const auto role = SplitRoleOf(name)) return role;
    if (name_only) break;
    path = slash == path.npos ? std::string_view() : path.substr(0, slash);
  }
  return std::nullopt;
}

}  // namespace reprise::tracker
