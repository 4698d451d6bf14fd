#include "lineage/diff/code_diff.h"

#include "lineage/capture/content_patch.h"

namespace reprise::lineage {
namespace {

using storage::TreeEntry;

// The bytes that git would keep of an entry.
struct Version {
  std::string content;
  bool executable = false;
  bool is_symlink = false;

  capture::PatchSide side() const { return {content, executable, is_symlink}; }
};

Result<std::optional<Version>> ReadVersion(const StoredContents& contents,
                                           const std::optional<TreeEntry>& entry) {
  // A folder has no content to git: what is in it is there by itself.
  if (!entry.has_value() || entry->kind == FileKind::kDirectory) return std::optional<Version>();
  if (entry->kind == FileKind::kSymlink) return std::optional(Version{entry->target, false, true});
  REPRISE_ASSIGN_OR_RETURN(std::string content, contents.objects.Get(entry->digest));
  return std::optional(Version{std::move(content), entry->executable, false});
}

std::uint64_t SizeOf(const std::optional<TreeEntry>& entry) {
  const bool is_file = entry.has_value() && entry->kind == FileKind::kFile;
  return is_file ? entry->size_bytes : 0;
}

Result<void> AddPatch(const StoredContents& contents, CodeFile& file) {
  const TreeChange& change = file.change;
  REPRISE_ASSIGN_OR_RETURN(const auto before, ReadVersion(contents, change.before));
  REPRISE_ASSIGN_OR_RETURN(const auto after, ReadVersion(contents, change.after));
  if (!before.has_value() && !after.has_value()) return {};
  const auto side = [](const std::optional<Version>& version) {
    return version.has_value() ? std::optional(version->side()) : std::nullopt;
  };
  REPRISE_ASSIGN_OR_RETURN(file.patch, capture::MakePatch(change.path, side(before), side(after)));
  return {};
}

// Counts the lines of hunks.  The lines "--- a/…" and "+++ b/…" stand before the first of a file.
void CountLines(CodeFile& file) {
  const std::string_view patch = file.patch;
  bool is_in_hunk = false;
  for (std::size_t begin = 0; begin < patch.size();) {
    const std::size_t end = std::min(patch.find('\n', begin), patch.size());
    const std::string_view line = patch.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("@@ ")) is_in_hunk = true;
    if (line.starts_with("diff --git ")) is_in_hunk = false;
    if (!is_in_hunk) continue;
    if (line.starts_with('+')) ++file.lines_added;
    if (line.starts_with('-')) ++file.lines_removed;
  }
}

}  // namespace

Result<std::vector<CodeFile>> DiffCode(const StoredContents& contents, const Digest& before,
                                       const Digest& after) {
  std::vector<CodeFile> files;
  std::uint64_t patch_bytes = 0;
  const auto add = [&](const TreeChange& change) -> Result<void> {
    CodeFile file{.change = change, .omitted = change.reason};
    if (std::max(SizeOf(change.before), SizeOf(change.after)) > kPatchFileBytesMax) {
      file.omitted = "larger than " + std::to_string(kPatchFileBytesMax) + " bytes";
    } else if (patch_bytes > kPatchBytesMax) {
      file.omitted = "the patch is larger than " + std::to_string(kPatchBytesMax) + " bytes";
    } else if (file.omitted.empty()) {
      const auto added = AddPatch(contents, file);
      if (!added.ok() && !IsDamage(added.error())) return added;
      if (!added.ok()) file.omitted = added.error().message;
      CountLines(file);
      patch_bytes += file.patch.size();
    }
    files.push_back(std::move(file));
    return {};
  };
  REPRISE_TRY(DiffTrees(contents, before, after, add));
  return files;
}

}  // namespace reprise::lineage
