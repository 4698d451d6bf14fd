// The matcher walks both strings with backtracking to the last '*' of the current name and to the
// last "**" of the pattern, so that its time is bounded by the product of the lengths.

#include "storage/ignore.h"

namespace reprise::storage {
namespace {

// Matches `c` against the set that begins at glob[position] == '['.  Returns the position after the
// set, or nothing when the set does not end.
std::optional<std::size_t> MatchSet(std::string_view glob, std::size_t position, char c,
                                    bool& matches) {
  std::size_t i = position + 1;
  const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
  if (negated) ++i;
  bool found = false;
  bool first = true;
  const auto take = [&]() -> std::optional<unsigned char> {
    if (i < glob.size() && glob[i] == '\\') ++i;
    if (i >= glob.size()) return std::nullopt;
    return static_cast<unsigned char>(glob[i++]);
  };
  while (i < glob.size() && (glob[i] != ']' || first)) {
    first = false;
    const auto low = take();
    if (!low.has_value()) return std::nullopt;
    auto high = low;
    if (i + 1 < glob.size() && glob[i] == '-' && glob[i + 1] != ']') {
      ++i;
      high = take();
      if (!high.has_value()) return std::nullopt;
    }
    const auto byte = static_cast<unsigned char>(c);
    found = found || (*low <= byte && byte <= *high);
  }
  if (i >= glob.size()) return std::nullopt;
  matches = found != negated && c != '/';
  return i + 1;
}

// One step of the pattern at `g` against one character; advances `g` past it when it matches.
bool StepMatches(std::string_view glob, std::size_t& g, char c) {
  if (glob[g] == '?') {
    if (c == '/') return false;
    ++g;
    return true;
  }
  if (glob[g] == '[') {
    bool matches = false;
    const auto next = MatchSet(glob, g, c, matches);
    if (!next.has_value() || !matches) return false;
    g = *next;
    return true;
  }
  const bool escaped = glob[g] == '\\' && g + 1 < glob.size();
  if (glob[escaped ? g + 1 : g] != c) return false;
  g += escaped ? 2 : 1;
  return true;
}

}  // namespace

bool MatchGlob(std::string_view glob, std::string_view path) {
  struct Retry {
    std::size_t glob = std::string_view::npos;
    std::size_t path = 0;
  };
  Retry star;      // After the last '*': it takes one more character, but no '/'.
  Retry any_path;  // After the last "**": it takes one more character of any kind.
  std::size_t g = 0;
  std::size_t p = 0;
  for (;;) {
    // Beside other characters of a name two stars are one (gitignore(5)).
    const bool begins_name = g == 0 || glob[g - 1] == '/';
    const bool ends_name = g + 2 >= glob.size() || glob[g + 2] == '/';
    if (begins_name && ends_name && glob.substr(g, 2) == "**") {
      g += 2;
      if (g < glob.size()) ++g;  // "**/" also matches no folder at all, so its slash is part of it.
      any_path = {g, p};
      star = {};
      continue;
    }
    if (g < glob.size() && glob[g] == '*') {
      star = {++g, p};
      continue;
    }
    if (g == glob.size() && p == path.size()) return true;
    if (g < glob.size() && p < path.size() && StepMatches(glob, g, path[p])) {
      ++p;
      continue;
    }
    if (star.glob != std::string_view::npos && star.path < path.size() && path[star.path] != '/') {
      p = ++star.path;
      g = star.glob;
      continue;
    }
    if (any_path.glob == std::string_view::npos || any_path.path >= path.size()) return false;
    // "a/**/b": what follows must begin a name.
    ++any_path.path;
    const bool names_only = any_path.glob > 0 && glob[any_path.glob - 1] == '/';
    while (names_only && any_path.path < path.size() && path[any_path.path - 1] != '/') {
      ++any_path.path;
    }
    if (names_only && any_path.path >= path.size()) return false;
    p = any_path.path;
    g = any_path.glob;
    star = {};
  }
}

IgnoreRules IgnoreRules::Parse(std::string_view text) {
  IgnoreRules rules;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    // Trailing spaces count only behind a backslash.
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    Pattern pattern;
    if (line[0] == '!') {
      pattern.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.folders_only = true;
      line.remove_suffix(1);
    }
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.glob = line;
    rules.patterns_.push_back(std::move(pattern));
  }
  return rules;
}

std::optional<bool> IgnoreRules::Decide(std::string_view path, bool is_folder) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folders_only && !is_folder) continue;
    if (MatchGlob(pattern->glob, pattern->anchored ? path : name)) return !pattern->negated;
  }
  return std::nullopt;
}

}  // namespace reprise::storage
