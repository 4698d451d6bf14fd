// Records very many runs at once, as an import does: those that ended elsewhere, of which only
// their documents are known.
//
// Runs gather in a session, which is sealed and adopted as a whole: one sync for each file of it,
// one checkpoint of the ledger, one batch of the catalog for thousands of runs.  A crash loses the
// runs since the last Commit() and nothing else.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/session.h"
#include "tracker/store.h"

namespace reprise::tracker {

class BulkRecorder {
 public:
  // So many runs are sealed together at most: some ten syncs for them, and 100 MB of memory.
  static constexpr std::size_t kRunsAtOnce = 4'000;

  // `store` must outlive it, and be open for writing.
  explicit BulkRecorder(Store& store);
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
  Result<void> Begin();

  Store& store_;
  std::unique_ptr<storage::PresenceIndex> presence_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<storage::ObjectWriter> writer_;
  std::vector<v1::LedgerFact> facts_;
};

}  // namespace reprise::tracker
