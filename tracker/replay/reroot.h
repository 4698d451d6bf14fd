// Paths of a project in text that a command gets, led to another folder.
//
// A path begins with a slash at the start of the text or after a character that cannot be part of a
// name ("--data=/project/x", "cat /project/x>y"), or after an option of letters ("-I/project"), and
// ends before a space, a quote, or a sign of the shell; a name that holds one of these itself is
// known by being there.  It is one of the project when it leads into it by its text or by the links
// on the way, so "/project/../project/x" and "/link/x" are.
//
// A whole word "host:/project/x" or "user@host:/project/x" may be a path of another machine, and is
// never changed; MayNameProject() says that it may also be one of this.
//
// What a shell or program puts together ("$HOME/project", a glob, a path in a file) is not found by
// this; MayNameProject() looks for some of it, and docs/threat_model.md says what is left.
//
// Thread-safety: as FileSystem.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/file.h"

namespace reprise::tracker {

// What paths stand in: one text, or a list of paths with colons between them, as $PATH.
enum class PathText { kText, kList };

class Rerooter {
 public:
  // Asked of each path, relative to the project ("." for itself): whether it is to be led away.
  using Choice = std::function<bool(const std::string& path)>;
  using Variables = std::map<std::string, std::string>;

  // `projects` are the absolute paths by which text names the project; `folder`, absolute, stands
  // in its place, and may lie in it.
  Rerooter(FileSystem& files, const std::vector<std::string>& projects, std::string folder);

  // `text` with the chosen paths of the project as paths of the folder.
  std::string Reroot(std::string_view text, const Choice& choice,
                     PathText kind = PathText::kText) const;
  std::string Reroot(std::string_view text) const;

  // What a link at `place` to `target` is to lead to in place of the project; none: it leads
  // elsewhere.
  std::optional<std::string> LedTarget(const std::string& target, const std::string& place) const;

  // Whether a shell in `working_directory` with `variables` may read a path of the project out of
  // `text`: as it stands, without quotes and backslashes, or with variables and "~" replaced.
  bool MayNameProject(std::string_view text, const Variables& variables,
                      const std::string& working_directory) const;

  // The part of `path` (absolute, or relative to `working_directory`) below the project; none for a
  // path elsewhere, or in the folder.
  std::optional<std::string> PathBelow(std::string_view path,
                                       std::string_view working_directory) const;

  // Whether `text` holds a name of the project anywhere as whole parts of a path.
  bool Mentions(std::string_view text) const;

 private:
  struct Token {
    std::size_t begin;
    std::size_t end;
  };
  std::optional<Token> NextPath(std::string_view text, std::size_t from) const;
  std::size_t PathEndAt(std::string_view text, std::size_t at) const;
  std::optional<std::size_t> LongerName(std::string_view text, std::size_t at,
                                        std::size_t end) const;
  std::string Led(std::string_view path) const;
  std::string LedWithParents(std::string_view path) const;
  bool IsInFolder(const std::string& path) const;
  std::optional<std::string> BelowByText(const std::string& path) const;
  std::string Resolved(const std::string& path) const;
  bool NamesProject(std::string_view text, const std::string& working_directory) const;

  FileSystem& files_;
  std::vector<std::string> projects_;  // As named, then as the real paths that they lead to.
  std::set<std::pair<std::uint64_t, std::uint64_t>> identities_;  // Their devices and inodes.
  std::string folder_;
  std::string real_folder_;
};

}  // namespace reprise::tracker
