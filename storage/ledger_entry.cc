#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/ledger.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kType = "reprise/ledger-entry/v1";

Error Malformed(const std::string& what) {
  return {ErrorCode::kCorruption, "a ledger entry is malformed: " + what};
}

Result<std::uint64_t> GetSequence(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t value, json.GetInteger(key));
  if (value < 0) return Malformed("a negative sequence");
  return static_cast<std::uint64_t>(value);
}

}  // namespace

Result<std::string> EncodeLedgerEntry(const LedgerEntry& entry) {
  Json json;
  json.Set("type", kType);
  json.Set("sequence", entry.sequence);
  json.Set("time", FormatTime(entry.time_unix_ms));
  json.Set("kind", entry.kind);
  json.Set("subject", entry.subject);
  json.Set("actor", entry.actor);
  json.Set("payload", entry.payload.ToString());
  json.Set("previous", entry.previous);
  return Canonicalize(json);
}

Result<LedgerEntry> DecodeLedgerEntry(std::string_view document) {
  const auto json = ParseJson(document);
  if (!json.ok()) return Malformed(json.error().message);
  LedgerEntry entry;
  REPRISE_ASSIGN_OR_RETURN(const std::string type, json->GetString("type"));
  if (type != kType) return Malformed("it is of type '" + Printable(type) + "'");
  REPRISE_ASSIGN_OR_RETURN(entry.sequence, GetSequence(*json, "sequence"));
  REPRISE_ASSIGN_OR_RETURN(const std::string time, json->GetString("time"));
  const auto time_unix_ms = ParseTime(time);
  if (!time_unix_ms.ok()) return Malformed(time_unix_ms.error().message);
  entry.time_unix_ms = *time_unix_ms;
  REPRISE_ASSIGN_OR_RETURN(entry.kind, json->GetString("kind"));
  REPRISE_ASSIGN_OR_RETURN(entry.subject, json->GetString("subject"));
  REPRISE_ASSIGN_OR_RETURN(entry.actor, json->GetString("actor"));
  REPRISE_ASSIGN_OR_RETURN(const std::string payload, json->GetString("payload"));
  const auto digest = Digest::Parse(payload);
  if (!digest.ok()) return Malformed(digest.error().message);
  entry.payload = *digest;
  const Json* const previous = json->Find("previous");
  if (previous != nullptr && !previous->is_null()) {
    REPRISE_ASSIGN_OR_RETURN(entry.previous, GetSequence(*json, "previous"));
  }
  const auto again = EncodeLedgerEntry(entry);
  if (!again.ok() || *again != document) return Malformed("it is not in canonical form");
  return entry;
}

}  // namespace reprise::storage
