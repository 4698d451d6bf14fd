// The header lines are written here, because libgit2 knows no modes of buffers; the hunks are its.

#include "lineage/capture/content_patch.h"

#include <limits>

#include "lineage/capture/git2.h"

namespace reprise::capture {
namespace {

// A path as git writes it in a patch: in quotes, with octal escapes, where it has bytes that a line
// of text or a reader of patches would trip over (core.quotePath).
std::string GitQuoted(std::string_view path) {
  std::string quoted = "\"";
  bool needs_quotes = false;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kEscaped = "\a\b\t\n\v\f\r\"\\";
    constexpr std::string_view kLetters = "abtnvfr\"\\";
    const std::size_t known = kEscaped.find(c);
    if (known != std::string_view::npos) {
      quoted += {'\\', kLetters[known]};
    } else if (byte < 0x20 || byte >= 0x7F) {
      quoted += {'\\', static_cast<char>('0' + (byte >> 6)),
                 static_cast<char>('0' + (byte >> 3 & 7)), static_cast<char>('0' + (byte & 7))};
    } else {
      quoted += c;
      continue;
    }
    needs_quotes = true;
  }
  return needs_quotes ? quoted + "\"" : std::string(path);
}

std::string_view ModeOf(const PatchSide& side) {
  if (side.is_symlink) return "120000";
  return side.executable ? "100755" : "100644";
}

// What stands before the hunks: which file, and what of it other than its lines differs.
std::string HeaderOf(const std::string& path, const std::optional<PatchSide>& before,
                     const std::optional<PatchSide>& after) {
  std::string header = "diff --git " + GitQuoted("a/" + path) + " " + GitQuoted("b/" + path) + "\n";
  if (!before.has_value()) return header + "new file mode " + std::string(ModeOf(*after)) + "\n";
  if (!after.has_value()) {
    return header + "deleted file mode " + std::string(ModeOf(*before)) + "\n";
  }
  if (ModeOf(*before) != ModeOf(*after)) {
    header += "old mode " + std::string(ModeOf(*before)) + "\nnew mode " +
              std::string(ModeOf(*after)) + "\n";
  }
  return header;
}

// `text` from the first line on that says something of lines; empty if there is none.
std::string_view HunksOf(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size() && !text.substr(begin).starts_with("@@ ")) {
    const std::size_t end = text.find('\n', begin);
    begin = end == std::string_view::npos ? text.size() : end + 1;
  }
  return text.substr(begin);
}

struct Buffers {
  std::string_view before;
  std::string_view after;
};

struct Hunks {
  std::string text;
  bool is_binary = false;
};

Result<Hunks> CompareBuffers(const Buffers& buffers) {
  StartGit();
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  const auto patch =
      GitMake<GitPatchHandle>(git_patch_from_buffers, buffers.before.data(), buffers.before.size(),
                              "f", buffers.after.data(), buffers.after.size(), "f", &options);
  if (patch == nullptr) {
    return Error{ErrorCode::kInvalidArgument, "cannot compare two contents: " + GitReason()};
  }
  Hunks hunks;
  hunks.is_binary = (git_patch_get_delta(patch.get())->flags & GIT_DIFF_FLAG_BINARY) != 0;
  if (hunks.is_binary) return hunks;
  git_buf text{};
  if (git_patch_to_buf(&text, patch.get()) < 0) {
    return Error{ErrorCode::kInvalidArgument, "cannot compare two contents: " + GitReason()};
  }
  hunks.text = HunksOf({text.ptr, text.size});
  git_buf_dispose(&text);
  return hunks;
}

}  // namespace

Result<std::string> MakePatch(const std::string& path, const std::optional<PatchSide>& before,
                              const std::optional<PatchSide>& after) {
  REPRISE_ASSERT(before.has_value() || after.has_value());
  // A file that became a link, or the other way round, is a deletion and an addition to git.
  if (before.has_value() && after.has_value() && before->is_symlink != after->is_symlink) {
    REPRISE_ASSIGN_OR_RETURN(std::string removed, MakePatch(path, before, std::nullopt));
    REPRISE_ASSIGN_OR_RETURN(const std::string added, MakePatch(path, std::nullopt, after));
    return removed + added;
  }
  const Buffers buffers{before.has_value() ? before->content : std::string_view(),
                        after.has_value() ? after->content : std::string_view()};
  constexpr std::size_t kContentBytesMax = std::numeric_limits<std::int32_t>::max();
  if (std::max(buffers.before.size(), buffers.after.size()) > kContentBytesMax) {
    return Error{ErrorCode::kInvalidArgument, "a content is longer than can be compared as text"};
  }
  const std::string header = HeaderOf(path, before, after);
  const std::string old_name = before.has_value() ? GitQuoted("a/" + path) : "/dev/null";
  const std::string new_name = after.has_value() ? GitQuoted("b/" + path) : "/dev/null";
  if (buffers.before == buffers.after) {
    const bool differs =
        !before.has_value() || !after.has_value() || ModeOf(*before) != ModeOf(*after);
    return differs ? header : std::string();
  }
  REPRISE_ASSIGN_OR_RETURN(const Hunks hunks, CompareBuffers(buffers));
  if (hunks.is_binary) {
    return header + "Binary files " + old_name + " and " + new_name + " differ\n";
  }
  // git marks the end of a name with spaces by a tab, so that readers take no date from it.
  const auto line = [](std::string_view sign, const std::string& name) {
    const bool has_space = name.find(' ') != std::string::npos;
    return std::string(sign) + " " + name + (has_space ? "\t\n" : "\n");
  };
  return header + line("---", old_name) + line("+++", new_name) + hunks.text;
}

}  // namespace reprise::capture
