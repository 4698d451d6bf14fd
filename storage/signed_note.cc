// The text and the signatures of a note are separated by the last empty line, so that the text may
// have empty lines itself.  Parsing is strict where the format leaves no choice: base64 must be
// canonical and numbers have no leading zeros, so a note that parses encodes to the same bytes.

#include "storage/signed_note.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/crypto/sha256.h"
#include "storage/merkle.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // Em dash, space.
constexpr std::size_t kKeyIdSizeBytes = 4;

// White_Space of the Unicode Character Database above U+0020, in UTF-8; control characters are
// refused everywhere.
constexpr std::array<std::string_view, 18> kUnicodeSpaces = {
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
    "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F"};
constexpr std::string_view kIdeographicSpace = "\u3000";

Error Malformed(std::string_view what, std::string_view why) {
  return {ErrorCode::kCorruption, "this is not a " + std::string(what) + ": " + std::string(why)};
}

bool HasControlCharacters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

bool IsKeyName(std::string_view name) {
  if (name.empty() || !IsUtf8(name) || HasControlCharacters(name)) return false;
  if (name.find_first_of("+ \n") != std::string_view::npos) return false;
  if (name.find(kIdeographicSpace) != std::string_view::npos) return false;
  return std::none_of(kUnicodeSpaces.begin(), kUnicodeSpaces.end(), [&](std::string_view space) {
    return name.find(space) != std::string_view::npos;
  });
}

// Takes the next line, without its newline, off the front of `text`, which must have one.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(size) != text) {
    return Malformed("checkpoint", "its second line is not a number of entries");
  }
  if (size > kMerkleSizeMax) return Malformed("checkpoint", "its size is too large");
  return size;
}

}  // namespace

std::uint32_t NoteKeyId(std::string_view name, char algorithm, ByteSpan key) {
  std::string identity = std::string(name) + '\n' + algorithm;
  identity += AsText(key);
  return LoadBe<std::uint32_t>(crypto::Sha256(identity).bytes());
}

std::string FormatVerifierKey(std::string_view name, char algorithm, ByteSpan key) {
  std::string bytes(1, algorithm);
  bytes += AsText(key);
  std::string key_id;
  AppendBe(key_id, NoteKeyId(name, algorithm, key));
  return std::string(name) + '+' + ToHex(AsBytes(key_id)) + '+' + ToBase64(AsBytes(bytes));
}

Result<VerifierKey> ParseVerifierKey(std::string_view vkey, char algorithm) {
  const Error wrong{ErrorCode::kInvalidArgument,
                    "'" + Printable(vkey.substr(0, 200)) + "' is not an Ed25519 verifier key" +
                        (algorithm == kNoteAlgorithmCosignature ? " of a witness" : "") +
                        " (name+id+base64)"};
  const std::size_t first = vkey.find('+');
  if (first == std::string_view::npos) return wrong;
  const std::size_t second = vkey.find('+', first + 1);
  if (second == std::string_view::npos || !IsKeyName(vkey.substr(0, first))) return wrong;
  const auto bytes = FromBase64(vkey.substr(second + 1));
  if (!bytes.ok() || bytes->empty() || bytes->front() != algorithm) return wrong;
  const auto raw = crypto::Ed25519PublicKey::FromRaw(AsBytes(*bytes).subspan(1));
  if (!raw.ok()) return wrong;
  VerifierKey key{std::string(vkey.substr(0, first)), *raw};
  // The id is of another key, or not in lower case.
  if (FormatVerifierKey(key.name, algorithm, key.key.raw()) != vkey) return wrong;
  return key;
}

std::uint32_t NoteKey::id() const { return NoteKeyId(name, kNoteAlgorithmEd25519, key.raw()); }

std::string NoteKey::ToText() const {
  return FormatVerifierKey(name, kNoteAlgorithmEd25519, key.raw());
}

Result<NoteKey> NoteKey::Parse(std::string_view vkey) {
  REPRISE_ASSIGN_OR_RETURN(VerifierKey key, ParseVerifierKey(vkey, kNoteAlgorithmEd25519));
  return NoteKey{std::move(key.name), key.key};
}

std::string NoteSignature::Encode() const {
  std::string bytes;
  AppendBe(bytes, key_id);
  bytes += signature;
  return std::string(kSignaturePrefix) + name + ' ' + ToBase64(AsBytes(bytes)) + '\n';
}

Result<NoteSignature> NoteSignature::Parse(std::string_view line) {
  const Error wrong = Malformed("signed note", "a signature line is malformed");
  if (!line.starts_with(kSignaturePrefix)) return wrong;
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsKeyName(line.substr(0, space))) return wrong;
  const auto bytes = FromBase64(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() <= kKeyIdSizeBytes) return wrong;
  return NoteSignature{std::string(line.substr(0, space)), LoadBe<std::uint32_t>(AsBytes(*bytes)),
                       bytes->substr(kKeyIdSizeBytes)};
}

std::string SignedNote::Encode() const {
  std::string note = text + '\n';
  for (const NoteSignature& signature : signatures) note += signature.Encode();
  return note;
}

Result<SignedNote> SignedNote::Parse(std::string_view note) {
  if (note.size() > kNoteSizeBytesMax) return Malformed("signed note", "it is too large");
  if (!IsUtf8(note) || HasControlCharacters(note)) {
    return Malformed("signed note", "it has control characters or is not UTF-8");
  }
  const std::size_t separator = note.rfind("\n\n");
  if (separator == std::string_view::npos || note.back() != '\n') {
    return Malformed("signed note", "it does not end with an empty line and signatures");
  }
  SignedNote parsed;
  parsed.text = note.substr(0, separator + 1);
  std::string_view lines = note.substr(separator + 2);
  if (lines.empty()) return Malformed("signed note", "it has no signature");
  while (!lines.empty()) {
    if (parsed.signatures.size() == kNoteSignaturesMax) {
      return Malformed("signed note", "it has too many signatures");
    }
    REPRISE_ASSIGN_OR_RETURN(NoteSignature signature, NoteSignature::Parse(TakeLine(lines)));
    parsed.signatures.push_back(std::move(signature));
  }
  return parsed;
}

Result<void> SignedNote::Verify(std::span<const NoteKey> keys) const {
  bool signed_by_known_key = false;
  for (const NoteSignature& signature : signatures) {
    for (const NoteKey& key : keys) {
      if (key.name != signature.name || key.id() != signature.key_id) continue;
      if (!key.key.Verify(AsBytes(text), AsBytes(signature.signature))) {
        return Error{ErrorCode::kCorruption, "the signature by '" + Printable(signature.name) +
                                                 "' is wrong: the text or the signature was "
                                                 "changed after it was signed"};
      }
      signed_by_known_key = true;
    }
  }
  if (signed_by_known_key) return {};
  return Error{ErrorCode::kCorruption, "no trusted key signed this note"};
}

Result<std::string> SignNote(std::string_view text, const std::string& name,
                             const crypto::Ed25519PrivateKey& key) {
  if (text.empty() || text.back() != '\n' || !IsUtf8(text) || HasControlCharacters(text)) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot sign a note: its text must be UTF-8 without control characters and end "
                 "with a newline"};
  }
  if (!IsKeyName(name)) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot sign a note: '" + Printable(name) + "' cannot be the name of a key"};
  }
  const NoteKey public_key{name, key.PublicKey()};
  return SignedNote{std::string(text), {{name, public_key.id(), key.Sign(AsBytes(text))}}}.Encode();
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text = checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
                     ToBase64(checkpoint.root.bytes()) + '\n';
  for (const std::string& extension : checkpoint.extensions) text += extension + '\n';
  return text;
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (std::count(text.begin(), text.end(), '\n') < 3 || text.back() != '\n') {
    return Malformed("checkpoint", "it has fewer than three lines");
  }
  Checkpoint checkpoint;
  checkpoint.origin = TakeLine(text);
  if (checkpoint.origin.empty()) return Malformed("checkpoint", "its origin is empty");
  REPRISE_ASSIGN_OR_RETURN(checkpoint.size, ParseSize(TakeLine(text)));
  const auto root = FromBase64(TakeLine(text));
  if (!root.ok() || root->size() != Digest::kSizeBytes) {
    return Malformed("checkpoint", "its third line is not a root hash");
  }
  checkpoint.root = Digest::FromSha256(AsBytes(*root));
  while (!text.empty()) {
    checkpoint.extensions.emplace_back(TakeLine(text));
    if (checkpoint.extensions.back().empty()) {
      return Malformed("checkpoint", "an extension line is empty");
    }
  }
  return checkpoint;
}

Result<std::string> OpenNote(std::string_view note, const NoteKey& key) {
  REPRISE_ASSIGN_OR_RETURN(SignedNote parsed, SignedNote::Parse(note));
  REPRISE_TRY(parsed.Verify({&key, 1}));
  return std::move(parsed.text);
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const NoteKey& key) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, OpenNote(note, key));
  REPRISE_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(text));
  if (checkpoint.origin != key.name) {
    return Error{ErrorCode::kCorruption, "the checkpoint is of the log '" +
                                             Printable(checkpoint.origin) + "', not of '" +
                                             Printable(key.name) + "'"};
  }
  return checkpoint;
}

}  // namespace reprise::storage
