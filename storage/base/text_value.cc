#include "storage/base/text_value.h"

#include "storage/base/bytes.h"

namespace reprise {

Json BytesToJson(std::string_view bytes) {
  if (IsUtf8(bytes)) return bytes;
  return Json().Set("type", "bytes").Set("value", ToBase64(AsBytes(bytes)));
}

Result<std::string> BytesFromJson(const Json& json) {
  if (json.is_string()) return json.as_string();
  const auto type = json.GetString("type");
  const auto value = json.GetString("value");
  if (type.ok() && value.ok() && *type == "bytes" && json.as_object().size() == 2) {
    // Only what is not UTF-8 is written this way, so that equal bytes have one form.
    auto bytes = FromBase64(*value);
    if (bytes.ok() && !IsUtf8(*bytes)) return bytes;
  }
  return Error{ErrorCode::kCorruption, "a byte string in a document is malformed"};
}

}  // namespace reprise
