#include "tracker/governance_rows.h"

#include "lineage/governance/approval.h"
#include "lineage/governance/attestation.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/policy.h"
#include "lineage/governance/signing_key.h"
#include "lineage/model_version.h"
#include "storage/crypto/sha256.h"
#include "storage/dsse.h"
#include "tracker/catalog_fact.h"

namespace reprise::tracker {
namespace {

using storage::Space;

// "governance/KIND/GROUP" and a zero byte: what is said of one model, or of no model in particular.
std::string RowPrefix(std::string_view kind, std::string_view group) {
  std::string prefix = "governance/";
  prefix += kind;
  prefix += '/';
  prefix += group;
  prefix += '\0';
  return prefix;
}

Error Damaged(const std::string& what) {
  return {ErrorCode::kCorruption, "the records of governance are damaged: " + what};
}

// What a document is about: the subject that its entry must have, and the group of its row.
struct About {
  std::string subject;
  std::string group;
};

Result<About> AboutOf(std::string_view kind, const std::string& document) {
  if (kind == kKeyEntry) {
    if (lineage::IsKeyRevocation(document)) {
      REPRISE_ASSIGN_OR_RETURN(const auto revocation, lineage::DecodeKeyRevocation(document));
      return About{lineage::KeySubject(revocation.fingerprint), ""};
    }
    REPRISE_ASSIGN_OR_RETURN(const auto key, lineage::DecodeTrustedKey(document));
    return About{lineage::KeySubject(key.key.Fingerprint()), ""};
  }
  if (kind == kPolicyEntry) {
    const auto policy = lineage::ParsePolicy(document, "policy", 0);
    if (!policy.ok()) return Damaged(policy.error().message);
    return About{std::string(kPolicySubject), ""};
  }
  if (kind == kEvidenceEntry) {
    REPRISE_ASSIGN_OR_RETURN(const auto evidence, lineage::DecodeEvidence(document));
    return About{lineage::ModelVersionName(evidence.model, evidence.version), evidence.model};
  }
  if (kind == kAttestationEntry) {
    REPRISE_ASSIGN_OR_RETURN(const auto attestation, lineage::DecodeAttestation(document));
    const lineage::StatementVersion& about = attestation.content.about;
    return About{lineage::ModelVersionName(about.model, about.version), about.model};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto envelope, storage::DecodeDsse(document));
  if (envelope.payload.type != storage::kInTotoPayloadType) {
    return Damaged("what is signed is no in-toto statement");
  }
  REPRISE_ASSIGN_OR_RETURN(const auto approval, lineage::DecodeApproval(envelope.payload.content));
  return About{lineage::ModelVersionName(approval.model, approval.version), approval.model};
}

Result<std::vector<FiledDocument>> DocumentsOf(const storage::Catalog& catalog,
                                               const std::string& prefix) {
  std::vector<FiledDocument> documents;
  bool is_damaged = false;
  REPRISE_TRY(
      catalog.Scan(Space::kName, {.prefix = prefix}, [&](std::string_view, std::string_view value) {
        v1::CatalogFact fact;
        is_damaged = !fact.ParseFromArray(value.data(), static_cast<int>(value.size()));
        if (is_damaged) return false;
        const Digest digest = crypto::Sha256(AsBytes(fact.document()));
        documents.push_back({std::move(*fact.mutable_document()), digest, fact.time_unix_ms(),
                             fact.actor(), fact.ledger_sequence()});
        return true;
      }));
  if (is_damaged) return Damaged("a row of the catalog cannot be read");
  return documents;
}

}  // namespace

bool IsGovernanceEntry(std::string_view kind) {
  return kind == kKeyEntry || kind == kPolicyEntry || kind == kEvidenceEntry ||
         kind == kStatementEntry || kind == kAttestationEntry;
}

Result<void> IndexGovernanceEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                                  storage::CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(std::string document, objects.Get(entry.payload));
  REPRISE_ASSIGN_OR_RETURN(const About about, AboutOf(entry.kind, document));
  if (about.subject != entry.subject) {
    return Damaged("an entry about '" + Printable(entry.subject) + "' holds a document about " +
                   about.subject);
  }
  std::string key = RowPrefix(entry.kind, about.group);
  AppendBe(key, entry.sequence);
  batch.Put(Space::kName, std::move(key),
            CatalogFactOf(entry, std::move(document)).SerializeAsString());
  return {};
}

Result<std::vector<FiledDocument>> KeyDocuments(const storage::Catalog& catalog) {
  return DocumentsOf(catalog, RowPrefix(kKeyEntry, ""));
}

Result<std::vector<FiledDocument>> PolicyDocuments(const storage::Catalog& catalog) {
  return DocumentsOf(catalog, RowPrefix(kPolicyEntry, ""));
}

Result<std::vector<FiledDocument>> EvidenceDocuments(const storage::Catalog& catalog,
                                                     std::string_view model) {
  return DocumentsOf(catalog, RowPrefix(kEvidenceEntry, model));
}

Result<std::vector<FiledDocument>> StatementDocuments(const storage::Catalog& catalog,
                                                      std::string_view model) {
  return DocumentsOf(catalog, RowPrefix(kStatementEntry, model));
}

Result<std::vector<FiledDocument>> AttestationDocuments(const storage::Catalog& catalog,
                                                        std::string_view model) {
  return DocumentsOf(catalog, RowPrefix(kAttestationEntry, model));
}

}  // namespace reprise::tracker
