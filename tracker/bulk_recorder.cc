#include "tracker/bulk_recorder.h"

namespace reprise::tracker {

BulkRecorder::BulkRecorder(Store& store)
    : store_(store), presence_(storage::NewCatalogPresence(store.catalog())) {}

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
  REPRISE_ASSIGN_OR_RETURN(const std::string recipe_document, lineage::EncodeRecipe(recipe));
  REPRISE_ASSIGN_OR_RETURN(run.recipe, Put(AsBytes(recipe_document)));
  if (code != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(const std::string code_document, lineage::EncodeCode(*code));
    REPRISE_ASSIGN_OR_RETURN(run.code, Put(AsBytes(code_document)));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string run_document, lineage::EncodeRunRecord(run));
  REPRISE_ASSIGN_OR_RETURN(const Digest payload, Put(AsBytes(run_document)));
  v1::LedgerFact& fact = facts_.emplace_back(NewLedgerFact("run", run.id.ToString(), payload));
  fact.set_time_unix_ms(run.ended_at_unix_ms.value_or(run.started_at_unix_ms));
  if (!run.actor.empty()) fact.set_actor(run.actor);
  return facts_.size() < kRunsAtOnce ? Result<void>() : Commit();
}

Result<void> BulkRecorder::Commit() {
  if (session_ == nullptr) return {};
  REPRISE_TRY(session_->FinishWriter(std::move(writer_)));
  REPRISE_TRY(session_->Seal(facts_));
  const Ulid id = session_->id();
  session_.reset();
  facts_.clear();
  return store_.AdoptSession(id);
}

}  // namespace reprise::tracker
