#include "tracker/bulk_recorder.h"

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

BulkRecorder::~BulkRecorder() { Abandon(); }

void BulkRecorder::Abandon() {
  writer_.reset();
  for (const auto& [name, id] : names_) ReleaseRunName(files_, store_folder_, name, id);
  names_.clear();
  if (session_ != nullptr) (void)session_->Abandon();  // The next one to open the store sweeps.
  session_.reset();
}

Result<void> BulkRecorder::Begin() {
  if (session_ != nullptr) return {};
  REPRISE_ASSIGN_OR_RETURN(session_, Session::CreateForFacts(files_, store_folder_));
  REPRISE_ASSIGN_OR_RETURN(writer_, session_->NewWriter(&presence_, options_.writer_threads));
  return {};
}

Result<storage::ObjectWriter*> BulkRecorder::Writer() {
  REPRISE_TRY(Begin());
  return writer_.get();
}

Result<Digest> BulkRecorder::Put(ByteSpan content) {
  REPRISE_TRY(Begin());
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(content));
  return put.digest;
}

void BulkRecorder::HoldName(std::string name, const Ulid& id) {
  names_.emplace_back(std::move(name), id);
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
  facts_.push_back(NewLedgerFact("run", run.id.ToString(), payload));
  StoredRun stored;
  stored.record = std::move(run);
  stored.recipe = recipe;
  if (code != nullptr) stored.code = *code;
  held_.runs.insert_or_assign(payload, NewRunDocuments(std::move(texts), std::move(stored)));
  const bool is_full = facts_.size() >= options_.runs_at_once ||
                       writer_->stats().logical_bytes >= options_.bytes_at_once;
  if (!is_full) return {};
  REPRISE_TRY(AwaitAdoption());
  REPRISE_TRY(Seal());
  AdoptMeanwhile();
  return {};
}

Result<void> BulkRecorder::Seal() {
  storage::WriterStats stats;
  REPRISE_TRY(session_->FinishWriter(std::move(writer_), &stats));
  if (!names_.empty()) {
    REPRISE_TRY(files_.SyncDirectory(StorePaths(store_folder_).names()));
  }
  REPRISE_TRY(session_->Seal(facts_));
  stored_bytes_ += stats.stored_bytes;
  names_.clear();  // From here on they are those of runs, whatever happens.
  adoption_ = std::make_unique<Adoption>();
  adoption_->id = session_->id();
  adoption_->held = std::exchange(held_, {});
  session_.reset();
  facts_.clear();
  return {};
}

void BulkRecorder::AdoptMeanwhile() {
  const ThreadsTakeNoSignals scope;
  adoption_->thread = std::jthread([this, adoption = adoption_.get()] {
    adoption->done = adopt_(adoption->id, adoption->held);
  });
}

Result<void> BulkRecorder::AwaitAdoption() {
  if (adoption_ == nullptr) return {};
  adoption_->thread.join();
  const Result<void> done = std::move(adoption_->done);
  adoption_.reset();
  return done;
}

Result<void> BulkRecorder::Commit() {
  REPRISE_TRY(AwaitAdoption());
  if (facts_.empty()) {  // Content that no run names is nothing.
    Abandon();
    return {};
  }
  REPRISE_TRY(Seal());
  const std::unique_ptr<Adoption> adoption = std::move(adoption_);
  return adopt_(adoption->id, adoption->held);
}

}  // namespace reprise::tracker
