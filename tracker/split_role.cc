#include "tracker/split_role.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace reprise::tracker {
namespace {

constexpr std::array<std::string_view, 7> kSplitNames = {
    "train", "validation", "evaluation", "test", "holdout", "out_of_time", "out_of_sample"};

// Words that follow each other, as one with spaces, and the role that they say.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"train", "train"},
    {"training", "train"},
    {"validation", "validation"},
    {"validate", "validation"},
    {"valid", "validation"},
    {"val", "validation"},
    {"dev", "validation"},
    {"evaluation", "evaluation"},
    {"evaluate", "evaluation"},
    {"eval", "evaluation"},
    {"test", "test"},
    {"testing", "test"},
    {"holdout", "holdout"},
    {"heldout", "holdout"},
    {"hold out", "holdout"},
    {"held out", "holdout"},
    {"oot", "out_of_time"},
    {"outoftime", "out_of_time"},
    {"out of time", "out_of_time"},
    {"oos", "out_of_sample"},
    {"outofsample", "out_of_sample"},
    {"out of sample", "out_of_sample"}};

char InSmall(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Whatever is no letter divides words.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  bool is_word = false;
  for (const char c : text) {
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (is_letter && !is_word) words.emplace_back();
    if (is_letter) words.back() += InSmall(c);
    is_word = is_letter;
  }
  return words;
}

}  // namespace

SplitRole SplitRole::Of(std::string_view name) {
  SplitRole role;
  role.name_.clear();
  for (const char c : name) role.name_ += InSmall(c);
  const auto* const known = std::ranges::find(kSplitNames, role.name_);
  role.rank_ = static_cast<std::size_t>(known - kSplitNames.begin());
  return role;
}

bool SplitRole::is_split() const { return rank_ < kSplitNames.size(); }

std::optional<SplitRole> SplitRoleOf(std::string_view text) {
  const std::vector<std::string> words = WordsOf(text);
  constexpr std::size_t kWordsMax = 3;  // Of one entry of the table.
  for (std::size_t begin = 0; begin < words.size(); ++begin) {
    std::string phrase;
    for (std::size_t i = begin; i < std::min(words.size(), begin + kWordsMax); ++i) {
      phrase += (phrase.empty() ? "" : " ") + words[i];
      const auto* const known =
          std::ranges::find(kWords, phrase, &std::pair<std::string_view, std::string_view>::first);
      if (known != std::end(kWords)) return SplitRole::Of(known->second);
    }
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

SplitRole GivenRole(std::string_view role) {
  return SplitRoleOf(role).value_or(SplitRole::Of(role));
}

}  // namespace reprise::tracker
