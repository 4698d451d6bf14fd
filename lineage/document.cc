#include "lineage/document.h"

#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {

Result<Json> ParseDocument(std::string_view document, std::string_view type) {
  auto json = ParseJson(document);
  if (!json.ok()) return Error{ErrorCode::kCorruption, json.error().message};
  REPRISE_ASSIGN_OR_RETURN(const std::string actual, json->GetString("type"));
  if (actual != type) {
    return Error{ErrorCode::kCorruption, "a document is of type '" + Printable(actual) +
                                             "', and '" + std::string(type) + "' is needed"};
  }
  const auto canonical = Canonicalize(*json);
  if (!canonical.ok() || *canonical != document) {
    return Error{ErrorCode::kCorruption, "a document is not in canonical form"};
  }
  return json;
}

Result<void> RequireSameDocument(const Result<std::string>& again, std::string_view document,
                                 std::string_view type) {
  if (again.ok() && *again == document) return {};
  return Error{ErrorCode::kCorruption,
               "a document of type '" + std::string(type) + "' is not as reprise writes it"};
}

Json DigestToJson(const std::optional<Digest>& digest) {
  return digest.has_value() ? Json(digest->ToString()) : Json();
}

Result<Digest> DigestFromJson(const Json& json) {
  if (json.is_string()) {
    if (auto digest = Digest::Parse(json.as_string()); digest.ok()) return digest;
  }
  return Error{ErrorCode::kCorruption, "a digest in a document is malformed"};
}

Result<std::optional<Digest>> GetOptionalDigest(const Json& json, std::string_view key) {
  const Json& member = MemberOrNull(json, key);
  if (member.is_null()) return std::optional<Digest>();
  REPRISE_ASSIGN_OR_RETURN(const Digest digest, DigestFromJson(member));
  return std::optional(digest);
}

Json DigestsToJson(const std::vector<Digest>& digests) {
  Json list = Json::Array{};
  for (const Digest& digest : digests) list.Append(digest.ToString());
  return list;
}

Result<std::vector<Digest>> GetDigests(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const auto* const list, json.GetArray(key));
  std::vector<Digest> digests;
  for (const Json& entry : *list) {
    REPRISE_ASSIGN_OR_RETURN(digests.emplace_back(), DigestFromJson(entry));
  }
  return digests;
}

Json TextsToJson(const std::vector<std::string>& texts) {
  Json json = Json::Array{};
  for (const std::string& text : texts) json.Append(BytesToJson(text));
  return json;
}

Result<std::vector<std::string>> GetTexts(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const array, json.GetArray(key));
  std::vector<std::string> texts;
  for (const Json& item : *array) {
    REPRISE_ASSIGN_OR_RETURN(std::string text, BytesFromJson(item));
    texts.push_back(std::move(text));
  }
  return texts;
}

Json TextMapToJson(const std::map<std::string, std::string>& texts) {
  Json::Object object;
  for (const auto& [key, value] : texts) object.emplace_back(key, BytesToJson(value));
  return object;
}

Result<std::map<std::string, std::string>> GetTextMap(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const Json::Object* const object, json.GetObject(key));
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : *object) {
    REPRISE_ASSIGN_OR_RETURN(texts[name], BytesFromJson(value));
  }
  return texts;
}

const Json& MemberOrNull(const Json& json, std::string_view key) {
  static const Json null;
  const Json* const member = json.Find(key);
  return member == nullptr ? null : *member;
}

}  // namespace reprise::lineage
