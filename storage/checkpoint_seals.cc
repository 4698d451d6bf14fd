#include "storage/checkpoint_seals.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "storage/crypto/sha256.h"
#include "storage/merkle.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kCheckpoint = ".checkpoint";
constexpr std::string_view kCosignatures = ".cosignatures";
constexpr std::string_view kTimestamp = ".tsr";

Error Damaged(const std::string& path, std::string_view why) {
  return {ErrorCode::kCorruption, "'" + Printable(path) + "' is damaged: " + std::string(why)};
}

// A number without leading zeros at the front of `text`, which is taken off.
std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(end - text.data());
  if (std::to_string(number) != text.substr(0, length)) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

Result<std::vector<NoteSignature>> ParseLines(std::string_view text) {
  std::vector<NoteSignature> signatures;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return Error{ErrorCode::kCorruption, "its last line is not complete"};
    }
    REPRISE_ASSIGN_OR_RETURN(NoteSignature signature, NoteSignature::Parse(text.substr(0, end)));
    signatures.push_back(std::move(signature));
    text.remove_prefix(end + 1);
  }
  return signatures;
}

}  // namespace

std::string Seal::CosignedNote() const {
  std::string note = checkpoint_note;
  for (const NoteSignature& cosignature : cosignatures) note += cosignature.Encode();
  return note;
}

CheckpointSeals::CheckpointSeals(FileSystem& files, const std::string& store_folder)
    : files_(files),
      seals_(JoinPath(store_folder, "ledger/seals")),
      witnessed_(JoinPath(store_folder, "ledger/witnessed")),
      witnesses_(JoinPath(store_folder, "keys/witnesses")),
      logs_(JoinPath(store_folder, "keys/logs")),
      authorities_(JoinPath(store_folder, "keys/timestamp-authorities.pem")) {}

std::string CheckpointSeals::SealPath(std::uint64_t size, std::string_view suffix) const {
  return JoinPath(seals_, std::to_string(size) + std::string(suffix));
}

Result<std::string> CheckpointSeals::ReadOrEmpty(const std::string& path) const {
  auto text = ReadFile(files_, path, kSealFileSizeBytesMax);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::string();
  return text;
}

Result<std::vector<Seal>> CheckpointSeals::ReadAll() const {
  std::map<std::uint64_t, Seal> seals;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> stamps;  // By size and number.
  const auto listed = files_.List(seals_);
  if (!listed.ok() && listed.error().code == ErrorCode::kNotFound) return std::vector<Seal>();
  if (!listed.ok()) return listed.error();
  for (const DirectoryEntry& entry : *listed) {
    std::string_view name = entry.name;
    const std::string path = JoinPath(seals_, entry.name);
    const auto size = TakeNumber(name);
    if (!size.has_value() || *size > kMerkleSizeMax) continue;  // A file that is being written.
    if (name == kCheckpoint) {
      REPRISE_ASSIGN_OR_RETURN(seals[*size].checkpoint_note,
                               ReadFile(files_, path, kSealFileSizeBytesMax));
      seals[*size].size = *size;
    } else if (name == kCosignatures) {
      REPRISE_ASSIGN_OR_RETURN(const std::string text,
                               ReadFile(files_, path, kSealFileSizeBytesMax));
      auto lines = ParseLines(text);
      if (!lines.ok()) return Damaged(path, lines.error().message);
      seals[*size].cosignatures = *std::move(lines);
    } else if (name.starts_with('.')) {
      name.remove_prefix(1);
      const auto number = TakeNumber(name);
      if (!number.has_value() || name != kTimestamp) continue;
      REPRISE_ASSIGN_OR_RETURN((stamps[{*size, *number}]),
                               ReadFile(files_, path, kSealFileSizeBytesMax));
    }
  }
  for (auto& [key, response] : stamps) seals[key.first].timestamps.push_back(std::move(response));
  std::vector<Seal> all;
  for (auto& [size, seal] : seals) {
    if (seal.checkpoint_note.empty()) {
      return Damaged(SealPath(size, kCheckpoint), "it is empty or missing");
    }
    all.push_back(std::move(seal));
  }
  return all;
}

Result<void> CheckpointSeals::Keep(std::uint64_t size, const std::string& checkpoint_note) {
  const std::string path = SealPath(size, kCheckpoint);
  REPRISE_ASSIGN_OR_RETURN(const std::string kept, ReadOrEmpty(path));
  if (kept == checkpoint_note) return {};
  if (!kept.empty()) return Damaged(path, "it is not the checkpoint that the ledger's key signed");
  REPRISE_TRY(CreateDirectories(files_, seals_));
  return WriteFileDurably(files_, path, checkpoint_note);
}

Result<void> CheckpointSeals::AddCosignature(const Seal& seal, const NoteSignature& cosignature) {
  std::vector<NoteSignature> all = seal.cosignatures;
  std::erase_if(all, [&](const NoteSignature& other) {
    return other.name == cosignature.name && other.key_id == cosignature.key_id;
  });
  if (all.size() + 1 >= kNoteSignaturesMax) {
    return Error{ErrorCode::kInvalidArgument, "the checkpoint has " + std::to_string(all.size()) +
                                                  " cosignatures, as many as it can have"};
  }
  all.push_back(cosignature);
  std::sort(all.begin(), all.end(), [](const NoteSignature& a, const NoteSignature& b) {
    return std::pair(a.name, a.key_id) < std::pair(b.name, b.key_id);
  });
  std::string lines;
  for (const NoteSignature& line : all) lines += line.Encode();
  REPRISE_TRY(Keep(seal.size, seal.checkpoint_note));
  return WriteFileDurably(files_, SealPath(seal.size, kCosignatures), lines);
}

Result<void> CheckpointSeals::AddTimestamp(const Seal& seal, std::string_view response) {
  const auto& known = seal.timestamps;
  if (std::find(known.begin(), known.end(), response) != known.end()) return {};
  if (known.size() >= kTimestampsOfCheckpointMax) {
    return Error{ErrorCode::kInvalidArgument, "the checkpoint has " + std::to_string(known.size()) +
                                                  " time stamps, as many as it can have"};
  }
  REPRISE_TRY(Keep(seal.size, seal.checkpoint_note));
  const std::string number = "." + std::to_string(known.size() + 1);
  return WriteFileDurably(files_, SealPath(seal.size, number + std::string(kTimestamp)), response);
}

Result<std::vector<WitnessKey>> CheckpointSeals::Witnesses() const {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadOrEmpty(witnesses_));
  auto keys = ParseWitnessKeys(text);
  if (!keys.ok()) return Damaged(witnesses_, keys.error().message);
  return keys;
}

Result<std::vector<NoteKey>> CheckpointSeals::Logs() const {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadOrEmpty(logs_));
  auto keys = ParseNoteKeys(text);
  if (!keys.ok()) return Damaged(logs_, keys.error().message);
  return keys;
}

Result<std::string> CheckpointSeals::Authorities() const { return ReadOrEmpty(authorities_); }

Result<void> CheckpointSeals::AddLine(const std::string& path, const std::string& line) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadOrEmpty(path));
  if (("\n" + text).find("\n" + line + "\n") != std::string::npos) return {};
  REPRISE_TRY(CreateDirectories(files_, ParentPath(path)));
  return WriteFileDurably(files_, path, text + line + "\n");
}

Result<void> CheckpointSeals::AddWitness(const WitnessKey& key) {
  return AddLine(witnesses_, key.ToText());
}

Result<void> CheckpointSeals::AddLog(const NoteKey& key) { return AddLine(logs_, key.ToText()); }

Result<void> CheckpointSeals::AddAuthorities(const std::string& pem) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadOrEmpty(authorities_));
  if (text.find(pem) != std::string::npos) return {};
  REPRISE_TRY(CreateDirectories(files_, ParentPath(authorities_)));
  return WriteFileDurably(files_, authorities_, text + pem);
}

Result<std::optional<std::string>> CheckpointSeals::Witnessed(const std::string& origin) const {
  const std::string path = JoinPath(witnessed_, crypto::Sha256(origin).ToHex());
  REPRISE_ASSIGN_OR_RETURN(std::string note, ReadOrEmpty(path));
  if (note.empty()) return std::optional<std::string>();
  return std::optional(std::move(note));
}

Result<void> CheckpointSeals::PutWitnessed(const std::string& origin, const std::string& note) {
  REPRISE_TRY(CreateDirectories(files_, witnessed_));
  return WriteFileDurably(files_, JoinPath(witnessed_, crypto::Sha256(origin).ToHex()), note);
}

}  // namespace reprise::storage
