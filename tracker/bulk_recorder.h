// Records very many runs at once, as an import does: those that ended elsewhere.
//
// Runs gather in a session, which is sealed and adopted as a whole: one sync for each file of it,
// one checkpoint of the ledger, one batch of the catalog for many runs.  A full session is sealed
// and adopted by a thread while the next one gathers.  A crash loses the runs since the last
// Commit() and nothing else.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/index.h"
#include "tracker/leased_store.h"
#include "tracker/session.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct BulkOptions {
  // What is sealed together at most, but for a run's own size.  So many runs are some forty syncs,
  // and some 200 MB of memory.  The first sessions are smaller, so that one is soon adopted while
  // the next gathers.
  std::size_t runs_at_once = 8'000;
  std::uint64_t bytes_at_once = std::uint64_t{1} << 30;
  unsigned writer_threads = 1;  // That hash and compress; 0: one for each processor.
};

class BulkRecorder {
 public:
  // `store` must outlive it, be open for writing, and not be changed in another way meanwhile.
  explicit BulkRecorder(Store& store, BulkOptions options = {});
  // A store that is held only to be asked and to adopt: other processes may use it meanwhile.
  // `store` must outlive it and be that in `store_folder`.
  BulkRecorder(FileSystem& files, std::string store_folder, LeasedStore& store,
               BulkOptions options = {});
  ~BulkRecorder();  // Gives up what was not committed.
  BulkRecorder(const BulkRecorder&) = delete;
  BulkRecorder& operator=(const BulkRecorder&) = delete;

  // Where the content goes that the next run names: code trees, environments, series, artifacts.
  // It is valid until the next AddRun() or Commit().
  // Errors (all methods): kReadOnly, kIoError, kNoSpace, kTimeout.  After one, no more can be
  // recorded.
  Result<storage::ObjectWriter*> Writer();
  Result<Digest> Put(ByteSpan content);

  // Notes that `name` was reserved (tracker/run_names.h) for run `id`, which is added next.  It is
  // released if the run is given up.
  void HoldName(std::string name, const Ulid& id);

  // Adds a run.  `run.recipe` and `run.code` are set to the digests of the documents; `code` may be
  // null.  In the ledger it is entered now, by who made this recorder.  A name is taken as it is:
  // whoever gives names sees to it that they are reserved.
  // Errors: also kInvalidArgument  a document cannot hold it; the run was not added, and others can
  //                                be.
  Result<void> AddRun(lineage::RunRecord run, lineage::Recipe recipe, const lineage::Code* code);

  // All runs that were added survive loss of power and are in the ledger when it succeeds.
  Result<void> Commit();

  // What the sessions that are in the store took there.
  std::uint64_t stored_bytes() const { return stored_bytes_; }

 private:
  using Adopt = std::function<Result<void>(const Ulid& session, HeldDocuments& held)>;

  // A state of the code as its document, which many runs name one after another.
  struct KnownCode {
    lineage::Code code;
    std::string document;
    Digest digest;
  };
  // What gathers in one session, and goes into the store as a whole.
  struct Gathered {
    std::unique_ptr<Session> session;
    std::unique_ptr<storage::ObjectWriter> writer;
    std::vector<v1::LedgerFact> facts;
    std::vector<std::pair<std::string, Ulid>> names;
    HeldDocuments held;              // Of `facts`.
    std::optional<KnownCode> code;   // The newest that `writer` took.
    std::uint64_t stored_bytes = 0;  // Known when the content is whole.
  };
  // A full session on its way into the store.
  struct Adoption {
    Gathered gathered;
    Result<void> entered = {};
    std::jthread thread;  // Last: it uses the others until it has ended.
  };

  Result<void> Begin();
  Result<const KnownCode*> PutCode(const lineage::Code& code);
  // Makes the content of what has gathered whole and durable.
  Result<void> FinishContent();
  // Seals it and adopts it, when its content is whole.
  Result<void> Enter(Gathered& gathered) const;
  void EnterMeanwhile();         // What has gathered.
  Result<void> AwaitAdoption();  // Of what came before.
  void Abandon(Gathered& gathered) const;

  FileSystem& files_;
  const std::string store_folder_;
  const BulkOptions options_;
  const std::string actor_;  // Asked for once: the system reads a file to tell it.
  const std::unique_ptr<storage::PresenceIndex> own_presence_;
  storage::PresenceIndex& presence_;
  const Adopt adopt_;
  std::unique_ptr<Adoption> adoption_;
  Gathered gathered_;
  std::size_t runs_at_once_ = 1'000;  // Doubled with each session, as far as the options let it.
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace reprise::tracker
