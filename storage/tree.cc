#include "storage/tree.h"

#include <algorithm>

#include "storage/base/canonical.h"
#include "storage/base/json.h"
#include "storage/base/text_value.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kType = "reprise/tree/v1";

Error Malformed(const std::string& what) {
  return {ErrorCode::kCorruption, "a tree document is malformed: " + what};
}

Result<std::string> RawFromJson(const Json* json) {
  return BytesFromJson(json == nullptr ? Json() : *json);
}

bool IsEntryName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

std::string_view KindName(FileKind kind) {
  if (kind == FileKind::kDirectory) return "folder";
  return kind == FileKind::kSymlink ? "symlink" : "file";
}

// A name or target as a string, or, where it is not UTF-8, as the record of docs/formats/tree.md.
void AppendBytes(std::string& out, std::string_view bytes) {
  if (IsUtf8(bytes)) return AppendCanonicalString(out, bytes);
  const auto record = Canonicalize(BytesToJson(bytes));
  REPRISE_ASSERT(record.ok());
  out += *record;
}

Result<TreeEntry> EntryFromJson(const Json& json) {
  TreeEntry entry;
  REPRISE_ASSIGN_OR_RETURN(entry.name, RawFromJson(json.Find("name")));
  if (!IsEntryName(entry.name)) return Malformed("'" + Printable(entry.name) + "' is no name");
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, json.GetString("kind"));
  if (kind == "symlink") {
    entry.kind = FileKind::kSymlink;
    REPRISE_ASSIGN_OR_RETURN(entry.target, RawFromJson(json.Find("target")));
    if (entry.target.empty() || entry.target.find('\0') != std::string::npos) {
      return Malformed("a symlink leads nowhere");
    }
    return entry;
  }
  if (kind != "file" && kind != "folder") return Malformed("'" + Printable(kind) + "' is no kind");
  entry.kind = kind == "folder" ? FileKind::kDirectory : FileKind::kFile;
  if (json.Find("executable") != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(entry.executable, json.GetBool("executable"));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size_bytes, json.GetInteger("size_bytes"));
  if (size_bytes < 0) return Malformed("a size is negative");
  entry.size_bytes = static_cast<std::uint64_t>(size_bytes);
  REPRISE_ASSIGN_OR_RETURN(const std::string digest, json.GetString("digest"));
  const auto parsed = Digest::Parse(digest);
  if (!parsed.ok()) return Malformed(parsed.error().message);
  entry.digest = *parsed;
  return entry;
}

// A tree document in memory; bounded by what Get() returns.
Result<Tree> ReadTree(ObjectReader& reader, const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, reader.Get(digest));
  auto tree = DecodeTree(document);
  if (!tree.ok()) return Annotate(std::move(tree).error(), digest.ToString());
  return tree;
}

constexpr int kDepthMax = 4096;  // PATH_MAX has room for no more.

Result<void> Walk(
    ObjectReader& reader, const Digest& digest, const std::string& prefix, int depth,
    const std::function<Result<void>(const std::string& path, const TreeEntry& entry)>& visit) {
  if (depth > kDepthMax) return Malformed("folders are nested too deeply");
  REPRISE_ASSIGN_OR_RETURN(const Tree tree, ReadTree(reader, digest));
  for (const TreeEntry& entry : tree.entries) {
    const std::string path = prefix + entry.name;
    REPRISE_TRY(visit(path, entry));
    if (entry.kind == FileKind::kDirectory) {
      REPRISE_TRY(Walk(reader, entry.digest, path + "/", depth + 1, visit));
    }
  }
  return {};
}

}  // namespace

// Written member by member, in the canonical order of their names: a folder may have a million
// entries, and every unchanged one is encoded again by each import.
void TreeEncoder::Add(const TreeEntry& entry) {
  REPRISE_ASSERT(IsEntryName(entry.name));
  document_ += document_.empty() ? R"({"entries":[{)" : ",{";
  if (entry.kind != FileKind::kSymlink) {
    document_ += R"("digest":")";
    document_ += entry.digest.ToString();
    document_ += R"(",)";
    if (entry.kind == FileKind::kFile && entry.executable) document_ += R"("executable":true,)";
  }
  document_ += R"("kind":")";
  document_ += KindName(entry.kind);
  document_ += R"(","name":)";
  AppendBytes(document_, entry.name);
  if (entry.kind == FileKind::kSymlink) {
    document_ += R"(,"target":)";
    AppendBytes(document_, entry.target);
  } else {
    document_ += R"(,"size_bytes":)";
    document_ += std::to_string(entry.size_bytes);
  }
  document_ += '}';
}

std::string TreeEncoder::Finish() {
  if (document_.empty()) document_ = R"({"entries":[)";
  document_ += R"(],"type":"reprise/tree/v1"})";
  return std::exchange(document_, {});
}

std::string EncodeTree(const Tree& tree) {
  TreeEncoder encoder;
  for (const TreeEntry& entry : tree.entries) encoder.Add(entry);
  return encoder.Finish();
}

Result<Tree> DecodeTree(std::string_view document) {
  const auto json = ParseJson(document);
  if (!json.ok()) return Malformed(json.error().message);
  const auto type = json->GetString("type");
  if (!type.ok() || *type != kType) return Malformed("it is of another type");
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const entries, json->GetArray("entries"));
  Tree tree;
  tree.entries.reserve(entries->size());
  for (const Json& item : *entries) {
    REPRISE_ASSIGN_OR_RETURN(TreeEntry entry, EntryFromJson(item));
    if (!tree.entries.empty() && tree.entries.back().name >= entry.name) {
      return Malformed("its names are not in order");
    }
    tree.entries.push_back(std::move(entry));
  }
  // One tree has one document: whatever EncodeTree() would not have written is no tree.
  if (EncodeTree(tree) != document) return Malformed("it is not in canonical form");
  return tree;
}

Result<TreeEntry> FindInTree(ObjectReader& reader, const Digest& root, std::string_view path) {
  TreeEntry found{.name = "", .kind = FileKind::kDirectory, .digest = root, .target = ""};
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name.empty() || name == ".") continue;
    const Error absent{ErrorCode::kNotFound,
                       "there is no '" + Printable(path) + "' in the folder " + root.ToString()};
    if (found.kind != FileKind::kDirectory) return absent;
    REPRISE_ASSIGN_OR_RETURN(const Tree tree, ReadTree(reader, found.digest));
    const auto entry = std::ranges::lower_bound(tree.entries, name, {}, &TreeEntry::name);
    if (entry == tree.entries.end() || entry->name != name) return absent;
    found = *entry;
  }
  return found;
}

Result<void> WalkTree(
    ObjectReader& reader, const Digest& root,
    const std::function<Result<void>(const std::string& path, const TreeEntry& entry)>& visit) {
  return Walk(reader, root, "", 0, visit);
}

}  // namespace reprise::storage
