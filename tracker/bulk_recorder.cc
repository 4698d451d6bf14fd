#include "tracker/bulk_recorder.h"

#include <algorithm>
#include <tuple>

#include "storage/base/signal_mask.h"
#include "tracker/actor.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

bool IsSame(const lineage::Code& a, const lineage::Code& b) {
  const auto parts = [](const lineage::Code& code) {
    // A part that is added to them is missed here at once.
    const auto& [commit, branch, remotes, submodules, dirty, tree, patch] = code;
    return std::tie(commit, branch, remotes, submodules, dirty, tree, patch);
  };
  return parts(a) == parts(b);
}

}  // namespace

BulkRecorder::BulkRecorder(Store& store, BulkOptions options)
    : files_(store.files()),
      store_folder_(store.folder()),
      options_(options),
      actor_(CurrentActor()),
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
      actor_(CurrentActor()),
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

Result<const BulkRecorder::KnownCode*> BulkRecorder::PutCode(const lineage::Code& code) {
  auto& known = gathered_.code;
  if (known.has_value() && IsSame(known->code, code)) return &*known;
  REPRISE_ASSIGN_OR_RETURN(std::string document, lineage::EncodeCode(code));
  REPRISE_ASSIGN_OR_RETURN(const Digest digest, Put(AsBytes(document)));
  return &gathered_.code.emplace(code, std::move(document), digest);
}

Result<void> BulkRecorder::AddRun(lineage::RunRecord run, lineage::Recipe recipe,
                                  const lineage::Code* code) {
  v1::CatalogRun texts;
  REPRISE_ASSIGN_OR_RETURN(*texts.mutable_recipe_document(), lineage::EncodeRecipe(recipe));
  REPRISE_ASSIGN_OR_RETURN(run.recipe, Put(AsBytes(texts.recipe_document())));
  if (code != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(const KnownCode* const known, PutCode(*code));
    texts.set_code_document(known->document);
    run.code = known->digest;
  }
  REPRISE_ASSIGN_OR_RETURN(*texts.mutable_run_document(), lineage::EncodeRunRecord(run));
  REPRISE_ASSIGN_OR_RETURN(const Digest payload, Put(AsBytes(texts.run_document())));
  gathered_.facts.push_back(NewLedgerFact("run", run.id.ToString(), payload, actor_));
  StoredRun stored;
  stored.record = std::move(run);
  stored.recipe = std::move(recipe);
  if (code != nullptr) stored.code = *code;
  gathered_.held.runs.insert_or_assign(payload, NewRunDocuments(texts, std::move(stored)));
  const bool is_full = gathered_.facts.size() >= std::min(runs_at_once_, options_.runs_at_once) ||
                       gathered_.writer->stats().logical_bytes >= options_.bytes_at_once;
  if (!is_full) return {};
  runs_at_once_ = std::min(2 * runs_at_once_, options_.runs_at_once);
  REPRISE_TRY(FinishContent());  // Here, because the thread that adopts has more to do.
  if (auto adopted = AwaitAdoption(); !adopted.ok()) {
    Abandon(gathered_);
    return adopted;
  }
  EnterMeanwhile();
  return {};
}

Result<void> BulkRecorder::FinishContent() {
  storage::WriterStats stats;
  auto finished = gathered_.session->FinishWriter(std::move(gathered_.writer), &stats);
  if (!finished.ok()) Abandon(gathered_);
  gathered_.stored_bytes = stats.stored_bytes;
  return finished;
}

Result<void> BulkRecorder::Enter(Gathered& gathered) const {
  const auto seal = [&]() -> Result<void> {
    if (!gathered.names.empty()) {
      REPRISE_TRY(files_.SyncDirectory(StorePaths(store_folder_).names()));
    }
    return gathered.session->Seal(gathered.facts);
  };
  if (auto sealed = seal(); !sealed.ok()) {
    Abandon(gathered);
    return sealed;
  }
  // From here on the names are those of runs, whatever happens.
  const Ulid id = gathered.session->id();
  gathered.session.reset();
  return adopt_(id, gathered.held);
}

void BulkRecorder::EnterMeanwhile() {
  adoption_ = std::make_unique<Adoption>();
  adoption_->gathered = std::exchange(gathered_, {});
  const ThreadsTakeNoSignals scope;
  adoption_->thread = std::jthread(
      [this, adoption = adoption_.get()] { adoption->entered = Enter(adoption->gathered); });
}

Result<void> BulkRecorder::AwaitAdoption() {
  if (adoption_ == nullptr) return {};
  adoption_->thread.join();
  const std::unique_ptr<Adoption> adoption = std::move(adoption_);
  if (adoption->entered.ok()) stored_bytes_ += adoption->gathered.stored_bytes;
  return adoption->entered;
}

Result<void> BulkRecorder::Commit() {
  REPRISE_TRY(AwaitAdoption());
  if (gathered_.facts.empty()) {  // Content that no run names is nothing.
    Abandon(gathered_);
    return {};
  }
  REPRISE_TRY(FinishContent());
  Gathered gathered = std::exchange(gathered_, {});
  REPRISE_TRY(Enter(gathered));
  stored_bytes_ += gathered.stored_bytes;
  return {};
}

}  // namespace reprise::tracker
