#include "tracker/registry/evidence_file.h"

#include <algorithm>

#include "lineage/governance/model_card.h"
#include "storage/importer.h"
#include "storage/private_folder.h"
#include "tracker/dataset.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/promotion_gate.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

Result<void> RequireNew(const storage::Catalog& catalog, const lineage::Evidence& evidence) {
  REPRISE_ASSIGN_OR_RETURN(const auto known, EvidenceOf(catalog, evidence.model, evidence.version));
  const bool is_known = std::ranges::any_of(known, [&](const lineage::FiledEvidence& filed) {
    return filed.evidence.kind == evidence.kind &&
           filed.evidence.artifact.digest == evidence.artifact.digest;
  });
  if (!is_known) return {};
  return Error{ErrorCode::kInvalidArgument,
               "this content is " + evidence.kind + " evidence of " +
                   lineage::ModelVersionName(evidence.model, evidence.version) + " already"};
}

Result<EvidenceOutcome> Record(Store& store, lineage::Evidence evidence, const std::string& path,
                               const std::string& named, Session& session) {
  FileSystem& files = store.files();
  const auto presence = storage::NewCatalogPresence(store.catalog());
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(presence.get()));
  storage::ImportOptions importing;
  importing.cache_folder = StorePaths(store.folder()).cache();
  importing.presence = presence.get();
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                           storage::Import(files, path, *writer, importing));
  EvidenceOutcome outcome;
  outcome.warnings = imported.warnings;
  evidence.artifact = UseOfImported(imported, named);
  REPRISE_TRY(RequireNew(store.catalog(), evidence));
  REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeEvidence(evidence));
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(document)));
  outcome.document = put.digest;
  REPRISE_TRY(session.FinishWriter(std::move(writer)));
  const std::string subject = lineage::ModelVersionName(evidence.model, evidence.version);
  REPRISE_TRY(session.Seal({NewLedgerFact(std::string(kEvidenceEntry), subject, put.digest)}));
  outcome.evidence = std::move(evidence);
  return outcome;
}

}  // namespace

Result<EvidenceOutcome> AddEvidence(Store& store, const RegisteredModel& model,
                                    const std::string& kind, const std::string& path,
                                    const std::string& named, const std::string& reason) {
  REPRISE_TRY(lineage::CheckEvidenceKind(kind));
  if (kind == lineage::kModelCardKind) {
    REPRISE_ASSIGN_OR_RETURN(const std::string card,
                             ReadFile(store.files(), path, lineage::kModelCardBytesMax));
    REPRISE_TRY(lineage::ParseModelCard(card, named));
  }
  REPRISE_TRY(storage::RequireContent(store.files(), path));
  lineage::Evidence evidence;
  evidence.model = model.version.name;
  evidence.version = model.version.version;
  evidence.model_content = model.version.artifact.digest;
  evidence.kind = kind;
  evidence.reason = reason;
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::CreateForFacts(store.files(), store.folder()));
  auto outcome = Record(store, std::move(evidence), path, named, *session);
  if (!outcome.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return outcome;
  }
  REPRISE_TRY(store.AdoptSession(session->id()));
  return outcome;
}

}  // namespace reprise::tracker
