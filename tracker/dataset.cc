#include "tracker/dataset.h"

#include <mutex>
#include <set>

#include "storage/importer.h"
#include "storage/private_folder.h"
#include "tracker/erasure.h"
#include "tracker/index.h"
#include "tracker/leased_store.h"
#include "tracker/project_path.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

// Notes what the store does not have, which is what may have been erased.
class AbsenceWatch final : public storage::PresenceIndex {
 public:
  explicit AbsenceWatch(storage::PresenceIndex& index) : index_(index) {}

  Result<bool> HasTree(const Digest& tree) override { return index_.HasTree(tree); }
  Result<std::vector<bool>> HasChunks(std::span<const Digest> digests) override {
    return Note(digests, index_.HasChunks(digests));
  }
  Result<std::vector<bool>> HasObjects(std::span<const Digest> digests) override {
    return Note(digests, index_.HasObjects(digests));
  }

  // The first that was erased, in the order of digests.
  // Errors: kAlreadyExists, with the sentence; those of the catalog.
  Result<void> RefuseErased(const storage::Catalog& catalog, const std::string& path) {
    const std::lock_guard lock(mutex_);
    for (const Digest& digest : absent_) {
      REPRISE_ASSIGN_OR_RETURN(const auto erased, ErasedNow(catalog, digest));
      if (!erased.has_value()) continue;
      return Error{ErrorCode::kAlreadyExists,
                   "cannot add '" + Printable(path) + "': its content " + digest.ToString() + " " +
                       storage::SentenceOfErasure(*erased) + "; --again stores it all the same"};
    }
    return {};
  }

 private:
  Result<std::vector<bool>> Note(std::span<const Digest> digests,
                                 Result<std::vector<bool>> answer) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; answer.ok() && i < digests.size(); ++i) {
      if (!(*answer)[i]) absent_.insert(digests[i]);
    }
    return answer;
  }

  storage::PresenceIndex& index_;
  std::mutex mutex_;
  std::set<Digest> absent_;
};

struct Added {
  AddOutcome outcome;
  v1::LedgerFact fact;
};

Result<Added> AddOne(FileSystem& files, const AddRequest& request, const std::string& path,
                     Session& session, LeasedStore& lease) {
  REPRISE_TRY(storage::RequireContent(files, path));
  AbsenceWatch watch(lease);
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(&watch));
  storage::ImportOptions importing;
  importing.cache_folder = StorePaths(request.store_folder).cache();
  importing.presence = &watch;
  importing.progress = request.progress;
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                           storage::Import(files, path, *writer, importing));
  Added added;
  AddOutcome& outcome = added.outcome;
  outcome.artifact = UseOfImported(imported, PathInProject(path, request.project_folder));
  outcome.warnings = imported.warnings;
  REPRISE_ASSIGN_OR_RETURN(
      const std::string document,
      EncodeDataset({.name = request.name, .artifact = outcome.artifact, .tags = request.tags}));
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(document)));
  REPRISE_TRY(session.FinishWriter(std::move(writer), &outcome.stats));
  if (!request.again) {
    REPRISE_TRY(lease.WithStore(
        [&](Store& store) { return watch.RefuseErased(store.catalog(), outcome.artifact.path); }));
  }
  added.fact = NewLedgerFact("dataset", outcome.artifact.digest.ToString(), put.digest);
  return added;
}

Result<std::vector<AddOutcome>> AddInSession(FileSystem& files, const AddRequest& request,
                                             Session& session, LeasedStore& lease) {
  std::vector<AddOutcome> outcomes;
  std::vector<v1::LedgerFact> facts;
  for (const std::string& path : request.paths) {
    REPRISE_ASSIGN_OR_RETURN(Added added, AddOne(files, request, path, session, lease));
    outcomes.push_back(std::move(added.outcome));
    facts.push_back(std::move(added.fact));
  }
  REPRISE_TRY(session.Seal(facts));
  return outcomes;
}

}  // namespace

lineage::ArtifactUse UseOfImported(const storage::Imported& imported, std::string path) {
  lineage::ArtifactUse use;
  use.path = std::move(path);
  use.kind = imported.kind == FileKind::kDirectory ? lineage::ArtifactKind::kFolder
                                                   : lineage::ArtifactKind::kFile;
  use.digest = imported.digest;
  use.size_bytes = imported.size_bytes;
  use.executable = imported.executable;
  use.unstable = !imported.unstable.empty();
  return use;
}

Result<std::vector<AddOutcome>> AddDatasets(FileSystem& files, const AddRequest& request,
                                            const StoreOptions& store_options) {
  LeasedStore lease(files, request.store_folder, store_options);
  REPRISE_ASSIGN_OR_RETURN(const auto session,
                           Session::CreateForFacts(files, request.store_folder));
  auto outcomes = AddInSession(files, request, *session, lease);
  if (!outcomes.ok()) {
    (void)session->Abandon();  // The first failure is the one to report.
    return outcomes;
  }
  const auto adopted =
      lease.WithStore([&](Store& store) { return store.AdoptSession(session->id()); });
  if (!adopted.ok()) {  // It is sealed, so that trying again would add it twice.
    outcomes->back().warnings.push_back("recorded, awaiting adoption by the next command: " +
                                        adopted.error().message);
  }
  return outcomes;
}

}  // namespace reprise::tracker
