#include "lineage/diff/tree_diff.h"

#include <array>

namespace reprise::lineage {
namespace {

using storage::TreeEntry;

bool IsFolder(const TreeEntry& entry) { return entry.kind == FileKind::kDirectory; }

class TreeDiffer {
 public:
  TreeDiffer(const StoredContents& contents, const VisitTreeChange& visit)
      : contents_(contents), visit_(visit) {}

  // Errors: also those of reading these two folders.
  Result<void> Diff(const Digest& before, const Digest& after, const std::string& path) {
    REPRISE_ASSIGN_OR_RETURN(const EntryReaders readers,
                             OpenDifferingEntries(contents_, before, after));
    REPRISE_ASSIGN_OR_RETURN(auto b, readers.before->Next());
    REPRISE_ASSIGN_OR_RETURN(auto a, readers.after->Next());
    while (b.has_value() || a.has_value()) {
      const bool has_before = b.has_value() && (!a.has_value() || b->name <= a->name);
      const bool has_after = a.has_value() && (!b.has_value() || a->name <= b->name);
      if (has_before && has_after) {
        REPRISE_TRY(DiffEntry(*b, *a, path));
      } else {
        REPRISE_TRY(Only(has_before ? EntryChange::kRemoved : EntryChange::kAdded,
                         has_before ? *b : *a, path));
      }
      if (has_before) {
        REPRISE_ASSIGN_OR_RETURN(b, readers.before->Next());
      }
      if (has_after) {
        REPRISE_ASSIGN_OR_RETURN(a, readers.after->Next());
      }
    }
    return {};
  }

 private:
  Result<void> Visit(EntryChange change, const std::optional<TreeEntry>& before,
                     const std::optional<TreeEntry>& after, const std::string& path) {
    const std::string& name = before.has_value() ? before->name : after->name;
    auto visited = visit_({path + name, change, before, after, ""});
    is_visit_failed_ |= !visited.ok();
    return visited;
  }

  Result<void> DiffEntry(const TreeEntry& before, const TreeEntry& after, const std::string& path) {
    if (before == after) return {};
    if (before.kind != after.kind) return Visit(EntryChange::kKind, before, after, path);
    if (IsFolder(before)) {
      // One document may only have one size, so it is the digest that differs.
      auto below = Diff(before.digest, after.digest, path + before.name + "/");
      return NoteDamage(std::move(below), before, after, path);
    }
    if (before.digest != after.digest) return Visit(EntryChange::kContent, before, after, path);
    if (before.target != after.target) return Visit(EntryChange::kTarget, before, after, path);
    if (before.executable == after.executable) return {};
    return Visit(EntryChange::kExecutable, before, after, path);
  }

  // What is below an entry that one of the two has.
  Result<void> Only(EntryChange change, const TreeEntry& entry, const std::string& path) {
    const bool is_removed = change == EntryChange::kRemoved;
    const auto visit = [&](const TreeEntry& one, const std::string& folder) {
      return Visit(change, is_removed ? std::optional(one) : std::nullopt,
                   is_removed ? std::nullopt : std::optional(one), folder);
    };
    if (!IsFolder(entry)) return visit(entry, path);
    bool is_empty = true;
    const auto walk = [&]() -> Result<void> {
      REPRISE_ASSIGN_OR_RETURN(auto cursor,
                               storage::TreeCursor::Open(contents_.objects, entry.digest));
      for (;;) {
        REPRISE_ASSIGN_OR_RETURN(const auto below, cursor.Next());
        if (!below.has_value()) break;
        is_empty = false;
        REPRISE_TRY(Only(change, *below, path + entry.name + "/"));
      }
      return is_empty ? visit(entry, path) : Result<void>();
    };
    return NoteDamage(walk(), is_removed ? std::optional(entry) : std::nullopt,
                      is_removed ? std::nullopt : std::optional(entry), path);
  }

  // What is lost below a folder must not keep the rest from being compared.
  Result<void> NoteDamage(Result<void> below, const std::optional<TreeEntry>& before,
                          const std::optional<TreeEntry>& after, const std::string& path) {
    if (below.ok() || is_visit_failed_ || !IsDamage(below.error())) return below;
    const std::string& name = before.has_value() ? before->name : after->name;
    auto visited =
        visit_({path + name, EntryChange::kUnread, before, after, below.error().message});
    is_visit_failed_ |= !visited.ok();
    return visited;
  }

  const StoredContents& contents_;
  const VisitTreeChange& visit_;
  bool is_visit_failed_ = false;  // Its errors are passed on, whatever they are.
};

}  // namespace

std::string_view EntryChangeName(EntryChange change) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "added", "removed", "content", "kind", "target", "executable", "unread"};
  return kNames[static_cast<std::size_t>(change)];
}

Result<void> DiffTrees(const StoredContents& contents, const Digest& before, const Digest& after,
                       const VisitTreeChange& visit) {
  if (before == after) return {};
  return TreeDiffer(contents, visit).Diff(before, after, "");
}

}  // namespace reprise::lineage
