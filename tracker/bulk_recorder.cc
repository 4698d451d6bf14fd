#include "tracker/bulk_recorder.h"

#include <pthread.h>

#include <csignal>

namespace reprise::tracker {

BulkRecorder::BulkRecorder(Store& store, std::size_t runs_at_once)
    : store_(store),
      runs_at_once_(runs_at_once),
      presence_(storage::NewCatalogPresence(store.catalog())) {}

BulkRecorder::~BulkRecorder() {
  writer_.reset();
  if (session_ != nullptr) (void)session_->Abandon();  // The next one to open the store sweeps.
}

Result<void> BulkRecorder::Begin() {
  if (session_ != nullptr) return {};
  REPRISE_ASSIGN_OR_RETURN(session_, Session::CreateForFacts(store_.files(), store_.folder()));
  REPRISE_ASSIGN_OR_RETURN(writer_, session_->NewWriter(presence_.get(), 1));
  return {};
}

Result<Digest> BulkRecorder::Put(ByteSpan content) {
  REPRISE_TRY(Begin());
  REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(content));
  return put.digest;
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
  v1::LedgerFact& fact =
      facts_.emplace_back(NewLedgerFact("run", run.id.ToString(), payload, run.actor));
  fact.set_time_unix_ms(run.ended_at_unix_ms.value_or(run.started_at_unix_ms));
  StoredRun stored;
  stored.record = std::move(run);
  stored.recipe = recipe;
  if (code != nullptr) stored.code = *code;
  held_.runs.insert_or_assign(payload, NewRunDocuments(std::move(texts), std::move(stored)));
  if (facts_.size() < runs_at_once_) return {};
  REPRISE_TRY(AwaitAdoption());
  REPRISE_TRY(Seal());
  AdoptMeanwhile();
  return {};
}

Result<void> BulkRecorder::Seal() {
  REPRISE_TRY(session_->FinishWriter(std::move(writer_)));
  REPRISE_TRY(session_->Seal(facts_));
  adoption_ = std::make_unique<Adoption>();
  adoption_->id = session_->id();
  adoption_->held = std::exchange(held_, {});
  session_.reset();
  facts_.clear();
  return {};
}

void BulkRecorder::AdoptMeanwhile() {
  // A signal that is sent to the process must come to whoever waits for it, not to this thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  adoption_->thread = std::jthread([&store = store_, adoption = adoption_.get()] {
    adoption->done = store.AdoptSession(adoption->id, &adoption->held);
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
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
  if (session_ == nullptr) return {};
  REPRISE_TRY(Seal());
  const std::unique_ptr<Adoption> adoption = std::move(adoption_);
  return store_.AdoptSession(adoption->id, &adoption->held);
}

}  // namespace reprise::tracker
