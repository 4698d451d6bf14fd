// Byte strings in JSON documents: UTF-8 as a JSON string, anything else as
// {"type": "bytes", "value": "<base64>"}, so that no name is lost or confused.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise {

Json BytesToJson(std::string_view bytes);

// The inverse of BytesToJson.  Errors: kCorruption.
Result<std::string> BytesFromJson(const Json& json);

}  // namespace reprise
