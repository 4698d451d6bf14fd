#include "lineage/diff/tree_diff.h"

#include <array>
#include <utility>
#include <vector>

namespace reprise::lineage {
namespace {

using storage::TreeEntry;

bool IsFolder(const TreeEntry& entry) { return entry.kind == FileKind::kDirectory; }

// As deep as storage::WalkTree goes: PATH_MAX has room for no more.
constexpr std::size_t kDepthMax = 4096;

// Walks through both trees with a stack of its own, as somebody else may have made them.
class TreeDiffer {
 public:
  TreeDiffer(const StoredContents& contents, const VisitTreeChange& visit)
      : contents_(contents), visit_(visit) {}

  // Errors: also those of reading these two folders.
  Result<void> Diff(const Digest& before, const Digest& after) {
    REPRISE_ASSIGN_OR_RETURN(EntryReaders readers, OpenDifferingEntries(contents_, before, after));
    levels_.push_back({.readers = std::move(readers), .path = ""});
    while (!levels_.empty()) {
      // What is lost below a folder must not keep the rest from being compared.
      if (auto went = GoOn(); !went.ok()) {
        if (is_visit_failed_ || levels_.size() == 1 || !IsDamage(went.error())) return went;
        const Level lost = std::move(levels_.back());
        levels_.pop_back();
        REPRISE_TRY(Visit(EntryChange::kUnread, lost.of_before, lost.of_after, levels_.back().path,
                          went.error().message));
      }
    }
    return {};
  }

 private:
  // Two folders side by side, or one that has no other.
  struct Level {
    EntryReaders readers;                // One is absent where there is no other.
    std::string path;                    // Of the folder, with its slash; empty for the top.
    std::optional<TreeEntry> of_before;  // The folder's own entry.
    std::optional<TreeEntry> of_after;
    std::optional<TreeEntry> before;  // The next entries.
    std::optional<TreeEntry> after;
    bool must_read_before = true;
    bool must_read_after = true;
    bool is_open = false;
    bool is_empty = true;
  };

  // Compares the next entries of the innermost folders.
  Result<void> GoOn() {
    Level& level = levels_.back();
    if (!std::exchange(level.is_open, true)) REPRISE_TRY(Open(level));
    if (std::exchange(level.must_read_before, false)) {
      REPRISE_TRY(ReadNext(level.readers.before, level.before));
    }
    if (std::exchange(level.must_read_after, false)) {
      REPRISE_TRY(ReadNext(level.readers.after, level.after));
    }
    const std::optional<TreeEntry>& before = level.before;
    const std::optional<TreeEntry>& after = level.after;
    if (!before.has_value() && !after.has_value()) return Leave();
    level.is_empty = false;
    const bool has_before =
        before.has_value() && (!after.has_value() || before->name <= after->name);
    const bool has_after =
        after.has_value() && (!before.has_value() || after->name <= before->name);
    const auto old_entry = has_before ? std::exchange(level.before, std::nullopt) : std::nullopt;
    const auto new_entry = has_after ? std::exchange(level.after, std::nullopt) : std::nullopt;
    level.must_read_before = has_before;
    level.must_read_after = has_after;
    return DiffEntry(old_entry, new_entry);  // May add a level.
  }

  Result<void> Open(Level& level) {
    if (levels_.size() == 1) return {};
    if (levels_.size() > kDepthMax) {
      return Error{ErrorCode::kCorruption, "its folders are nested too deeply"};
    }
    if (level.of_before.has_value() && level.of_after.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(
          level.readers,
          OpenDifferingEntries(contents_, level.of_before->digest, level.of_after->digest));
      return {};
    }
    const bool is_removed = level.of_before.has_value();
    const TreeEntry& entry = is_removed ? *level.of_before : *level.of_after;
    REPRISE_ASSIGN_OR_RETURN((is_removed ? level.readers.before : level.readers.after),
                             OpenEntries(contents_, entry.digest));
    return {};
  }

  static Result<void> ReadNext(const std::unique_ptr<EntryReader>& reader,
                               std::optional<TreeEntry>& entry) {
    if (reader == nullptr) return {};
    REPRISE_ASSIGN_OR_RETURN(entry, reader->Next());
    return {};
  }

  // A folder that has no other, and nothing in it, is a change by itself.
  Result<void> Leave() {
    const Level left = std::move(levels_.back());
    levels_.pop_back();
    const bool is_alone = left.of_before.has_value() != left.of_after.has_value();
    if (!is_alone || !left.is_empty) return {};
    return Visit(left.of_before.has_value() ? EntryChange::kRemoved : EntryChange::kAdded,
                 left.of_before, left.of_after, levels_.back().path);
  }

  void Enter(const std::optional<TreeEntry>& before, const std::optional<TreeEntry>& after) {
    const std::string& name = before.has_value() ? before->name : after->name;
    levels_.push_back({.readers = {},
                       .path = levels_.back().path + name + "/",
                       .of_before = before,
                       .of_after = after});
  }

  Result<void> Visit(EntryChange change, const std::optional<TreeEntry>& before,
                     const std::optional<TreeEntry>& after, const std::string& path,
                     const std::string& reason = "") {
    const std::string& name = before.has_value() ? before->name : after->name;
    auto visited = visit_({path + name, change, before, after, reason});
    is_visit_failed_ |= !visited.ok();
    return visited;
  }

  // Errors: of `visit_` alone.
  Result<void> DiffEntry(const std::optional<TreeEntry>& before,
                         const std::optional<TreeEntry>& after) {
    const std::string& path = levels_.back().path;
    if (!before.has_value() || !after.has_value()) {
      if (IsFolder(before.has_value() ? *before : *after)) {
        Enter(before, after);
        return {};
      }
      return Visit(before.has_value() ? EntryChange::kRemoved : EntryChange::kAdded, before, after,
                   path);
    }
    if (*before == *after) return {};
    if (before->kind != after->kind) {
      if (!IsFolder(*before) && !IsFolder(*after)) {
        return Visit(EntryChange::kKind, before, after, path);
      }
      // What was below the folder, or is now, is changes of its own.
      const bool was_folder = IsFolder(*before);
      REPRISE_TRY(was_folder ? DiffEntry(std::nullopt, after) : DiffEntry(before, std::nullopt));
      return was_folder ? DiffEntry(before, std::nullopt) : DiffEntry(std::nullopt, after);
    }
    if (IsFolder(*before)) {
      // One document may only have one size, so it is the digest that differs.
      Enter(before, after);
      return {};
    }
    if (before->digest != after->digest) return Visit(EntryChange::kContent, before, after, path);
    if (before->target != after->target) return Visit(EntryChange::kTarget, before, after, path);
    if (before->executable == after->executable) return {};
    return Visit(EntryChange::kExecutable, before, after, path);
  }

  const StoredContents& contents_;
  const VisitTreeChange& visit_;
  std::vector<Level> levels_;
  bool is_visit_failed_ = false;  // Its errors are passed on, whatever they are.
};

}  // namespace

std::string_view EntryChangeName(EntryChange change) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "added", "removed", "content", "kind", "target", "executable", "unread", "moved"};
  return kNames[static_cast<std::size_t>(change)];
}

Result<void> DiffTrees(const StoredContents& contents, const Digest& before, const Digest& after,
                       const VisitTreeChange& visit) {
  if (before == after) return {};
  return TreeDiffer(contents, visit).Diff(before, after);
}

}  // namespace reprise::lineage
