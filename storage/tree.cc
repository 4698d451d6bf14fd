#include "storage/tree.h"

#include <algorithm>
#include <cstring>

#include "storage/base/canonical.h"
#include "storage/base/json.h"
#include "storage/base/plain_path.h"
#include "storage/base/text_value.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kHead = R"({"entries":[)";
constexpr std::string_view kTail = R"(,"type":"reprise/tree/v1"})";
constexpr std::string_view kNotCanonical = "it is not in canonical form";

Error Malformed(std::string_view what) {
  return {ErrorCode::kCorruption, "a tree document is malformed: " + std::string(what)};
}

Result<std::string> RawFromJson(const Json* json) {
  return BytesFromJson(json == nullptr ? Json() : *json);
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

// Appends the document of one entry, member by member in the canonical order of their names: a
// folder may have a million entries, and every unchanged one is encoded again by each import.
void AppendEntry(std::string& out, const TreeEntry& entry) {
  out += '{';
  if (entry.kind != FileKind::kSymlink) {
    out += R"("digest":")";
    out += entry.digest.ToString();
    out += R"(",)";
    if (entry.kind == FileKind::kFile && entry.executable) out += R"("executable":true,)";
  }
  out += R"("kind":")";
  out += KindName(entry.kind);
  out += R"(","name":)";
  AppendBytes(out, entry.name);
  if (entry.kind == FileKind::kSymlink) {
    out += R"(,"target":)";
    AppendBytes(out, entry.target);
  } else {
    out += R"(,"size_bytes":)";
    out += std::to_string(entry.size_bytes);
  }
  out += '}';
}

}  // namespace

bool IsEntryName(std::string_view name) { return IsPlainName(name); }

void TreeEncoder::Add(const TreeEntry& entry) {
  REPRISE_ASSERT(IsEntryName(entry.name));
  const std::size_t start = ready_.size();
  ready_ += is_begun_ ? "," : kHead;
  is_begun_ = true;
  AppendEntry(ready_, entry);
  REPRISE_ASSERT(ready_.size() - start <= kTreeEntryBytesMax);
}

std::string TreeEncoder::Take() { return std::exchange(ready_, {}); }

std::string TreeEncoder::Finish() {
  if (!is_begun_) ready_ = kHead;
  is_begun_ = false;
  ready_ += ']';
  ready_ += kTail;
  return Take();
}

std::string EncodeTree(const Tree& tree) {
  TreeEncoder encoder;
  for (const TreeEntry& entry : tree.entries) encoder.Add(entry);
  return encoder.Finish();
}

void TreeDecoder::Feed(std::string_view part) {
  fed_.erase(0, position_);
  position_ = 0;
  fed_ += part;
}

Result<PutResult> PutTreeDocument(ObjectWriter& writer,
                                  const std::function<std::optional<TreeEntry>()>& next) {
  TreeEncoder encoder;
  std::string ready;
  bool at_end = false;
  return writer.PutStream([&](std::uint64_t, MutableByteSpan buffer) -> Result<std::size_t> {
    while (ready.size() < buffer.size() && !at_end) {
      const std::optional<TreeEntry> entry = next();
      at_end = !entry.has_value();
      if (entry.has_value()) encoder.Add(*entry);
      ready += at_end ? encoder.Finish() : encoder.Take();
    }
    const std::size_t count = std::min(ready.size(), buffer.size());
    std::memcpy(buffer.data(), ready.data(), count);
    ready.erase(0, count);
    return count;
  });
}

std::optional<std::size_t> TreeDecoder::FindEntryEnd() {
  const std::string_view rest = std::string_view(fed_).substr(position_);
  while (scanned_bytes_ < rest.size()) {
    const char c = rest[scanned_bytes_++];
    if (in_string_) {
      if (c == '"' && !is_escaped_) in_string_ = false;
      is_escaped_ = c == '\\' && !is_escaped_;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}' && --depth_ == 0) {
      return std::exchange(scanned_bytes_, 0);
    }
  }
  return std::nullopt;
}

Result<TreeEntry> TreeDecoder::DecodeEntry(std::string_view text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return Malformed(json.error().message);
  REPRISE_ASSIGN_OR_RETURN(TreeEntry entry, EntryFromJson(*json));
  if (entry.name <= last_name_) return Malformed("its names are not in order");
  last_name_ = entry.name;
  // One folder has one document: whatever the encoder would not have written is none.
  std::string canonical;
  AppendEntry(canonical, entry);
  if (canonical != text) return Malformed(kNotCanonical);
  return entry;
}

Result<std::optional<TreeEntry>> TreeDecoder::Next() {
  for (;;) {
    const std::string_view rest = std::string_view(fed_).substr(position_);
    if (state_ == State::kHead || state_ == State::kTail) {
      const std::string_view expected = state_ == State::kHead ? kHead : kTail;
      if (!expected.starts_with(rest.substr(0, expected.size()))) return Malformed(kNotCanonical);
      if (rest.size() < expected.size()) return std::optional<TreeEntry>();
      position_ += expected.size();
      state_ = state_ == State::kHead ? State::kFirstEntry : State::kEnd;
      continue;
    }
    if (rest.empty()) return std::optional<TreeEntry>();
    if (state_ == State::kEnd) return Malformed("there is more after its end");
    if (state_ != State::kEntry) {
      const bool is_first = state_ == State::kFirstEntry;
      state_ = rest[0] == ']' ? State::kTail : State::kEntry;
      if (state_ == State::kEntry && !is_first && rest[0] != ',') return Malformed(kNotCanonical);
      if (state_ == State::kTail || !is_first) ++position_;
      continue;
    }
    if (rest[0] != '{') return Malformed(kNotCanonical);
    const std::optional<std::size_t> end = FindEntryEnd();
    if (std::max(scanned_bytes_, end.value_or(0)) > kTreeEntryBytesMax) {
      return Malformed("an entry is longer than 64 KiB");
    }
    if (!end.has_value()) return std::optional<TreeEntry>();
    REPRISE_ASSIGN_OR_RETURN(TreeEntry entry, DecodeEntry(rest.substr(0, *end)));
    position_ += *end;
    state_ = State::kAfterEntry;
    return std::optional(std::move(entry));
  }
}

Result<void> TreeDecoder::Finish() const {
  if (state_ != State::kEnd) return Malformed("it ends too early");
  return {};
}

Result<Tree> DecodeTree(std::string_view document) {
  TreeDecoder decoder;
  decoder.Feed(document);
  Tree tree;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(auto entry, decoder.Next());
    if (!entry.has_value()) break;
    tree.entries.push_back(*std::move(entry));
  }
  REPRISE_TRY(decoder.Finish());
  return tree;
}

}  // namespace reprise::storage
