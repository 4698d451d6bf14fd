// The keys of people, as the ledger tells of them.
//
// Thread-safety: a KeyRing is a value; the functions are as the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/governance/approval.h"
#include "lineage/governance/signing_key.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/dsse.h"
#include "tracker/governance_rows.h"
#include "tracker/store.h"

namespace reprise::tracker {

// A record of a key, newest last.
struct KeyRecord {
  lineage::TrustedKey key;
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
};

struct KeyRevoked {
  std::string reason;
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
};

struct KnownKey {
  Digest fingerprint;
  std::vector<KeyRecord> records;  // At least one.
  std::optional<KeyRevoked> revoked;

  const lineage::TrustedKey& newest() const { return records.back().key; }
};

// When and where in the ledger a statement was recorded.
struct RecordedAt {
  std::int64_t time_unix_ms = 0;
  std::uint64_t ledger_sequence = 0;
};

class KeyRing {
 public:
  // Errors: kCorruption.
  static Result<KeyRing> Load(const storage::Catalog& catalog);
  // Of all documents about keys, in the order of the ledger.  Errors: kCorruption.
  static Result<KeyRing> Of(const std::vector<FiledDocument>& documents);

  const std::vector<KnownKey>& keys() const { return keys_; }  // In the order of the ledger.
  const KnownKey* Find(std::string_view fingerprint_hex) const;

  // The one key whose fingerprint begins with `text`, or whose owner it is.
  // Errors: kNotFound, also of several.
  Result<const KnownKey*> Named(const std::string& text) const;

  // Why a statement counts for nothing; nullopt when its signature is right, and its key was
  // trusted before it was recorded, valid then, is not revoked, and may sign in its role under its
  // name.  With `before`, as the ledger told of revocations before that entry.
  std::optional<std::string> WhyVoid(const storage::DsseEnvelope& envelope,
                                     const lineage::Approval& approval, const RecordedAt& recorded,
                                     std::optional<std::uint64_t> before = std::nullopt) const;

 private:
  std::vector<KnownKey> keys_;
};

// Records that `key` is to count, or counts no longer; in the ledger when the call returns.
// Errors: kInvalidArgument  the key is revoked already, or nothing about it would change.
//         Those of the documents and of Store::AddFact.
Result<void> TrustKey(Store& store, const lineage::TrustedKey& key);
Result<void> RevokeKey(Store& store, const KnownKey& key, const std::string& reason);

}  // namespace reprise::tracker
