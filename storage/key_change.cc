#include "storage/key_change.h"

#include <algorithm>

#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/base/json.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kTitle = "reprise checkpoint key v1";
constexpr std::string_view kType = "reprise/checkpoint-key/v1";
constexpr std::size_t kLines = 6;
constexpr std::size_t kSignatures = 2;

Error NoChange(std::string_view why) {
  return {ErrorCode::kCorruption, "this is not a change of a log's key: " + std::string(why)};
}

Result<std::vector<std::string>> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return NoChange("its last line is not complete");
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

Result<KeyChange> KeyChange::Make(const NoteKey& from, const crypto::Ed25519PrivateKey& from_key,
                                  const crypto::Ed25519PrivateKey& to_key,
                                  std::int64_t time_unix_ms, std::string_view reason) {
  if (reason.empty() || reason.size() > kKeyChangeReasonSizeBytesMax ||
      reason.find('\n') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 "the reason for a change of keys is one line of 1 to " +
                     std::to_string(kKeyChangeReasonSizeBytesMax) + " bytes"};
  }
  const NoteKey to{from.name, to_key.PublicKey()};
  std::string text(kTitle);
  text.append("\n").append(from.name).append("\n").append(from.ToText()).append("\n");
  text.append(to.ToText()).append("\n").append(FormatTime(time_unix_ms)).append("\n");
  text.append(reason).append("\n");
  REPRISE_ASSIGN_OR_RETURN(std::string note, SignNote(text, from.name, from_key));
  note += NoteSignature{to.name, to.id(), to_key.Sign(AsBytes(text))}.Encode();
  return Parse(note);
}

Result<KeyChange> KeyChange::Parse(std::string_view note) {
  REPRISE_ASSIGN_OR_RETURN(const SignedNote signed_note, SignedNote::Parse(note));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<std::string> lines, LinesOf(signed_note.text));
  if (lines.size() != kLines || lines[0] != kTitle) return NoChange("it is another kind of note");
  auto from = NoteKey::Parse(lines[2]);
  auto to = NoteKey::Parse(lines[3]);
  const auto time = ParseTime(lines[4]);
  if (!from.ok() || !to.ok() || !time.ok() || lines[5].empty() ||
      lines[5].size() > kKeyChangeReasonSizeBytesMax) {
    return NoChange("a line is malformed");
  }
  if (from->name != lines[1] || to->name != lines[1] || from->key == to->key) {
    return NoChange("its keys are those of other logs, or the same");
  }
  if (signed_note.signatures.size() != kSignatures) return NoChange("two keys are to sign it");
  REPRISE_TRY(signed_note.Verify({&*from, 1}));
  REPRISE_TRY(signed_note.Verify({&*to, 1}));
  return KeyChange{*std::move(from), *std::move(to), *time, lines[5], std::string(note)};
}

Result<std::string> KeyChange::Document() const {
  return Canonicalize(Json().Set("note", note).Set("type", kType));
}

Result<KeyChange> KeyChange::Decode(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
  const auto type = json.GetString("type");
  const auto note = json.GetString("note");
  if (!type.ok() || *type != kType || !note.ok()) return NoChange("the document is another");
  REPRISE_ASSIGN_OR_RETURN(KeyChange change, Parse(*note));
  REPRISE_ASSIGN_OR_RETURN(const std::string again, change.Document());
  if (again != document) return NoChange("the document is not in canonical form");
  return change;
}

const NoteKey& KeyChain::KeyFor(std::uint64_t size) const {
  const NoteKey* key = &first_;
  for (const Step& step : steps_) {
    if (step.entry < size) key = &step.change.to;
  }
  return *key;
}

bool KeyChain::Has(const NoteKey& key) const {
  return first_ == key || std::any_of(steps_.begin(), steps_.end(),
                                      [&](const Step& step) { return step.change.to == key; });
}

Result<void> KeyChain::Add(std::uint64_t entry, KeyChange change) {
  if (change.from != newest() || (!steps_.empty() && entry <= steps_.back().entry)) {
    return Error{ErrorCode::kInvalidArgument, "the change of the log's key at entry " +
                                                  std::to_string(entry) +
                                                  " does not follow the one before it"};
  }
  steps_.push_back({entry, std::move(change)});
  return {};
}

void KeyChain::Cut(std::uint64_t size) {
  std::erase_if(steps_, [&](const Step& step) { return step.entry >= size; });
}

Result<std::string> KeyChain::Encode() const {
  std::string lines;
  for (const Step& step : steps_) {
    REPRISE_ASSIGN_OR_RETURN(
        const std::string line,
        Canonicalize(Json().Set("entry", step.entry).Set("note", step.change.note)));
    lines += line + "\n";
  }
  return lines;
}

Result<KeyChain> KeyChain::Parse(std::string_view lines, const NoteKey& key) {
  KeyChain chain(key);
  REPRISE_ASSIGN_OR_RETURN(const std::vector<std::string> texts, LinesOf(lines));
  for (const std::string& line : texts) {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(line));
    const auto entry = json.GetInteger("entry");
    const auto note = json.GetString("note");
    if (!entry.ok() || *entry < 0 || !note.ok()) return NoChange("a line is malformed");
    REPRISE_ASSIGN_OR_RETURN(KeyChange change, KeyChange::Parse(*note));
    if (change.from.name != key.name) return NoChange("it is another log's");
    if (chain.steps_.empty()) chain.first_ = change.from;
    const auto added = chain.Add(static_cast<std::uint64_t>(*entry), std::move(change));
    if (!added.ok()) return NoChange(added.error().message);
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string again, chain.Encode());
  if (again != lines) return NoChange("a line is not in canonical form");
  return chain;
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const KeyChain& keys) {
  REPRISE_ASSIGN_OR_RETURN(const SignedNote parsed, SignedNote::Parse(note));
  REPRISE_ASSIGN_OR_RETURN(const Checkpoint says, ParseCheckpoint(parsed.text));
  return OpenCheckpoint(note, keys.KeyFor(says.size));
}

}  // namespace reprise::storage
