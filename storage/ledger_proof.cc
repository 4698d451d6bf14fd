#include "storage/ledger_proof.h"

#include <charconv>

#include "storage/merkle.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kTypePrefix = "reprise/inclusion-proof/v";
constexpr std::string_view kType = "reprise/inclusion-proof/v1";
constexpr std::string_view kTlogHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Error Malformed(const std::string& why) {
  return {ErrorCode::kCorruption, "this is not a proof of a ledger entry: " + why};
}

Result<Digest> ParseHash(std::string_view base64) {
  const auto bytes = FromBase64(base64);
  if (!bytes.ok() || bytes->size() != Digest::kSizeBytes) return Malformed("a hash is malformed");
  return Digest::FromSha256(AsBytes(*bytes));
}

Result<LedgerProof> ProofFromMembers(const Json& json) {
  LedgerProof proof;
  REPRISE_ASSIGN_OR_RETURN(const std::string entry, json.GetString("entry"));
  REPRISE_ASSIGN_OR_RETURN(proof.entry, FromBase64(entry));
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t index, json.GetInteger("index"));
  if (index < 0) return Malformed("its index is negative");
  proof.index = static_cast<std::uint64_t>(index);
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const hashes, json.GetArray("path"));
  if (hashes->size() > kLedgerProofHashesMax) return Malformed("it has too many hashes");
  for (const Json& hash : *hashes) {
    if (!hash.is_string()) return Malformed("a hash is malformed");
    REPRISE_ASSIGN_OR_RETURN(const Digest digest, ParseHash(hash.as_string()));
    proof.hashes.push_back(digest);
  }
  REPRISE_ASSIGN_OR_RETURN(proof.checkpoint_note, json.GetString("checkpoint"));
  return proof;
}

// Takes the next line off `text`, without its newline; all of it if there is none.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

Result<std::uint64_t> ParseIndex(std::string_view text) {
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(index) != text) {
    return Malformed("its index is no number");
  }
  return index;
}

}  // namespace

Json LedgerProofToJson(const LedgerProof& proof, std::uint64_t size) {
  Json hashes = Json::Array{};
  for (const Digest& hash : proof.hashes) hashes.Append(ToBase64(hash.bytes()));
  return Json()
      .Set("type", kType)
      .Set("entry", ToBase64(AsBytes(proof.entry)))
      .Set("index", proof.index)
      .Set("size", size)
      .Set("path", std::move(hashes))
      .Set("checkpoint", proof.checkpoint_note);
}

Result<LedgerProof> LedgerProofFromJson(const Json& json) {
  const auto type = json.GetString("type");
  if (!type.ok()) return Malformed(type.error().message);
  if (*type != kType) {
    const bool newer = type->starts_with(kTypePrefix);
    return Error{newer ? ErrorCode::kUnsupportedVersion : ErrorCode::kCorruption,
                 "'" + Printable(*type) + "' is not " + std::string(kType) +
                     (newer ? "; a newer release of reprise reads it" : "")};
  }
  auto proof = ProofFromMembers(json);
  if (!proof.ok()) return Malformed(proof.error().message);
  return proof;
}

std::string EncodeConsistencyProof(std::uint64_t old_size, const std::vector<Digest>& hashes,
                                   std::string_view note) {
  std::string text = "old " + std::to_string(old_size) + "\n";
  for (const Digest& hash : hashes) text += ToBase64(hash.bytes()) + "\n";
  return text + "\n" + std::string(note);
}

std::string EncodeTlogProof(const LedgerProof& proof) {
  std::string text(kTlogHeader);
  text += std::string(kExtra) + ToBase64(AsBytes(proof.entry)) + '\n';
  text += std::string(kIndex) + std::to_string(proof.index) + '\n';
  for (const Digest& hash : proof.hashes) text += ToBase64(hash.bytes()) + '\n';
  return text + '\n' + proof.checkpoint_note;
}

Result<LedgerProof> ParseTlogProof(std::string_view text) {
  if (text.size() > kLedgerProofSizeBytesMax) return Malformed("it is too large");
  if (!text.starts_with(kTlogHeader)) return Malformed("its first line is another");
  text.remove_prefix(kTlogHeader.size());
  LedgerProof proof;
  std::string_view line = TakeLine(text);
  if (!line.starts_with(kExtra)) return Malformed("it does not hold the entry");
  auto entry = FromBase64(line.substr(kExtra.size()));
  if (!entry.ok()) return Malformed(entry.error().message);
  proof.entry = *std::move(entry);
  line = TakeLine(text);
  if (!line.starts_with(kIndex)) return Malformed("it has no index");
  REPRISE_ASSIGN_OR_RETURN(proof.index, ParseIndex(line.substr(kIndex.size())));
  for (line = TakeLine(text); !line.empty(); line = TakeLine(text)) {
    if (proof.hashes.size() == kLedgerProofHashesMax) return Malformed("it has too many hashes");
    REPRISE_ASSIGN_OR_RETURN(const Digest hash, ParseHash(line));
    proof.hashes.push_back(hash);
  }
  if (text.empty()) return Malformed("it has no checkpoint");
  proof.checkpoint_note = text;
  return proof;
}

Result<LedgerEntry> VerifyLedgerProof(const LedgerProof& proof, const NoteKey& key) {
  REPRISE_ASSIGN_OR_RETURN(const Checkpoint checkpoint, OpenCheckpoint(proof.checkpoint_note, key));
  REPRISE_TRY(VerifyInclusion(proof.index, checkpoint.size, LeafHash(proof.entry), proof.hashes,
                              checkpoint.root));
  REPRISE_ASSIGN_OR_RETURN(LedgerEntry entry, DecodeLedgerEntry(proof.entry));
  if (entry.sequence != proof.index) {
    return Error{ErrorCode::kCorruption, "the proof is for entry " + std::to_string(proof.index) +
                                             ", but the entry says that it is entry " +
                                             std::to_string(entry.sequence)};
  }
  return entry;
}

}  // namespace reprise::storage
