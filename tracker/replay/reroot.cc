#include "tracker/replay/reroot.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "lineage/capture/system_view.h"
#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kNameBytesMax = 255;  // Of every file system that Linux knows.

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// What ends a path.  A name may hold any of these, which is why the project's own is compared
// first.
bool EndsPath(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\0' ||
         std::string_view("\"'`;|&()<>,:=[]{}").find(c) != std::string_view::npos;
}

// What before a slash makes it one inside of a longer name, or after a variable or glob.
bool GoesOnToASlash(char c) {
  return IsAlnum(c) || (static_cast<unsigned char>(c) & 0x80) != 0 ||
         std::string_view("_-.~/$%+})]*?").find(c) != std::string_view::npos;
}

// Whether the slash at `at` stands after an option that its value is glued to, as in "-I/project".
bool FollowsOption(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && IsAlnum(text[begin - 1])) --begin;
  if (begin == at || begin == 0 || text[begin - 1] != '-') return false;
  return begin == 1 || EndsPath(text[begin - 2]);
}

// "https://host/x": what follows the colon is a host, unless there is none ("file:///x").
bool IsHost(std::string_view text, std::size_t at) {
  return at > 1 && text[at - 1] == ':' && IsAlnum(text[at - 2]) &&
         text.substr(at).starts_with("//") && !text.substr(at).starts_with("///");
}

// Whether the slash at `at` follows "host:" or "user@host:", which is a whole word with one colon.
bool MayBeRemote(std::string_view text, std::size_t at) {
  constexpr std::string_view kAroundWords = " \t\r\n\"'";
  if (at < 2 || text[at - 1] != ':') return false;
  const std::size_t before = text.find_last_of(kAroundWords, at);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view host = text.substr(begin, at - 1 - begin);
  const std::size_t end = std::min(text.find_first_of(kAroundWords, at), text.size());
  return !host.empty() && host != "file" && std::ranges::all_of(host, [](char c) {
    return IsAlnum(c) || c == '_' || c == '-' || c == '.' || c == '@';
  }) && text.substr(at, end - at).find(':') == std::string_view::npos;
}

std::size_t PathEnd(std::string_view text, std::size_t from) {
  while (from < text.size() && !EndsPath(text[from])) ++from;
  return from;
}

bool HasParentPart(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

// Whether the parts of a relative path lead above where it begins, at some point on the way.
bool ClimbsOut(std::string_view path) {
  int depth = 0;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    depth += part == ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

std::string WithoutQuotes(std::string_view text) {
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == '\\' || c == '\'' || c == '"'; });
  return plain;
}

// With "$NAME", "${NAME}" and a leading "~" of a word replaced, as far as `variables` has them.
std::string Expanded(std::string_view text, const Rerooter::Variables& variables) {
  std::string result;
  const auto append = [&](const std::string& name, std::string_view else_text) {
    const auto known = variables.find(name);
    result += known == variables.end() ? else_text : std::string_view(known->second);
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '~' && (at == 0 || EndsPath(text[at - 1]))) {
      append("HOME", "~");
      ++at;
      continue;
    }
    const bool braces = text.substr(at).starts_with("${");
    std::size_t end = at + (braces ? 2 : 1);
    const std::size_t name_begin = end;
    while (end < text.size() && (IsAlnum(text[end]) || text[end] == '_')) ++end;
    const bool closed = !braces || (end < text.size() && text[end] == '}');
    if (text[at] != '$' || end == name_begin || !closed) {
      result += text[at++];
      continue;
    }
    const std::string name(text.substr(name_begin, end - name_begin));
    if (braces) ++end;
    append(name, text.substr(at, end - at));
    at = end;
  }
  return result;
}

}  // namespace

Rerooter::Rerooter(FileSystem& files, const std::vector<std::string>& projects, std::string folder)
    : files_(files), folder_(std::move(folder)) {
  const auto add = [&](std::string path) {
    if (std::ranges::find(projects_, path) == projects_.end()) projects_.push_back(std::move(path));
  };
  for (const std::string& project : projects) add(project);
  const capture::SystemView view(files);
  real_folder_ = view.RealPath(folder_).value_or(folder_);
  for (const std::string& project : projects) {
    auto real = view.RealPath(project);
    if (!real.ok()) continue;
    if (const auto stat = files.Stat(*real); stat.ok()) {
      identities_.emplace(stat->device, stat->inode);
    }
    add(*std::move(real));
  }
}

bool Rerooter::IsInFolder(const std::string& path) const {
  return !PathInProject(path, folder_).starts_with('/') ||
         !PathInProject(path, real_folder_).starts_with('/');
}

std::optional<std::string> Rerooter::BelowByText(const std::string& path) const {
  for (const std::string& project : projects_) {
    std::string relative = PathInProject(path, project);
    if (!relative.starts_with('/')) return relative;
  }
  return std::nullopt;
}

// Where an absolute path leads.  What is not there yet lies where the folder lies that holds it.
std::string Rerooter::Resolved(const std::string& path) const {
  const capture::SystemView view(files_);
  std::string existing = path;
  auto real = view.RealPath(existing);
  while (!real.ok() && existing != "/") {
    existing = ParentPath(existing);
    real = view.RealPath(existing);
  }
  return real.ok() ? AbsolutePath(*real + "/" + path.substr(existing.size()), "/")
                   : AbsolutePath(path, "/");
}

std::optional<std::string> Rerooter::PathBelow(std::string_view path,
                                               std::string_view working_directory) const {
  const std::string given =
      path.starts_with('/') ? std::string(path) : JoinPath(working_directory, path);
  const std::string plain = AbsolutePath(given, "/");
  // Where ".." leads to from a link is not known by the text alone.
  if (!HasParentPart(given)) {
    if (IsInFolder(plain)) return std::nullopt;
    if (auto relative = BelowByText(plain)) return relative;
  } else {
    for (const std::string& project : projects_) {
      if (!given.starts_with(project + "/") || IsInFolder(plain)) continue;
      // By its own links, which the folder has as well.
      if (!ClimbsOut(given.substr(project.size()))) return PathInProject(plain, project);
    }
  }
  const std::string led = Resolved(HasParentPart(given) ? given : plain);
  if (IsInFolder(led)) return std::nullopt;
  if (auto relative = BelowByText(led)) return relative;
  // A folder may also be mounted in two places.
  for (std::string folder = led; folder != "/"; folder = ParentPath(folder)) {
    const auto stat = files_.Stat(folder);
    if (stat.ok() && identities_.contains({stat->device, stat->inode})) {
      return PathInProject(led, folder);
    }
  }
  return std::nullopt;
}

// The end of the part of the path at `at` that would end at `end`, when that part goes on beyond it
// and is there.
std::optional<std::size_t> Rerooter::LongerName(std::string_view text, std::size_t at,
                                                std::size_t end) const {
  if (end >= text.size()) return std::nullopt;
  const std::size_t begin = text.rfind('/', end - 1) + 1;
  const std::string parent(text.substr(at, begin - at));
  if (!files_.StatFollowing(parent).ok()) return std::nullopt;
  constexpr std::string_view kEnds("/\0\n", 3);
  std::size_t last = std::min(text.find_first_of(kEnds, end), text.size());
  last = std::min(last, begin + kNameBytesMax);
  for (; last > end; --last) {
    if (last < text.size() && text[last] != '/' && !EndsPath(text[last])) continue;
    if (files_.StatFollowing(std::string(text.substr(at, last - at))).ok()) return last;
  }
  return std::nullopt;
}

// Where the path that begins at `at` ends.
std::size_t Rerooter::PathEndAt(std::string_view text, std::size_t at) const {
  std::size_t named = at;
  for (const std::string& project : projects_) {
    if (!text.substr(at).starts_with(project)) continue;
    const std::size_t end = at + project.size();
    if (end == text.size() || text[end] == '/') return PathEnd(text, end);
    if (EndsPath(text[end])) named = std::max(named, end);
  }
  const std::size_t shortest = PathEnd(text, named);
  const auto in_project = [&](std::size_t end) {
    return PathBelow(text.substr(at, end - at), "/").has_value();
  };
  const bool is_in = in_project(shortest);
  // The name of a link to the project, or of a folder beside it, may hold what ends a path
  // elsewhere.
  for (std::size_t end = shortest;;) {
    const auto longer = LongerName(text, at, end);
    if (!longer.has_value()) return shortest;
    end = PathEnd(text, *longer);
    if (is_in || in_project(end)) return end;
  }
}

std::optional<Rerooter::Token> Rerooter::NextPath(std::string_view text, std::size_t from) const {
  for (std::size_t at = text.find('/', from); at != std::string_view::npos;
       at = text.find('/', at + 1)) {
    const bool begins = at == 0 || !GoesOnToASlash(text[at - 1]) || FollowsOption(text, at);
    if (begins && !IsHost(text, at)) return Token{at, PathEndAt(text, at)};
  }
  return std::nullopt;
}

// The path, which lies in the project, as one of the folder.  It is changed as little as can be: to
// cp(1) "x", "x/" and "x/." are different things.
std::string Rerooter::Led(std::string_view path) const {
  if (HasParentPart(path)) return LedWithParents(path);
  const std::size_t first = path.find_first_not_of('/');
  for (std::size_t end = std::min(path.find('/', first), path.size());;
       end = std::min(path.find('/', end + 1), path.size())) {
    const auto relative = PathBelow(path.substr(0, end), "/");
    if (!relative.has_value() && end < path.size()) continue;
    // "file:///x" keeps its slashes.
    return std::string(first == std::string_view::npos ? 0 : first - 1, '/') +
           AbsolutePath(relative.value_or("."), folder_) + std::string(path.substr(end));
  }
}

std::string Rerooter::LedWithParents(std::string_view path) const {
  const capture::SystemView view(files_);
  for (const std::string& project : projects_) {
    if (!path.starts_with(project + "/")) continue;
    const std::string_view below = path.substr(project.size() + 1);
    const std::string led = JoinPath(folder_, below);
    // By the links that were recorded, and not those of today.
    if (!ClimbsOut(below) && view.RealPath(ParentPath(led)).ok()) return led;
  }
  return AbsolutePath(*PathBelow(path, "/"), folder_);
}

std::optional<std::string> Rerooter::LedTarget(const std::string& target,
                                               const std::string& place) const {
  const std::string folder = ParentPath(place);
  // One that stays in the folder is as it was, whatever lies on its way.
  if (target.empty() || (!target.starts_with('/') && IsInFolder(AbsolutePath(target, folder)))) {
    return std::nullopt;
  }
  const auto relative = PathBelow(target, folder);
  if (!relative.has_value()) return std::nullopt;
  return target.starts_with('/') ? Led(target) : AbsolutePath(*relative, folder_);
}

std::string Rerooter::Reroot(std::string_view text, const Choice& choice, PathText kind) const {
  std::string result;
  std::size_t copied = 0;
  while (const auto token = NextPath(text, copied)) {
    const std::string_view path = text.substr(token->begin, token->end - token->begin);
    result += text.substr(copied, token->begin - copied);
    const bool stays = kind == PathText::kText && MayBeRemote(text, token->begin);
    const auto relative = stays ? std::nullopt : PathBelow(path, "/");
    result += relative.has_value() && choice(*relative) ? Led(path) : std::string(path);
    copied = token->end;
  }
  return result.append(text.substr(copied));
}

std::string Rerooter::Reroot(std::string_view text) const {
  return Reroot(text, [](const std::string&) { return true; });
}

bool Rerooter::NamesProject(std::string_view text, const std::string& working_directory) const {
  std::size_t seen = 0;
  while (const auto token = NextPath(text, seen)) {
    if (PathBelow(text.substr(token->begin, token->end - token->begin), "/")) return true;
    seen = token->end;
  }
  // A way back to the project from a folder beside it.
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = PathEnd(text, at);
    const std::string_view word = text.substr(at, end - at);
    if (!word.starts_with('/') && HasParentPart(word) && PathBelow(word, working_directory)) {
      return true;
    }
    at = end;
  }
  return false;
}

bool Rerooter::MayNameProject(std::string_view text, const Variables& variables,
                              const std::string& working_directory) const {
  const std::string expanded = Expanded(text, variables);
  return std::ranges::any_of(
      std::vector<std::string>{std::string(text), WithoutQuotes(text), expanded,
                               WithoutQuotes(expanded)},
      [&](const std::string& reading) { return NamesProject(reading, working_directory); });
}

bool Rerooter::Mentions(std::string_view text) const {
  return std::ranges::any_of(projects_, [&](const std::string& project) {
    if (project == "/") return false;  // Which every path begins with.
    for (std::size_t at = text.find(project); at != std::string_view::npos;
         at = text.find(project, at + 1)) {
      const std::size_t end = at + project.size();
      const bool begins = at == 0 || !GoesOnToASlash(text[at - 1]) || FollowsOption(text, at);
      if (begins && (end == text.size() || text[end] == '/' || EndsPath(text[end]))) return true;
    }
    return false;
  });
}

}  // namespace reprise::tracker
