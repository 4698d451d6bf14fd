#include "tracker/audit/check/checked_bundle.h"

#include <algorithm>

#include "storage/base/canonical.h"

namespace reprise::tracker {
namespace {

// The types of documents that the ledger calls `kind`.
std::vector<std::string> TypesOf(std::string_view kind) {
  const auto named = [](std::string_view name) { return "reprise/" + std::string(name); };
  if (kind == kModelVersionEntry) return {named("model-version/v1")};
  if (kind == kPromotionEntry) return {named("promotion/v1"), named("promotion/v2")};
  if (kind == kKeyEntry) return {named("key/v1"), named("key-revocation/v1")};
  return {named(kind) + "/v1"};
}

}  // namespace

Result<std::string_view> CheckedBundle::File(std::string_view path) const {
  const std::string* const bytes = files.Find(path);
  if (bytes == nullptr) return Failed(std::string(path) + " is missing");
  return std::string_view(*bytes);
}

std::vector<std::string> CheckedBundle::FilesBelow(std::string_view prefix) const {
  std::vector<std::string> paths;
  for (auto file = files.files.lower_bound(std::string(prefix));
       file != files.files.end() && file->first.starts_with(prefix); ++file) {
    paths.push_back(file->first);
  }
  return paths;
}

Result<storage::Checkpoint> CheckedBundle::OpenCheckpoint(std::string_view note,
                                                          const std::string& what) const {
  const auto parsed = storage::SignedNote::Parse(note);
  if (!parsed.ok()) return Failed(what + " is no signed note: " + parsed.error().message);
  auto checkpoint = storage::ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return Failed(what + " is no checkpoint: " + checkpoint.error().message);
  const storage::NoteKey& signer = keys->KeyFor(checkpoint->size);
  const bool has_signature = std::ranges::any_of(parsed->signatures, [&](const auto& signature) {
    return signature.name == signer.name && signature.key_id == signer.id();
  });
  if (!has_signature) return Failed(what + " is not signed by key " + signer.name);
  if (!parsed->Verify({&signer, 1}).ok()) {
    return Failed("the signature on " + what + " is not that of key " + signer.name);
  }
  if (checkpoint->origin != signer.name) {
    return Failed(what + " is of another log, " + Quoted(checkpoint->origin));
  }
  return checkpoint;
}

std::map<std::uint64_t, Digest> CheckedBundle::RootsAt(const std::set<std::uint64_t>& sizes) const {
  std::map<std::uint64_t, Digest> found;
  storage::MerkleFrontier frontier;
  for (const std::uint64_t size : sizes) {
    if (size > leaves->size()) break;
    while (frontier.size() < size) frontier.Append((*leaves)[frontier.size()]);
    found[size] = frontier.Root();
  }
  return found;
}

Result<std::string_view> CheckedBundle::Document(const Digest& digest, std::string_view kind,
                                                 const std::string& why) {
  const auto found = documents.find(digest);
  if (found == documents.end()) {
    return Failed(why + " " + digest.ToString() + " is not in the bundle");
  }
  const std::vector<std::string> wanted = TypesOf(kind);
  const auto type = types.find(digest);
  if (type == types.end() || std::ranges::find(wanted, type->second) == wanted.end()) {
    return Failed(why + " " + digest.ToString() + " is not of type " + Joined(wanted, " or "));
  }
  reached.insert(digest);
  return found->second;
}

Result<void> CheckedBundle::TakeHole(const Digest& digest, std::string_view what,
                                     const std::string& why,
                                     std::optional<std::uint64_t> sequence) {
  const auto hole = content.holes.find({digest, std::string(what)});
  if (hole == content.holes.end()) {
    return Failed(why + " names " + digest.ToString() +
                  ", which is not in the bundle, nor listed as left out");
  }
  const auto erasure = erased.find(digest);
  const bool is_erased =
      sequence.has_value() && erasure != erased.end() && erasure->second > *sequence;
  if (hole->second == "erased" && !is_erased) {
    return Failed(why + " names " + digest.ToString() +
                  ", which is listed as erased, and no later entry of the ledger says so");
  }
  used_holes.insert(hole->first);
  return {};
}

Error Failed(std::string message) { return {ErrorCode::kCorruption, std::move(message)}; }

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string Joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string joined;
  for (const std::string& text : texts) {
    if (&text != &texts.front()) joined += separator;
    joined += text;
  }
  return joined;
}

Result<std::vector<std::string_view>> LinesOf(std::string_view text, const std::string& what) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return Failed(what + " does not end with a newline");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

Result<void> RequireFiles(const CheckedBundle& bundle, std::string_view folder,
                          const std::set<std::string>& names, const std::string& what) {
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  for (const std::string& name : names) {
    if (bundle.files.Find(name) == nullptr) missing.push_back(name);
  }
  for (const std::string& name : bundle.FilesBelow(folder)) {
    if (!names.contains(name)) extra.push_back(name);
  }
  if (!missing.empty()) return Failed(Joined(missing, ", ") + " is missing");
  if (!extra.empty()) return Failed(Joined(extra, ", ") + " holds " + what);
  return {};
}

Result<const Json*> MemberOf(const Json& json, std::string_view key, const std::string& what) {
  const Json* const member = json.Find(key);
  if (member == nullptr) {
    return Failed(what + " has no proper member " + Quoted(key));
  }
  return member;
}

bool IsSameJson(const Json& a, const Json& b) {
  if (a == b) return true;
  const auto canonical_a = Canonicalize(a);
  const auto canonical_b = Canonicalize(b);
  return canonical_a.ok() && canonical_b.ok() && *canonical_a == *canonical_b;
}

}  // namespace reprise::tracker
