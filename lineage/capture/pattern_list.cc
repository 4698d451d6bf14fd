// Most patterns are literal but for a "**/" in front or a '/' behind, so that one hash table for
// each such form answers for all of them: the path's beginnings, its parts, its name and its suffix
// are looked up, and the smallest number wins.  Only the rest is tried one by one, and of that only
// what comes before the best so far and whose literal text the path holds.

#include "lineage/capture/pattern_list.h"

#include <algorithm>

#include "storage/ignore.h"

namespace reprise::capture {
namespace {

constexpr std::string_view kSpecial = "*?[\\";

bool IsLiteral(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (kSpecial.find(pattern[i]) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string Unescape(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

struct LiteralText {
  std::string beginning;  // Before the first special character.
  std::string longest;    // Of all runs without one.
};

// What every match of `glob` holds.  The slash behind "**" is no part of it: it may match nothing.
LiteralText FindLiteralText(std::string_view glob) {
  LiteralText found;
  std::string run;
  bool is_first = true;
  const auto end_run = [&] {
    if (is_first) found.beginning = run;
    is_first = false;
    if (run.size() > found.longest.size()) found.longest = run;
    run.clear();
  };
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '[') {
      // Where a set ends is the matcher's to say; what follows is not looked at.
      end_run();
      return found;
    }
    if (c == '*' || c == '?') {
      end_run();
      const bool is_any = glob.substr(i, 3) == "**/";
      if (is_any) i += 2;
      continue;
    }
    if (c == '\\' && i + 1 < glob.size()) ++i;
    run += glob[i];
  }
  end_run();
  return found;
}

}  // namespace

void PatternList::Add(std::string_view pattern) {
  const std::uint32_t number = count_++;
  const bool with_below = pattern.ends_with('/');
  if (with_below) pattern.remove_suffix(1);
  constexpr std::string_view kAnywhere = "**/";
  if (IsLiteral(pattern)) {
    (with_below ? folders_ : paths_).emplace(Unescape(pattern), number);
    return;
  }
  if (pattern.starts_with(kAnywhere)) {
    const std::string_view name = pattern.substr(kAnywhere.size());
    if (name.find('/') == std::string_view::npos && IsLiteral(name)) {
      (with_below ? parts_ : names_).emplace(Unescape(name), number);
      return;
    }
    if (name.starts_with("*.") && !with_below && IsLiteral(name.substr(1)) &&
        name.find_first_of("./", 2) == std::string_view::npos) {
      suffixes_.emplace(Unescape(name.substr(1)), number);
      return;
    }
  }
  LiteralText text = FindLiteralText(pattern);
  std::string below = with_below ? std::string(pattern) + "/**" : std::string();
  globs_.push_back({std::string(pattern), std::move(below), std::move(text.beginning),
                    std::move(text.longest), number});
}

std::optional<std::uint32_t> PatternList::FirstMatch(std::string_view path) const {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t best = kNone;
  const auto look_up = [&best](const Numbers& numbers, std::string_view key) {
    if (numbers.empty()) return;
    const auto found = numbers.find(key);
    if (found != numbers.end()) best = std::min(best, found->second);
  };
  std::size_t part_at = 0;
  for (;;) {
    const std::size_t end = std::min(path.find('/', part_at), path.size());
    look_up(folders_, path.substr(0, end));
    look_up(parts_, path.substr(part_at, end - part_at));
    if (end == path.size()) break;
    part_at = end + 1;
  }
  look_up(paths_, path);
  const std::string_view name = path.substr(part_at);
  look_up(names_, name);
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    look_up(suffixes_, name.substr(dot));
  }
  for (const Glob& glob : globs_) {
    if (glob.number >= best) break;
    if (!path.starts_with(glob.beginning)) continue;
    if (path.find(glob.needle) == std::string_view::npos) continue;
    if (storage::MatchGlob(glob.glob, path) ||
        (!glob.glob_below.empty() && storage::MatchGlob(glob.glob_below, path))) {
      best = glob.number;
      break;
    }
  }
  if (best == kNone) return std::nullopt;
  return best;
}

std::string EscapeGlob(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string LiteralFolder(std::string_view pattern) {
  std::size_t end = 0;  // Of the whole literal names.
  for (;;) {
    const std::size_t next = std::min(pattern.find('/', end), pattern.size());
    if (!IsLiteral(pattern.substr(end, next - end))) break;
    if (next == pattern.size()) {
      end = next;
      break;
    }
    end = next + 1;
  }
  std::string folder = Unescape(pattern.substr(0, end));
  while (folder.ends_with('/')) folder.pop_back();
  return folder;
}

}  // namespace reprise::capture
