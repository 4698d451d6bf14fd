#include "storage/signed_note.h"

#include <charconv>

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // An em dash and a space.
constexpr char kEd25519Type = 1;
constexpr std::size_t kNoteBytesMax = 1 << 20;

Error Malformed(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "a signed note is malformed: " + std::string(what)};
}

bool IsKeyName(std::string_view name) {
  if (name.empty() || !IsUtf8(name)) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '+' || c == 0x7F) return false;
  }
  return true;
}

std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

// Takes the first line off `text`, without its newline; nothing when there is no whole line.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::uint32_t NoteKey::id() const {
  const std::string named =
      name + "\n" + std::string(1, kEd25519Type) + std::string(AsText(key.raw()));
  const Digest digest = crypto::Sha256(named);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    id = id << 8 | std::to_integer<std::uint32_t>(digest.bytes()[i]);
  }
  return id;
}

std::string NoteKey::ToText() const {
  const std::string typed = std::string(1, kEd25519Type) + std::string(AsText(key.raw()));
  return name + "+" + ToHex(AsBytes(BigEndian(id()))) + "+" + ToBase64(AsBytes(typed));
}

Result<NoteKey> NoteKey::Parse(std::string_view text) {
  const Error malformed{ErrorCode::kInvalidArgument,
                        "'" + Printable(text) + "' is no verifier key (NAME+ID+KEY)"};
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed;
  const auto typed = FromBase64(text.substr(second + 1));
  if (!typed.ok() || typed->empty() || (*typed)[0] != kEd25519Type) return malformed;
  auto key = crypto::Ed25519PublicKey::FromRaw(AsBytes(std::string_view(*typed).substr(1)));
  if (!key.ok()) return malformed;
  NoteKey result{std::string(text.substr(0, first)), *key};
  if (!IsKeyName(result.name) || result.ToText() != text) return malformed;
  return result;
}

std::string SignNote(std::string_view text, const std::string& key_name,
                     const crypto::Ed25519PrivateKey& key) {
  REPRISE_ASSERT(text.ends_with('\n') && IsKeyName(key_name));
  const NoteKey public_key{key_name, key.PublicKey()};
  const std::string signature = BigEndian(public_key.id()) + key.Sign(AsBytes(text));
  std::string note(text);
  note += "\n";
  note.append(kSignaturePrefix).append(key_name).append(" ");
  return note + ToBase64(AsBytes(signature)) + "\n";
}

Result<std::string> OpenNote(std::string_view note, const NoteKey& key) {
  if (note.size() > kNoteBytesMax || !IsUtf8(note)) return Malformed("it is too large or no text");
  const std::size_t separator = note.rfind("\n\n");
  if (separator == std::string_view::npos) return Malformed("it has no signatures");
  const std::string_view text = note.substr(0, separator + 1);
  std::string_view rest = note.substr(separator + 2);
  if (rest.empty()) return Malformed("it has no signatures");
  bool signed_by_key = false;
  while (!rest.empty()) {
    const auto line = TakeLine(rest);
    if (!line.has_value() || !line->starts_with(kSignaturePrefix)) {
      return Malformed("a signature line");
    }
    const std::string_view fields = line->substr(kSignaturePrefix.size());
    const std::size_t space = fields.find(' ');
    if (space == std::string_view::npos) return Malformed("a signature line");
    const auto signature = FromBase64(fields.substr(space + 1));
    if (!IsKeyName(fields.substr(0, space)) || !signature.ok() || signature->size() < 5) {
      return Malformed("a signature line");
    }
    if (fields.substr(0, space) != key.name || !signature->starts_with(BigEndian(key.id()))) {
      continue;  // Of a key that we do not know.
    }
    if (!key.key.Verify(AsBytes(text), AsBytes(std::string_view(*signature).substr(4)))) {
      return Error{ErrorCode::kInvalidArgument,
                   "the signature of " + Printable(key.name) + " on a note does not verify"};
    }
    signed_by_key = true;
  }
  if (!signed_by_key) {
    return Error{ErrorCode::kInvalidArgument, "a note is not signed by " + Printable(key.name)};
  }
  return std::string(text);
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         ToBase64(checkpoint.root.bytes()) + "\n";
}

Result<Checkpoint> ParseCheckpoint(std::string_view text) {
  const Error malformed{ErrorCode::kInvalidArgument, "a checkpoint is malformed"};
  Checkpoint checkpoint;
  const auto origin = TakeLine(text);
  const auto size = TakeLine(text);
  const auto root = TakeLine(text);
  if (!root.has_value() || origin->empty()) return malformed;
  checkpoint.origin = *origin;
  const auto [end, error] =
      std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  if (error != std::errc() || end != size->data() + size->size() ||
      std::to_string(checkpoint.size) != *size) {
    return malformed;
  }
  const auto hash = FromBase64(*root);
  if (!hash.ok() || hash->size() != Digest::kSizeBytes) return malformed;
  checkpoint.root = Digest::FromSha256(AsBytes(*hash));
  while (!text.empty()) {  // Extension lines are not empty.
    const auto extension = TakeLine(text);
    if (!extension.has_value() || extension->empty()) return malformed;
  }
  return checkpoint;
}

}  // namespace reprise::storage
