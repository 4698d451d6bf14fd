#include "lineage/governance/optional_time.h"

#include "lineage/document.h"
#include "storage/base/clock.h"

namespace reprise::lineage {

Json OptionalTimeToJson(std::optional<std::int64_t> unix_ms) {
  return unix_ms.has_value() ? Json(FormatTime(*unix_ms)) : Json();
}

Result<std::int64_t> GetTime(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, json.GetString(key));
  auto time = ParseTime(text);
  if (time.ok()) return time;
  return Error{ErrorCode::kCorruption, "a time in a document is malformed"};
}

Result<std::optional<std::int64_t>> GetOptionalTime(const Json& json, std::string_view key) {
  if (MemberOrNull(json, key).is_null()) return std::optional<std::int64_t>();
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t time, GetTime(json, key));
  return std::optional(time);
}

}  // namespace reprise::lineage
