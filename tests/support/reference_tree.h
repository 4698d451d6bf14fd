// A second decoder of tree documents, which builds the whole of one in memory: slower and simpler
// than TreeDecoder, to compare it with.

#pragma once

#include <string_view>
#include <utility>

#include "storage/base/canonical.h"
#include "storage/base/json.h"
#include "storage/base/text_value.h"
#include "storage/tree.h"

namespace reprise::testing {

inline Result<storage::TreeEntry> ReferenceEntry(const Json& json) {
  const Error malformed{ErrorCode::kCorruption, "malformed"};
  const auto bytes_of = [&](std::string_view key) {
    const Json* const member = json.Find(key);
    return member == nullptr ? Result<std::string>(malformed) : BytesFromJson(*member);
  };
  storage::TreeEntry entry;
  REPRISE_ASSIGN_OR_RETURN(entry.name, bytes_of("name"));
  if (!storage::IsEntryName(entry.name)) return malformed;
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, json.GetString("kind"));
  if (kind == "symlink") {
    entry.kind = FileKind::kSymlink;
    REPRISE_ASSIGN_OR_RETURN(entry.target, bytes_of("target"));
    if (entry.target.empty() || entry.target.find('\0') != std::string::npos) return malformed;
    return entry;
  }
  if (kind != "file" && kind != "folder") return malformed;
  if (kind == "folder") entry.kind = FileKind::kDirectory;
  if (json.Find("executable") != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(entry.executable, json.GetBool("executable"));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size_bytes, json.GetInteger("size_bytes"));
  if (size_bytes < 0) return malformed;
  entry.size_bytes = static_cast<std::uint64_t>(size_bytes);
  REPRISE_ASSIGN_OR_RETURN(const std::string digest, json.GetString("digest"));
  REPRISE_ASSIGN_OR_RETURN(entry.digest, Digest::Parse(digest));
  return entry;
}

// As storage::DecodeTree(), but for the limit of an entry's length; any error means "refused".
inline Result<storage::Tree> ReferenceDecodeTree(std::string_view document) {
  const Error malformed{ErrorCode::kCorruption, "malformed"};
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
  REPRISE_ASSIGN_OR_RETURN(const std::string type, json.GetString("type"));
  if (type != "reprise/tree/v1") return malformed;
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const entries, json.GetArray("entries"));
  storage::Tree tree;
  Json canonical = Json::Array{};
  for (const Json& item : *entries) {
    REPRISE_ASSIGN_OR_RETURN(storage::TreeEntry entry, ReferenceEntry(item));
    if (!tree.entries.empty() && tree.entries.back().name >= entry.name) return malformed;
    Json again = Json().Set("name", BytesToJson(entry.name));
    if (entry.kind == FileKind::kSymlink) {
      again.Set("kind", "symlink").Set("target", BytesToJson(entry.target));
    } else {
      const bool is_file = entry.kind == FileKind::kFile;
      again.Set("kind", is_file ? "file" : "folder");
      again.Set("digest", entry.digest.ToString()).Set("size_bytes", entry.size_bytes);
      if (is_file && entry.executable) again.Set("executable", true);
    }
    canonical.Append(std::move(again));
    tree.entries.push_back(std::move(entry));
  }
  REPRISE_ASSIGN_OR_RETURN(
      const std::string text,
      Canonicalize(Json().Set("entries", std::move(canonical)).Set("type", type)));
  if (text != document) return malformed;
  return tree;
}

}  // namespace reprise::testing
