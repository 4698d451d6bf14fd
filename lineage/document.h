// What the writers and readers of documents share.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Parses a document and checks that it is canonical and of `type`.
// Errors: kCorruption.
Result<Json> ParseDocument(std::string_view document, std::string_view type);

// Whether `again`, what was read from `document` and written anew, is the document: it holds
// nothing that its reader does not know, and everything in the one form that its writer gives it.
// Errors: kCorruption  it is not.
Result<void> RequireSameDocument(const Result<std::string>& again, std::string_view document,
                                 std::string_view type);

Json DigestToJson(const std::optional<Digest>& digest);  // Absent is null.
Result<Digest> DigestFromJson(const Json& json);
// A member that is a digest or null.
Result<std::optional<Digest>> GetOptionalDigest(const Json& json, std::string_view key);

Json DigestsToJson(const std::vector<Digest>& digests);
Result<std::vector<Digest>> GetDigests(const Json& json, std::string_view key);

Json TextsToJson(const std::vector<std::string>& texts);  // Raw bytes each.
Result<std::vector<std::string>> GetTexts(const Json& json, std::string_view key);

Json TextMapToJson(const std::map<std::string, std::string>& texts);  // Values are raw bytes.
Result<std::map<std::string, std::string>> GetTextMap(const Json& json, std::string_view key);

// The member `key`; null when there is none.
const Json& MemberOrNull(const Json& json, std::string_view key);

}  // namespace reprise::lineage
