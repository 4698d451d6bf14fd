// Patterns that leave files out, in the syntax of gitignore(5).
//
// Blank lines and lines that begin with '#' say nothing; '!' takes back what an earlier pattern
// left out; a trailing '/' matches folders only; a '/' elsewhere ties the pattern to the folder of
// its file; '*' and '?' match within one name, '**' across folders; '[a-z]' and '[!a-z]' are sets;
// a backslash takes the next character literally.  The last pattern that matches decides.  What
// lies in a folder that is left out cannot be taken back.
//
// Thread-safety: as a const std::vector.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::storage {

class IgnoreRules {
 public:
  // The patterns of one file.  Malformed patterns match nothing, as git has it.
  static IgnoreRules Parse(std::string_view text);

  // What the patterns say of `path`, relative to the folder of the file: true to leave it out,
  // false to take it back, nothing when none matches.
  std::optional<bool> Decide(std::string_view path, bool is_folder) const;

  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    std::string glob;
    bool negated = false;
    bool folders_only = false;
    bool anchored = false;
  };
  std::vector<Pattern> patterns_;
};

// Whether `glob` matches the whole of `path`; '*' and '?' do not match '/'.
bool MatchGlob(std::string_view glob, std::string_view path);

}  // namespace reprise::storage
