#include "tracker/registry/key_ring.h"

#include <algorithm>

#include "storage/base/clock.h"

namespace reprise::tracker {

Result<KeyRing> KeyRing::Load(const storage::Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const auto documents, KeyDocuments(catalog));
  return Of(documents);
}

Result<KeyRing> KeyRing::Of(const std::vector<FiledDocument>& documents) {
  KeyRing ring;
  const auto known = [&](const Digest& fingerprint) -> KnownKey& {
    const auto found = std::ranges::find(ring.keys_, fingerprint, &KnownKey::fingerprint);
    if (found != ring.keys_.end()) return *found;
    ring.keys_.push_back({.fingerprint = fingerprint, .records = {}, .revoked = std::nullopt});
    return ring.keys_.back();
  };
  for (const FiledDocument& filed : documents) {
    if (lineage::IsKeyRevocation(filed.document)) {
      REPRISE_ASSIGN_OR_RETURN(auto revocation, lineage::DecodeKeyRevocation(filed.document));
      KnownKey& key = known(revocation.fingerprint);
      if (key.revoked.has_value()) continue;  // Once is for good.
      key.revoked = KeyRevoked{std::move(revocation.reason), filed.time_unix_ms, filed.actor,
                               filed.ledger_sequence};
    } else {
      REPRISE_ASSIGN_OR_RETURN(auto key, lineage::DecodeTrustedKey(filed.document));
      const Digest fingerprint = key.key.Fingerprint();
      known(fingerprint)
          .records.push_back(
              {std::move(key), filed.time_unix_ms, filed.actor, filed.ledger_sequence});
    }
  }
  // A key that was revoked and never trusted can sign nothing, and has nothing to show.
  std::erase_if(ring.keys_, [](const KnownKey& key) { return key.records.empty(); });
  return ring;
}

const KnownKey* KeyRing::Find(std::string_view fingerprint_hex) const {
  const auto found = std::ranges::find_if(
      keys_, [&](const KnownKey& key) { return key.fingerprint.ToHex() == fingerprint_hex; });
  return found == keys_.end() ? nullptr : &*found;
}

Result<const KnownKey*> KeyRing::Named(const std::string& text) const {
  constexpr std::size_t kPrefixMin = 4;
  const KnownKey* found = nullptr;
  bool is_ambiguous = false;
  for (const KnownKey& key : keys_) {
    const bool is_meant = key.newest().owner == text ||
                          (text.size() >= kPrefixMin && key.fingerprint.ToHex().starts_with(text));
    if (!is_meant) continue;
    is_ambiguous = found != nullptr;
    found = &key;
    if (is_ambiguous) break;
  }
  if (found != nullptr && !is_ambiguous) return found;
  return Error{ErrorCode::kNotFound,
               is_ambiguous ? "'" + Printable(text) +
                                  "' names several keys; give more of the "
                                  "fingerprint (`reprise key list`)"
                            : "there is no trusted key '" + Printable(text) +
                                  "'; `reprise key list` lists them by fingerprint and owner"};
}

const lineage::TrustedKey* KnownKey::Before(std::uint64_t ledger_sequence) const {
  const lineage::TrustedKey* in_force = nullptr;
  for (const KeyRecord& record : records) {
    if (record.ledger_sequence < ledger_sequence) in_force = &record.key;
  }
  return in_force;
}

std::optional<std::string> KeyRing::WhyVoid(const KnownKey* key, bool is_signature_right,
                                            const RecordedAt& recorded,
                                            std::optional<std::uint64_t> before) {
  if (key == nullptr) return "its key is not trusted";
  if (!is_signature_right) return "its signature is wrong";
  if (key->revoked.has_value() && key->revoked->ledger_sequence < before.value_or(UINT64_MAX)) {
    return "its key was revoked (" + Printable(key->revoked->reason) + ")";
  }
  const lineage::TrustedKey* const trusted = key->Before(recorded.ledger_sequence);
  if (trusted == nullptr) return "its key was not trusted yet";
  if (!trusted->IsValidAt(recorded.time_unix_ms)) return "its key was not valid then";
  return std::nullopt;
}

std::optional<std::string> KeyRing::WhyVoid(const storage::DsseEnvelope& envelope,
                                            const lineage::Approval& approval,
                                            const RecordedAt& recorded,
                                            std::optional<std::uint64_t> before) const {
  const KnownKey* const key = Find(envelope.key_id);
  const bool is_right = key != nullptr && storage::IsSignedBy(envelope, key->newest().key);
  if (auto why = WhyVoid(key, is_right, recorded, before)) return why;
  const lineage::TrustedKey& trusted = *key->Before(recorded.ledger_sequence);
  if (!trusted.HasRole(approval.role)) {
    return "its key may not sign as " + Printable(approval.role);
  }
  if (trusted.owner != approval.owner || trusted.printed_name != approval.printed_name) {
    return "it names another person than its key's owner";
  }
  // By a clock that runs fast, it would outrank what its owner says later.
  if (approval.signed_at_unix_ms > recorded.time_unix_ms) {
    return "it says that it was signed later than it was recorded";
  }
  return std::nullopt;
}

Result<void> TrustKey(Store& store, const lineage::TrustedKey& key) {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeTrustedKey(key));
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  const Digest fingerprint = key.key.Fingerprint();
  if (const KnownKey* const known = ring.Find(fingerprint.ToHex())) {
    if (known->revoked.has_value()) {
      return Error{ErrorCode::kInvalidArgument,
                   "this key was revoked, which is for good: make a new one"};
    }
    if (known->newest() == key) {
      return Error{ErrorCode::kInvalidArgument, "this key is trusted so already"};
    }
    // Who signs with one key is one person, to whoever counts approvals.
    if (known->newest().owner != key.owner) {
      return Error{ErrorCode::kInvalidArgument,
                   "this key is that of '" + Printable(known->newest().owner) +
                       "' and stays so; another person needs a key of their own"};
    }
  }
  return store.AddFact(std::string(kKeyEntry), lineage::KeySubject(fingerprint), document);
}

Result<void> RevokeKey(Store& store, const KnownKey& key, const std::string& reason) {
  if (key.revoked.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 "this key was revoked on " + FormatTime(key.revoked->time_unix_ms)};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string document,
                           lineage::EncodeKeyRevocation({key.fingerprint, reason}));
  return store.AddFact(std::string(kKeyEntry), lineage::KeySubject(key.fingerprint), document);
}

}  // namespace reprise::tracker
