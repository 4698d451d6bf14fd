#include "tracker/bulk_recorder.h"

#include <algorithm>

#include "storage/base/signal_mask.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

BulkRecorder::BulkRecorder(Store& store, BulkOptions options)
    : files_(store.files()),
      store_folder_(store.folder()),
      options_(options),
      own_presence_(storage::NewCatalogPresence(store.catalog())),
      presence_(*own_presence_),
      adopt_([&store](const Ulid& session, HeldDocuments& held) {
        return store.AdoptSession(session, &held);
      }) {}

BulkRecorder::BulkRecorder(FileSystem& files, std::string store_folder, LeasedStore& store,
                           BulkOptions options)
    : files_(files),
      store_folder_(std::move(store_folder)),
      options_(options),
      presence_(store),
      adopt_([&store](const Ulid& session, HeldDocuments& held) {
        return store.WithStore([&](Store& open) { return open.AdoptSession(session, &held); });
      }) {}

BulkRecorder::~BulkRecorder() {
  (void)AwaitAdoption();  // Whoever wants to know commits.
  Abandon(gathered_);
}

void BulkRecorder::Abandon(Gathered& gathered) const {
  gathered.writer.reset();
  for (const auto& [name, id] : gathered.names) ReleaseRunName(files_, store_folder_, name, id);
  // The next one to open the store sweeps.
  if (gathered.session != nullptr) (void)gathered.session->Abandon();
  gathered = {};
}

Result<void> BulkRecorder::Begin() {
  if (gathered_.session != nullptr) return {};
  REPRISE_ASSIGN_OR_RETURN(gathered_.session, Session::CreateForFacts(files_, store_folder_));
  REPRISE_ASSIGN_OR_RETURN(gathered_.writer,
                           gathered_.session->NewWriter(&presence_, options_.writer_threads));
  return {};
}

Result<storage::ObjectWriter*> BulkRecorder::Writer() {
  REPRISE_TRY(Begin());
  return gathered_.writer.get();
}

Result<Digest> BulkRecorder::Put(ByteSpan content) {
  REPRISE_TRY(Begin());
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, gathered_.writer->Put(content));
  return put.digest;
}

void BulkRecorder::HoldName(std::string name, const Ulid& id) {
  gathered_.names.emplace_back(std::move(name), id);
}

Result<void> BulkRecorder::AddRun(lineage::RunRecord run, const lineage::Recipe& recipe,
                                  const lineage::Code* code) {
  v1::CatalogRun texts;
  REPRISE_ASSIGN_OR_RETURN(*texts.mutable_recipe_document(), lineage::EncodeRecipe(recipe));
  REPRISE_ASSIGN_OR_RETURN(run.recipe, Put(AsBytes(texts.recipe_document())));
  if (code != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(*texts.mutable_code_document(), lineage::EncodeCode(*code));
    REPRISE_ASSIGN_OR_RETURN(run.code, Put(AsBytes(texts.code_document())));
  }
  REPRISE_ASSIGN_OR_RETURN(*texts.mutable_run_document(), lineage::EncodeRunRecord(run));
  REPRISE_ASSIGN_OR_RETURN(const Digest payload, Put(AsBytes(texts.run_document())));
  gathered_.facts.push_back(NewLedgerFact("run", run.id.ToString(), payload));
  StoredRun stored;
  stored.record = std::move(run);
  stored.recipe = recipe;
  if (code != nullptr) stored.code = *code;
  gathered_.held.runs.insert_or_assign(payload,
                                       NewRunDocuments(std::move(texts), std::move(stored)));
  const bool is_full = gathered_.facts.size() >= std::min(runs_at_once_, options_.runs_at_once) ||
                       gathered_.writer->stats().logical_bytes >= options_.bytes_at_once;
  if (!is_full) return {};
  runs_at_once_ = std::min(2 * runs_at_once_, options_.runs_at_once);
  REPRISE_TRY(AwaitAdoption());
  EnterMeanwhile();
  return {};
}

Result<std::uint64_t> BulkRecorder::Enter(Gathered& gathered) const {
  const auto seal = [&]() -> Result<std::uint64_t> {
    storage::WriterStats stats;
    REPRISE_TRY(gathered.session->FinishWriter(std::move(gathered.writer), &stats));
    if (!gathered.names.empty()) {
      REPRISE_TRY(files_.SyncDirectory(StorePaths(store_folder_).names()));
    }
    REPRISE_TRY(gathered.session->Seal(gathered.facts));
    return stats.stored_bytes;
  };
  auto sealed = seal();
  if (!sealed.ok()) {
    Abandon(gathered);
    return sealed;
  }
  // From here on the names are those of runs, whatever happens.
  const Ulid id = gathered.session->id();
  gathered.session.reset();
  REPRISE_TRY(adopt_(id, gathered.held));
  return sealed;
}

void BulkRecorder::EnterMeanwhile() {
  adoption_ = std::make_unique<Adoption>();
  adoption_->gathered = std::exchange(gathered_, {});
  const ThreadsTakeNoSignals scope;
  adoption_->thread = std::jthread(
      [this, adoption = adoption_.get()] { adoption->stored_bytes = Enter(adoption->gathered); });
}

Result<void> BulkRecorder::AwaitAdoption() {
  if (adoption_ == nullptr) return {};
  adoption_->thread.join();
  const Result<std::uint64_t> stored_bytes = std::move(adoption_->stored_bytes);
  adoption_.reset();
  if (!stored_bytes.ok()) return stored_bytes.error();
  stored_bytes_ += *stored_bytes;
  return {};
}

Result<void> BulkRecorder::Commit() {
  REPRISE_TRY(AwaitAdoption());
  if (gathered_.facts.empty()) {  // Content that no run names is nothing.
    Abandon(gathered_);
    return {};
  }
  Gathered gathered = std::exchange(gathered_, {});
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t stored_bytes, Enter(gathered));
  stored_bytes_ += stored_bytes;
  return {};
}

}  // namespace reprise::tracker
