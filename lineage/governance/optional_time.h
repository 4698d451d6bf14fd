// Times in documents of governance, which may be absent.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

Json OptionalTimeToJson(std::optional<std::int64_t> unix_ms);  // Absent is null.
// The inverse.  Errors: kCorruption.
Result<std::optional<std::int64_t>> GetOptionalTime(const Json& json, std::string_view key);
Result<std::int64_t> GetTime(const Json& json, std::string_view key);

}  // namespace reprise::lineage
