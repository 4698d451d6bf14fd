#include "storage/cosignature.h"

#include <algorithm>
#include <charconv>

#include "storage/merkle.h"

namespace reprise::storage {
namespace {

constexpr std::size_t kTimeSizeBytes = 8;
// Of c2sp.org/tlog-witness: no longer proof exists.
constexpr std::size_t kProofHashesMax = 63;
constexpr std::string_view kOld = "old ";

std::string CosignedMessage(std::string_view text, std::int64_t time_unix_s) {
  return "cosignature/v1\ntime " + std::to_string(time_unix_s) + "\n" + std::string(text);
}

Error NoRequest(std::string_view why) {
  return {ErrorCode::kCorruption,
          "this is not a request to cosign a checkpoint: " + std::string(why)};
}

Result<std::uint64_t> ParseOldSize(std::string_view line) {
  std::uint64_t size = 0;
  if (line.starts_with(kOld)) {
    line.remove_prefix(kOld.size());
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size);
    const bool is_number = error == std::errc() && end == line.data() + line.size();
    if (is_number && std::to_string(size) == line && size <= kMerkleSizeMax) return size;
  }
  return NoRequest("it does not begin with `old` and a number of entries");
}

template <typename Key>
Result<std::vector<Key>> ParseKeys(std::string_view text) {
  std::vector<Key> keys;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    REPRISE_ASSIGN_OR_RETURN(Key key, Key::Parse(line));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::uint32_t WitnessKey::id() const {
  return NoteKeyId(name, kNoteAlgorithmCosignature, key.raw());
}

std::string WitnessKey::ToText() const {
  return FormatVerifierKey(name, kNoteAlgorithmCosignature, key.raw());
}

Result<WitnessKey> WitnessKey::Parse(std::string_view vkey) {
  REPRISE_ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(vkey, kNoteAlgorithmCosignature));
  return WitnessKey{std::move(key.name), key.key};
}

NoteSignature Cosign(std::string_view text, const std::string& name,
                     const crypto::Ed25519PrivateKey& key, std::int64_t time_unix_s) {
  REPRISE_ASSERT(time_unix_s >= 0);
  std::string signature;
  AppendBe(signature, static_cast<std::uint64_t>(time_unix_s));
  const std::string message = CosignedMessage(text, time_unix_s);
  signature += key.Sign(AsBytes(message));
  return {name, WitnessKey{name, key.PublicKey()}.id(), std::move(signature)};
}

Result<std::optional<std::int64_t>> CosignedAt(std::string_view text,
                                               const NoteSignature& signature,
                                               const WitnessKey& key) {
  if (signature.name != key.name || signature.key_id != key.id()) {
    return std::optional<std::int64_t>();
  }
  const Error wrong{ErrorCode::kCorruption,
                    "the cosignature by '" + Printable(key.name) +
                        "' is wrong: it is of another checkpoint, or was changed"};
  if (signature.signature.size() != kTimeSizeBytes + crypto::kEd25519SignatureBytes) return wrong;
  const ByteSpan bytes = AsBytes(signature.signature);
  const auto time = static_cast<std::int64_t>(LoadBe<std::uint64_t>(bytes));
  if (time < 0) return wrong;
  const std::string message = CosignedMessage(text, time);
  if (!key.key.Verify(AsBytes(message), bytes.subspan(kTimeSizeBytes))) return wrong;
  return std::optional(time);
}

const WitnessKey* FindWitness(const std::vector<WitnessKey>& keys, const NoteSignature& signature) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const WitnessKey& key) {
    return key.name == signature.name && key.id() == signature.key_id;
  });
  return found == keys.end() ? nullptr : &*found;
}

Result<std::vector<WitnessKey>> ParseWitnessKeys(std::string_view text) {
  return ParseKeys<WitnessKey>(text);
}

Result<std::vector<NoteKey>> ParseNoteKeys(std::string_view text) {
  return ParseKeys<NoteKey>(text);
}

std::string CosignRequest::Encode() const {
  std::string text = std::string(kOld) + std::to_string(old_size) + "\n";
  for (const Digest& hash : proof) text += ToBase64(hash.bytes()) + "\n";
  return text + "\n" + checkpoint_note;
}

Result<CosignRequest> CosignRequest::Parse(std::string_view text) {
  if (text.size() > kNoteSizeBytesMax) return NoRequest("it is too large");
  CosignRequest request;
  bool is_first = true;
  for (;;) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return NoRequest("an empty line is missing");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (is_first) {
      REPRISE_ASSIGN_OR_RETURN(request.old_size, ParseOldSize(line));
      is_first = false;
      continue;
    }
    if (line.empty()) break;
    const auto hash = FromBase64(line);
    if (!hash.ok() || hash->size() != Digest::kSizeBytes) return NoRequest("a hash is malformed");
    if (request.proof.size() == kProofHashesMax) return NoRequest("it has too many hashes");
    request.proof.push_back(Digest::FromSha256(AsBytes(*hash)));
  }
  request.checkpoint_note = text;
  REPRISE_TRY(SignedNote::Parse(text));
  return request;
}

Result<Checkpoint> CheckCosignRequest(const CosignRequest& request,
                                      const std::vector<NoteKey>& log_keys,
                                      const std::optional<Checkpoint>& last) {
  REPRISE_ASSIGN_OR_RETURN(const SignedNote note, SignedNote::Parse(request.checkpoint_note));
  REPRISE_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text));
  std::vector<NoteKey> of_origin;
  std::copy_if(log_keys.begin(), log_keys.end(), std::back_inserter(of_origin),
               [&](const NoteKey& key) { return key.name == checkpoint.origin; });
  if (of_origin.empty()) {
    return Error{ErrorCode::kNotFound, "no key of the log '" + Printable(checkpoint.origin) +
                                           "' is known here; give it with --log"};
  }
  REPRISE_TRY(note.Verify(of_origin));
  const std::uint64_t last_size = last.has_value() ? last->size : 0;
  if (request.old_size > checkpoint.size) {
    return Error{ErrorCode::kCorruption, "the checkpoint is of " + std::to_string(checkpoint.size) +
                                             " entries, fewer than the " +
                                             std::to_string(request.old_size) +
                                             " that it is to continue"};
  }
  if (request.old_size != last_size) {
    return Error{ErrorCode::kInvalidArgument,
                 "the request continues a checkpoint of " + std::to_string(request.old_size) +
                     " entries, and the last that was cosigned here has " +
                     std::to_string(last_size) + ": ask for it from there"};
  }
  if (last_size > 0) {
    REPRISE_TRY(
        VerifyConsistency(last_size, checkpoint.size, last->root, checkpoint.root, request.proof));
  } else if (!request.proof.empty() || (checkpoint.size == 0 && checkpoint.root != EmptyRoot())) {
    return Error{ErrorCode::kCorruption,
                 "a proof from the empty log must be empty, and an empty "
                 "log has the empty root"};
  }
  return checkpoint;
}

}  // namespace reprise::storage
