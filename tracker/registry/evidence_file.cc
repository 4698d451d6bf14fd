#include "tracker/registry/evidence_file.h"

#include <algorithm>
#include <functional>

#include "lineage/governance/evidence_content.h"
#include "storage/importer.h"
#include "storage/private_folder.h"
#include "tracker/dataset.h"
#include "tracker/evidence_check.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/promotion_gate.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;
using lineage::Evidence;

Result<void> RequireNew(const storage::Catalog& catalog, const Evidence& evidence) {
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

// Stores the evidence by `writer`, and says what it is.
using StoreContent = std::function<Result<ArtifactUse>(storage::ObjectWriter& writer,
                                                       storage::PresenceIndex& presence,
                                                       std::vector<std::string>& warnings)>;

Result<EvidenceOutcome> Record(Store& store, Evidence evidence, const StoreContent& store_content,
                               Session& session) {
  const auto presence = storage::NewCatalogPresence(store.catalog());
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(presence.get()));
  EvidenceOutcome outcome;
  REPRISE_ASSIGN_OR_RETURN(evidence.artifact, store_content(*writer, *presence, outcome.warnings));
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

Result<EvidenceOutcome> RecordInSession(Store& store, const RegisteredModel& model,
                                        const std::string& kind, const std::string& reason,
                                        const StoreContent& store_content) {
  Evidence evidence;
  evidence.model = model.version.name;
  evidence.version = model.version.version;
  evidence.model_content = model.version.artifact.digest;
  evidence.kind = kind;
  evidence.reason = reason;
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::CreateForFacts(store.files(), store.folder()));
  auto outcome = Record(store, std::move(evidence), store_content, *session);
  if (!outcome.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return outcome;
  }
  REPRISE_TRY(store.AdoptSession(session->id()));
  return outcome;
}

}  // namespace

Result<EvidenceOutcome> AddEvidence(Store& store, const RegisteredModel& model,
                                    const std::string& kind, const std::string& path,
                                    const std::string& named, const std::string& reason) {
  REPRISE_TRY(lineage::CheckEvidenceKind(kind));
  REPRISE_TRY(storage::RequireContent(store.files(), path));
  REPRISE_TRY(CheckEvidenceFile(store.files(), kind, path, named));
  return RecordInSession(store, model, kind, reason,
                         [&](storage::ObjectWriter& writer, storage::PresenceIndex& presence,
                             std::vector<std::string>& warnings) -> Result<ArtifactUse> {
                           storage::ImportOptions importing;
                           importing.cache_folder = StorePaths(store.folder()).cache();
                           importing.presence = &presence;
                           REPRISE_ASSIGN_OR_RETURN(
                               const storage::Imported imported,
                               storage::Import(store.files(), path, writer, importing));
                           warnings = imported.warnings;
                           return UseOfImported(imported, named);
                         });
}

Result<EvidenceOutcome> AddEvidenceText(Store& store, const RegisteredModel& model,
                                        const std::string& kind, const std::string& text,
                                        const std::string& named, const std::string& reason) {
  REPRISE_TRY(lineage::CheckEvidenceContent(kind, text, named));
  return RecordInSession(store, model, kind, reason,
                         [&](storage::ObjectWriter& writer, storage::PresenceIndex&,
                             std::vector<std::string>&) -> Result<ArtifactUse> {
                           REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put,
                                                    writer.Put(AsBytes(text)));
                           ArtifactUse use;
                           use.path = named;
                           use.digest = put.digest;
                           use.size_bytes = text.size();
                           return use;
                         });
}

}  // namespace reprise::tracker
