// What the ledger says of keys, policies, evidence, signed statements and attestations, as rows of
// the catalog (docs/formats/catalog_keys.md).
//
// Thread-safety: as the catalog.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/ledger_entry.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// Kinds of ledger entries, and their subjects.
inline constexpr std::string_view kKeyEntry = "key";                  // "key:<fingerprint>"
inline constexpr std::string_view kPolicyEntry = "policy";            // kPolicySubject
inline constexpr std::string_view kEvidenceEntry = "evidence";        // "NAME@VERSION"
inline constexpr std::string_view kStatementEntry = "statement";      // Likewise.
inline constexpr std::string_view kAttestationEntry = "attestation";  // Likewise.
inline constexpr std::string_view kPolicySubject = "policy";

bool IsGovernanceEntry(std::string_view kind);

// Adds the row of an entry of those kinds.  A statement's signature is not looked at: whether it
// counts is decided by whoever counts it.
// Errors: kCorruption  its document is damaged, or says something else than the entry.
//         kNotFound    its document is missing.
Result<void> IndexGovernanceEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                                  storage::CatalogBatch& batch);

// A document that an entry of the ledger holds.
struct FiledDocument {
  std::string document;
  Digest digest;  // Of it.
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
};

// All of one kind, in the order of the ledger.  Errors: kCorruption  a row cannot be read.
Result<std::vector<FiledDocument>> KeyDocuments(const storage::Catalog& catalog);
Result<std::vector<FiledDocument>> PolicyDocuments(const storage::Catalog& catalog);
// Those about any version of a model.
Result<std::vector<FiledDocument>> EvidenceDocuments(const storage::Catalog& catalog,
                                                     std::string_view model);
Result<std::vector<FiledDocument>> StatementDocuments(const storage::Catalog& catalog,
                                                      std::string_view model);
Result<std::vector<FiledDocument>> AttestationDocuments(const storage::Catalog& catalog,
                                                        std::string_view model);

}  // namespace reprise::tracker
