#include "storage/tree_builder.h"

#include <algorithm>
#include <span>

#include "storage/base/plain_path.h"

namespace reprise::storage {
namespace {

// The part of `path` from `depth_bytes` up to the next slash.
std::string_view PartAt(std::string_view path, std::size_t depth_bytes) {
  path.remove_prefix(depth_bytes);
  return path.substr(0, path.find('/'));
}

Error Malformed(std::string_view path) {
  return {ErrorCode::kInvalidArgument,
          "'" + Printable(path) + "' is malformed, named twice, or a file and a folder at once"};
}

// `files` are those below the folder whose path, with its slash, is `depth_bytes` long; they lie
// together by the first part of their rest.
Result<TreeSummary> PutLevel(std::span<const PathEntry> files, std::size_t depth_bytes,
                             ObjectWriter& writer) {
  Tree tree;
  TreeSummary summary;
  while (!files.empty()) {
    const std::string_view name = PartAt(files[0].path, depth_bytes);
    if (!IsPlainName(name)) return Malformed(files[0].path);
    std::size_t count = 1;
    while (count < files.size() && PartAt(files[count].path, depth_bytes) == name) ++count;
    TreeEntry entry = files[0].entry;
    if (files[0].path.size() > depth_bytes + name.size()) {
      REPRISE_ASSIGN_OR_RETURN(const TreeSummary below,
                               PutLevel(files.first(count), depth_bytes + name.size() + 1, writer));
      entry = {.kind = FileKind::kDirectory,
               .size_bytes = below.size_bytes,
               .digest = below.digest,
               .target = ""};
      summary.files += below.files;
    } else if (count > 1) {
      return Malformed(files[0].path);
    } else if (entry.kind == FileKind::kFile) {
      ++summary.files;
    }
    entry.name = name;
    if (entry.kind != FileKind::kSymlink) summary.size_bytes += entry.size_bytes;
    tree.entries.push_back(std::move(entry));
    files = files.subspan(count);
  }
  REPRISE_ASSIGN_OR_RETURN(const PutResult put, writer.Put(AsBytes(EncodeTree(tree))));
  summary.digest = put.digest;
  return summary;
}

// Orders paths as nested folders list them: by the bytes of each part, not of the whole path.
bool PathBefore(const PathEntry& a, const PathEntry& b) {
  return std::ranges::lexicographical_compare(a.path, b.path, [](char x, char y) {
    const auto rank = [](char c) { return c == '/' ? 0U : static_cast<unsigned char>(c) + 1U; };
    return rank(x) < rank(y);
  });
}

}  // namespace

Result<TreeSummary> PutTree(std::vector<PathEntry> files, ObjectWriter& writer) {
  std::ranges::sort(files, PathBefore);
  return PutLevel(files, 0, writer);
}

}  // namespace reprise::storage
