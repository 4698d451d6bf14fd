// Records very many runs at once, as an import does: those that ended elsewhere, of which only
// their documents are known.
//
// Runs gather in a session, which is sealed and adopted as a whole: one sync for each file of it,
// one checkpoint of the ledger, one batch of the catalog for thousands of runs.  A full session is
// adopted by a thread while the next one gathers.  A crash loses the runs since the last Commit()
// and nothing else.
//
// Thread-safety: one thread at a time.  While runs are being added, the store must not be changed
// in another way.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/index.h"
#include "tracker/session.h"
#include "tracker/store.h"

namespace reprise::tracker {

class BulkRecorder {
 public:
  // So many runs are sealed together at most: some ten syncs for them, and some 30 MB of memory.
  static constexpr std::size_t kRunsAtOnce = 1'000;

  // `store` must outlive it, and be open for writing.
  explicit BulkRecorder(Store& store, std::size_t runs_at_once = kRunsAtOnce);
  ~BulkRecorder();  // Gives up what was not committed.
  BulkRecorder(const BulkRecorder&) = delete;
  BulkRecorder& operator=(const BulkRecorder&) = delete;

  // Stores content that runs name: code trees, environments, series of metrics.
  // Errors (all methods): kReadOnly, kIoError, kNoSpace.  After one, no more can be recorded.
  Result<Digest> Put(ByteSpan content);

  // Adds a run.  `run.recipe` and `run.code` are set to the digests of the documents; `code` may be
  // null.  In the ledger a run without an actor is that of who calls.  A name is taken as it is:
  // whoever gives names sees to it that they are free and reserves them (tracker/run_names.h).
  Result<void> AddRun(lineage::RunRecord run, const lineage::Recipe& recipe,
                      const lineage::Code* code);

  // All runs that were added survive loss of power and are in the ledger when it succeeds.
  Result<void> Commit();

 private:
  // A sealed session on its way into the store.
  struct Adoption {
    Ulid id;
    HeldDocuments held;
    Result<void> done;
    std::jthread thread;  // Last: it uses the others until it has ended.
  };

  Result<void> Begin();
  Result<void> Seal();           // What has gathered becomes `adoption_`.
  void AdoptMeanwhile();         // Begins with it.
  Result<void> AwaitAdoption();  // Of what came before.

  Store& store_;
  const std::size_t runs_at_once_;
  std::unique_ptr<Adoption> adoption_;
  std::unique_ptr<storage::PresenceIndex> presence_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<storage::ObjectWriter> writer_;
  std::vector<v1::LedgerFact> facts_;
  HeldDocuments held_;  // Of `facts_`.
};

}  // namespace reprise::tracker
