#include "tracker/dataset.h"

#include "storage/base/clock.h"
#include "storage/importer.h"
#include "tracker/actor.h"
#include "tracker/index.h"
#include "tracker/leased_store.h"
#include "tracker/project_path.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

lineage::ArtifactUse UseOf(const storage::Imported& imported, const AddRequest& request) {
  lineage::ArtifactUse use;
  use.path = PathInProject(request.path, request.project_folder);
  use.kind = imported.kind == FileKind::kDirectory ? lineage::ArtifactKind::kFolder
                                                   : lineage::ArtifactKind::kFile;
  use.digest = imported.digest;
  use.size_bytes = imported.size_bytes;
  use.executable = imported.executable;
  use.unstable = !imported.unstable.empty();
  return use;
}

Result<AddOutcome> AddInSession(FileSystem& files, const AddRequest& request, Session& session,
                                LeasedStore& lease) {
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(&lease));
  storage::ImportOptions importing;
  importing.cache_folder = StorePaths(request.store_folder).cache();
  importing.presence = &lease;
  importing.progress = request.progress;
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                           storage::Import(files, request.path, *writer, importing));
  AddOutcome outcome;
  outcome.artifact = UseOf(imported, request);
  outcome.warnings = imported.warnings;
  REPRISE_ASSIGN_OR_RETURN(
      const std::string document,
      EncodeDataset({.name = request.name, .artifact = outcome.artifact, .tags = request.tags}));
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(document)));
  REPRISE_TRY(session.FinishWriter(std::move(writer), &outcome.stats));
  v1::LedgerFact fact;
  fact.set_kind("dataset");
  fact.set_subject(outcome.artifact.digest.ToString());
  fact.set_payload(put.digest.ToStored());
  fact.set_time_unix_ms(NowUnixMs());
  fact.set_actor(CurrentActor());
  REPRISE_TRY(session.Seal({fact}));
  return outcome;
}

}  // namespace

Result<AddOutcome> AddDataset(FileSystem& files, const AddRequest& request,
                              const StoreOptions& store_options) {
  LeasedStore lease(files, request.store_folder, store_options);
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_FACT);
  started.set_started_at_unix_ms(NowUnixMs());
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::Create(files, request.store_folder, Ulid::Generate(), started));
  auto outcome = AddInSession(files, request, *session, lease);
  if (!outcome.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return outcome;
  }
  REPRISE_TRY(lease.WithStore([&](Store& store) { return store.AdoptSession(session->id()); }));
  return outcome;
}

}  // namespace reprise::tracker
