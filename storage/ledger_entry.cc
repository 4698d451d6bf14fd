#include "storage/ledger_entry.h"

#include "storage/base/canonical_writer.h"
#include "storage/base/clock.h"
#include "storage/base/json.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kTypePrefix = "reprise/ledger-entry/v";
constexpr std::string_view kType = "reprise/ledger-entry/v1";
constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 53;

Result<void> CheckText(std::string_view name, std::string_view text, std::size_t size_bytes_max) {
  const auto wrong = [&](std::string_view why) -> Error {
    return {ErrorCode::kInvalidArgument, "the " + std::string(name) + " of a ledger entry, '" +
                                             Printable(text.substr(0, 200)) + "', " +
                                             std::string(why)};
  };
  if (text.empty()) return wrong("is empty");
  if (text.size() > size_bytes_max) {
    return wrong("is longer than " + std::to_string(size_bytes_max) + " bytes");
  }
  if (!IsUtf8(text)) return wrong("is not UTF-8");
  return {};
}

Result<std::uint64_t> GetSequence(const Json& json, std::string_view name) {
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t value, json.GetInteger(name));
  if (value < 0) {
    return Error{ErrorCode::kCorruption, "'" + std::string(name) + "' is negative"};
  }
  return static_cast<std::uint64_t>(value);
}

Result<LedgerEntry> FromJson(const Json& json) {
  REPRISE_ASSIGN_OR_RETURN(const std::string type, json.GetString("type"));
  if (type != kType) {
    const bool newer = type.starts_with(kTypePrefix);
    return Error{newer ? ErrorCode::kUnsupportedVersion : ErrorCode::kCorruption,
                 "a document of type '" + Printable(type) + "' stands where " + std::string(kType) +
                     " is expected" +
                     (newer ? "; a newer release of reprise wrote it: use that release" : "")};
  }
  LedgerEntry entry;
  REPRISE_ASSIGN_OR_RETURN(entry.sequence, GetSequence(json, "sequence"));
  REPRISE_ASSIGN_OR_RETURN(const std::string time, json.GetString("time"));
  REPRISE_ASSIGN_OR_RETURN(entry.time_unix_ms, ParseTime(time));
  REPRISE_ASSIGN_OR_RETURN(entry.kind, json.GetString("kind"));
  REPRISE_ASSIGN_OR_RETURN(entry.subject, json.GetString("subject"));
  REPRISE_ASSIGN_OR_RETURN(entry.actor, json.GetString("actor"));
  REPRISE_ASSIGN_OR_RETURN(const std::string payload, json.GetString("payload"));
  REPRISE_ASSIGN_OR_RETURN(entry.payload, Digest::Parse(payload));
  const Json* previous = json.Find("previous");
  if (previous == nullptr || !previous->is_null()) {
    REPRISE_ASSIGN_OR_RETURN(entry.previous, GetSequence(json, "previous"));
  }
  return entry;
}

}  // namespace

Result<std::string> EncodeLedgerEntry(const LedgerEntry& entry) {
  REPRISE_TRY(CheckText("kind", entry.kind, kLedgerKindSizeBytesMax));
  REPRISE_TRY(CheckText("subject", entry.subject, kLedgerSubjectSizeBytesMax));
  REPRISE_TRY(CheckText("actor", entry.actor, kLedgerActorSizeBytesMax));
  const std::string time = FormatTime(entry.time_unix_ms);
  const auto parsed = ParseTime(time);
  if (!parsed.ok() || *parsed != entry.time_unix_ms) {
    return Error{ErrorCode::kInvalidArgument, "the time of a ledger entry, " +
                                                  std::to_string(entry.time_unix_ms) +
                                                  " ms, is not in the years 0 to 9999"};
  }
  if (entry.sequence >= kSequenceMax || entry.previous.value_or(0) > entry.sequence ||
      entry.previous == entry.sequence) {
    return Error{ErrorCode::kInvalidArgument,
                 "ledger entry " + std::to_string(entry.sequence) +
                     " is out of range, or its previous entry does not come before it"};
  }
  CanonicalWriter writer;
  writer.BeginObject();
  writer.Name("actor").Text(entry.actor);
  writer.Name("kind").Text(entry.kind);
  writer.Name("payload").DigestText(entry.payload);
  writer.Name("previous");
  entry.previous.has_value() ? writer.Number(static_cast<double>(*entry.previous)) : writer.Null();
  writer.Name("sequence").Number(static_cast<double>(entry.sequence));
  writer.Name("subject").Text(entry.subject);
  writer.Name("time").Text(time);
  writer.Name("type").Text(kType);
  writer.EndObject();
  return writer.Finish();
}

Result<LedgerEntry> DecodeLedgerEntry(std::string_view document) {
  const auto damaged = [](const Error& why) -> Error {
    const ErrorCode code =
        why.code == ErrorCode::kUnsupportedVersion ? why.code : ErrorCode::kCorruption;
    return {code, "a ledger entry cannot be read: " + why.message};
  };
  if (document.size() > kLedgerEntrySizeBytesMax) {
    return damaged({ErrorCode::kCorruption,
                    "it has " + std::to_string(document.size()) + " bytes, more than any entry"});
  }
  const auto json = ParseJson(document);
  if (!json.ok()) return damaged(json.error());
  auto entry = FromJson(*json);
  if (!entry.ok()) return damaged(entry.error());
  const auto again = EncodeLedgerEntry(*entry);
  if (!again.ok()) return damaged(again.error());
  if (*again != document) {
    return damaged({ErrorCode::kCorruption, "it is not in canonical form"});
  }
  return entry;
}

}  // namespace reprise::storage
