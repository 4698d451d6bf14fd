#include "lineage/governance/signing_key.h"

#include <algorithm>

#include "lineage/document.h"
#include "lineage/governance/optional_time.h"
#include "lineage/model_version.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kKeyType = "reprise/key/v1";
constexpr std::string_view kRevocationType = "reprise/key-revocation/v1";
constexpr std::size_t kNameBytesMax = 256;

Result<void> CheckPerson(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax && IsUtf8(name) && Printable(name) == name) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(name) + "' cannot be " + std::string(what) +
                   ": write 1 to 256 bytes of text without control characters"};
}

}  // namespace

bool TrustedKey::IsValidAt(std::int64_t unix_ms) const {
  return unix_ms >= valid_from_unix_ms.value_or(unix_ms) &&
         (!valid_until_unix_ms.has_value() || unix_ms < *valid_until_unix_ms);
}

bool TrustedKey::HasRole(std::string_view role) const {
  return std::ranges::find(roles, role) != roles.end();
}

Result<std::string> EncodeTrustedKey(const TrustedKey& key) {
  REPRISE_TRY(CheckPerson("the owner of a key", key.owner));
  REPRISE_TRY(CheckPerson("a printed name", key.printed_name));
  for (const std::string& role : key.roles) REPRISE_TRY(CheckRole(role));
  if (key.roles.empty()) {
    return Error{ErrorCode::kInvalidArgument, "a key needs a role in which it may sign"};
  }
  if (std::ranges::adjacent_find(key.roles, std::ranges::greater_equal()) != key.roles.end()) {
    return Error{ErrorCode::kInvalidArgument, "a key's roles are sorted, each named once"};
  }
  if (key.valid_from_unix_ms.has_value() && key.valid_until_unix_ms.has_value() &&
      *key.valid_from_unix_ms >= *key.valid_until_unix_ms) {
    return Error{ErrorCode::kInvalidArgument, "a key that ends before it begins is never valid"};
  }
  return Canonicalize(Json()
                          .Set("type", kKeyType)
                          .Set("algorithm", "ecdsa-p256-sha256")
                          .Set("public_key", key.key.ToPem())
                          .Set("owner", key.owner)
                          .Set("printed_name", key.printed_name)
                          .Set("roles", TextsToJson(key.roles))
                          .Set("valid_from", OptionalTimeToJson(key.valid_from_unix_ms))
                          .Set("valid_until", OptionalTimeToJson(key.valid_until_unix_ms))
                          .Set("reason", BytesToJson(key.reason)));
}

Result<TrustedKey> DecodeTrustedKey(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kKeyType));
  REPRISE_ASSIGN_OR_RETURN(const std::string pem, json.GetString("public_key"));
  auto public_key = crypto::P256PublicKey::FromPem(pem);
  if (!public_key.ok()) {
    return Error{ErrorCode::kCorruption,
                 "a key's document holds no key: " + public_key.error().message};
  }
  TrustedKey key{.key = *std::move(public_key)};
  REPRISE_ASSIGN_OR_RETURN(key.owner, json.GetString("owner"));
  REPRISE_ASSIGN_OR_RETURN(key.printed_name, json.GetString("printed_name"));
  REPRISE_ASSIGN_OR_RETURN(key.roles, GetTexts(json, "roles"));
  REPRISE_ASSIGN_OR_RETURN(key.valid_from_unix_ms, GetOptionalTime(json, "valid_from"));
  REPRISE_ASSIGN_OR_RETURN(key.valid_until_unix_ms, GetOptionalTime(json, "valid_until"));
  REPRISE_ASSIGN_OR_RETURN(key.reason, BytesFromJson(MemberOrNull(json, "reason")));
  REPRISE_TRY(RequireSameDocument(EncodeTrustedKey(key), document, kKeyType));
  return key;
}

Result<std::string> EncodeKeyRevocation(const KeyRevocation& revocation) {
  if (revocation.reason.empty()) {
    return Error{ErrorCode::kInvalidArgument, "a key is revoked for a reason"};
  }
  return Canonicalize(Json()
                          .Set("type", kRevocationType)
                          .Set("fingerprint", revocation.fingerprint.ToString())
                          .Set("reason", BytesToJson(revocation.reason)));
}

Result<KeyRevocation> DecodeKeyRevocation(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kRevocationType));
  KeyRevocation revocation;
  REPRISE_ASSIGN_OR_RETURN(revocation.fingerprint,
                           DigestFromJson(MemberOrNull(json, "fingerprint")));
  REPRISE_ASSIGN_OR_RETURN(revocation.reason, BytesFromJson(MemberOrNull(json, "reason")));
  REPRISE_TRY(RequireSameDocument(EncodeKeyRevocation(revocation), document, kRevocationType));
  return revocation;
}

bool IsKeyRevocation(std::string_view document) {
  return ParseDocument(document, kRevocationType).ok();
}

std::string KeySubject(const Digest& fingerprint) { return "key:" + fingerprint.ToHex(); }

Result<void> CheckRole(std::string_view role) {
  if (IsPlainName(role)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(role) +
                   "' cannot be a role: use 1 to 128 letters, digits, '.', '_' and '-', beginning "
                   "with a letter or digit"};
}

}  // namespace reprise::lineage
