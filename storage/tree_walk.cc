// Reading stored trees.  A walk holds a cursor for each folder on the way to where it is, so its
// memory grows with the depth of the folders and not with their length.

#include <algorithm>
#include <vector>

#include "storage/tree.h"

namespace reprise::storage {
namespace {

// Of a document, read at a time: most are shorter, and then verified before the first entry is
// handed out.
constexpr std::size_t kReadAheadBytes = 64U << 10;

constexpr std::size_t kDepthMax = 4096;  // PATH_MAX has room for no more.

}  // namespace

Result<TreeCursor> TreeCursor::Open(ObjectReader& reader, const Digest& tree) {
  REPRISE_ASSIGN_OR_RETURN(auto stream, reader.Open(tree));
  return TreeCursor(tree, std::move(stream));
}

Result<void> TreeCursor::ReadOn() {
  std::string part;
  while (part.size() <= kReadAheadBytes) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, stream_->Next(part));
    if (more) continue;
    stream_.reset();
    break;
  }
  decoder_.Feed(part);
  return {};
}

Result<std::optional<TreeEntry>> TreeCursor::Next() {
  for (;;) {
    auto entry = decoder_.Next();
    if (entry.ok() && !entry->has_value()) {
      if (stream_ != nullptr) {
        REPRISE_TRY(ReadOn());
        continue;
      }
      if (auto whole = decoder_.Finish(); !whole.ok()) entry = std::move(whole).error();
    }
    if (!entry.ok()) return Annotate(std::move(entry).error(), tree_.ToString());
    return entry;
  }
}

Result<TreeEntry> FindInTree(ObjectReader& reader, const Digest& root, std::string_view path) {
  TreeEntry found{.name = "", .kind = FileKind::kDirectory, .digest = root, .target = ""};
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name.empty() || name == ".") continue;
    std::optional<TreeEntry> next;
    if (found.kind == FileKind::kDirectory) {
      REPRISE_ASSIGN_OR_RETURN(TreeCursor cursor, TreeCursor::Open(reader, found.digest));
      // To the end, where the document has been verified.
      for (;;) {
        REPRISE_ASSIGN_OR_RETURN(auto entry, cursor.Next());
        if (!entry.has_value()) break;
        if (entry->name == name) next = std::move(entry);
      }
    }
    if (!next.has_value()) {
      return Error{ErrorCode::kNotFound,
                   "there is no '" + Printable(path) + "' in the folder " + root.ToString()};
    }
    found = *std::move(next);
  }
  return found;
}

Result<void> WalkTree(
    ObjectReader& reader, const Digest& root,
    const std::function<Result<void>(const std::string& path, const TreeEntry& entry)>& visit) {
  struct Level {
    TreeCursor cursor;
    std::size_t path_bytes;  // Of the folder's path, with its slash.
  };
  std::vector<Level> levels;
  std::string path;
  REPRISE_ASSIGN_OR_RETURN(TreeCursor top, TreeCursor::Open(reader, root));
  levels.push_back({std::move(top), 0});
  while (!levels.empty()) {
    REPRISE_ASSIGN_OR_RETURN(const auto entry, levels.back().cursor.Next());
    if (!entry.has_value()) {
      levels.pop_back();
      continue;
    }
    path.resize(levels.back().path_bytes);
    path += entry->name;
    REPRISE_TRY(visit(path, *entry));
    if (entry->kind != FileKind::kDirectory) continue;
    if (levels.size() > kDepthMax) {
      return Error{ErrorCode::kCorruption,
                   "the folders of the tree " + root.ToString() + " are nested too deeply"};
    }
    path += '/';
    REPRISE_ASSIGN_OR_RETURN(TreeCursor below, TreeCursor::Open(reader, entry->digest));
    levels.push_back({std::move(below), path.size()});
  }
  return {};
}

}  // namespace reprise::storage
