#include "storage/dsse.h"

#include <charconv>

#include "storage/base/canonical.h"
#include "storage/base/json.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kVersion = "DSSEv1 ";

void AppendCounted(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ' ';
  out += text;
}

Error Malformed() {
  return {ErrorCode::kInvalidArgument, "these are not the signed bytes of a DSSE envelope"};
}

// Takes "LENGTH SP bytes" off the front.
Result<std::string> TakeCounted(std::string_view& rest) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
  if (error != std::errc()) return Malformed();
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.empty() || rest[0] != ' ' || rest.size() - 1 < size) return Malformed();
  std::string text(rest.substr(1, size));
  rest.remove_prefix(1 + size);
  return text;
}

}  // namespace

std::string DsseSignedBytes(const DssePayload& payload) {
  std::string bytes(kVersion);
  AppendCounted(bytes, payload.type);
  bytes += ' ';
  AppendCounted(bytes, payload.content);
  return bytes;
}

Result<DssePayload> ParseDsseSignedBytes(std::string_view bytes) {
  std::string_view rest = bytes;
  if (!rest.starts_with(kVersion)) return Malformed();
  rest.remove_prefix(kVersion.size());
  DssePayload payload;
  REPRISE_ASSIGN_OR_RETURN(payload.type, TakeCounted(rest));
  if (!rest.starts_with(' ')) return Malformed();
  rest.remove_prefix(1);
  REPRISE_ASSIGN_OR_RETURN(payload.content, TakeCounted(rest));
  // Also refuses lengths that are not written in their one form.
  if (!rest.empty() || DsseSignedBytes(payload) != bytes) return Malformed();
  return payload;
}

Json DsseToJson(const DsseEnvelope& envelope) {
  Json signatures = Json::Array{};
  signatures.Append(
      Json().Set("keyid", envelope.key_id).Set("sig", ToBase64(AsBytes(envelope.signature))));
  return Json()
      .Set("payload", ToBase64(AsBytes(envelope.payload.content)))
      .Set("payloadType", envelope.payload.type)
      .Set("signatures", std::move(signatures));
}

Result<DsseEnvelope> DsseFromJson(const Json& json) {
  REPRISE_ASSIGN_OR_RETURN(const auto* const signatures, json.GetArray("signatures"));
  if (signatures->size() != 1) {
    return Error{ErrorCode::kCorruption, "an envelope has one signature"};
  }
  DsseEnvelope envelope;
  REPRISE_ASSIGN_OR_RETURN(envelope.payload.type, json.GetString("payloadType"));
  REPRISE_ASSIGN_OR_RETURN(const std::string payload, json.GetString("payload"));
  REPRISE_ASSIGN_OR_RETURN(envelope.payload.content, FromBase64(payload));
  REPRISE_ASSIGN_OR_RETURN(envelope.key_id, (*signatures)[0].GetString("keyid"));
  REPRISE_ASSIGN_OR_RETURN(const std::string signature, (*signatures)[0].GetString("sig"));
  REPRISE_ASSIGN_OR_RETURN(envelope.signature, FromBase64(signature));
  return envelope;
}

Result<std::string> EncodeDsse(const DsseEnvelope& envelope) {
  return Canonicalize(DsseToJson(envelope));
}

Result<DsseEnvelope> DecodeDsse(std::string_view document) {
  const auto decode = [&]() -> Result<DsseEnvelope> {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
    return DsseFromJson(json);
  };
  auto envelope = decode();
  const auto again = envelope.ok() ? EncodeDsse(*envelope) : Result<std::string>("");
  if (!envelope.ok() || !again.ok() || *again != document) {
    return Error{ErrorCode::kCorruption, "a signed statement is no DSSE envelope as we write them"};
  }
  return envelope;
}

Result<DsseEnvelope> SignDsse(DssePayload payload, const crypto::P256PrivateKey& key) {
  DsseEnvelope envelope;
  REPRISE_ASSIGN_OR_RETURN(envelope.signature, key.Sign(AsBytes(DsseSignedBytes(payload))));
  envelope.payload = std::move(payload);
  envelope.key_id = key.PublicKey().Fingerprint().ToHex();
  return envelope;
}

bool IsSignedBy(const DsseEnvelope& envelope, const crypto::P256PublicKey& key) {
  return envelope.key_id == key.Fingerprint().ToHex() &&
         key.Verify(AsBytes(DsseSignedBytes(envelope.payload)), AsBytes(envelope.signature));
}

}  // namespace reprise::storage
