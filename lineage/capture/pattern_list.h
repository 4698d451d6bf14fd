// An ordered list of file patterns, of which the first that matches a path is found fast.
//
// '*' and '?' match within one name, '**' across folders, '[a-z]' and '[!a-z]' are sets, a
// backslash takes the next character literally, as in gitignore(5); '?' and sets match one byte.  A
// pattern matches a whole path; with a trailing '/' it matches what it names and all that lies
// below.
//
// Thread-safety: a const object may be used by any number of threads.

#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reprise::capture {

class PatternList {
 public:
  // Appends `pattern`; its number is how many were there before.
  void Add(std::string_view pattern);

  // The number of the first pattern that matches `path`.  Costs a few look-ups for each part of the
  // path, whatever the number of patterns without a '*', '?' or set (but in "**/name", "**/name/",
  // "**/*.suffix"), and one search of a text for each of the others.
  std::optional<std::uint32_t> FirstMatch(std::string_view path) const;

  std::uint32_t size() const { return count_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Numbers = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
  struct Glob {
    std::string glob;        // Without a trailing slash.
    std::string glob_below;  // What matches all below it; empty: nothing does.
    std::string beginning;   // Literal text that paths begin with,
    std::string needle;      // and that they hold.
    std::uint32_t number = 0;
  };

  std::uint32_t count_ = 0;
  Numbers paths_;     // "/etc/passwd"
  Numbers folders_;   // "/usr/", without the slash
  Numbers names_;     // "**/name"
  Numbers parts_;     // "**/name/"
  Numbers suffixes_;  // "**/*.pyc": ".pyc"
  std::vector<Glob> globs_;
};

// `text` as a pattern that matches it and nothing else.
std::string EscapeGlob(std::string_view text);

// The part of `pattern` before the first name that has a '*', '?' or set, without a trailing slash
// and without backslashes: the folder that all matches lie in.  All of a literal pattern.
std::string LiteralFolder(std::string_view pattern);

}  // namespace reprise::capture
