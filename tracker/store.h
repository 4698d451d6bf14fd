// A store, opened: the lock, the adoption of finished journals, the catalog, the objects and the
// ledger.  The one entry point of every command.
//
// A store is the folder `.reprise/` of a project (docs/formats/store.md).  One process at a time
// has it open, briefly: opening takes the store lock, brings the catalog up to date with the truth,
// and adopts every sealed session that lies in the inbox.
//
// Thread-safety: one thread at a time; catalog(), objects() as their own headers say.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "storage/ledger.h"
#include "storage/object_store.h"

namespace reprise::tracker {

inline constexpr std::int64_t kStoreLockWaitMsMax = 30'000;

struct Note {
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::string text;
};

// A run as the store knows it: its record, its documents, and what was said of it since.
struct StoredRun {
  lineage::RunRecord record;
  Digest document;  // Of the run document; Digest() as long as there is none.
  std::optional<lineage::Recipe> recipe;
  std::optional<lineage::Code> code;
  std::map<std::string, std::string> tags;  // The record's, overlaid by later ones.
  std::vector<Note> notes;                  // The record's, then later ones, by time.
  std::uint64_t ledger_sequence = 0;        // Of its "run" entry.
};

// A named version of a dataset (reprise add).
struct Dataset {
  std::string name;  // "" when it was added without one.
  lineage::ArtifactUse artifact;
  std::int64_t added_at_unix_ms = 0;
  std::string actor;
  std::map<std::string, std::string> tags;
};

struct HeldDocuments;
struct ListedRun;

struct StoreOptions {
  std::int64_t lock_wait_ms_max = kStoreLockWaitMsMax;
  // Between two look-ups for objects() the store is given up to whoever waits for it and opened
  // again: reading much content holds nobody up.  What ledger() gave before is void then, and
  // catalog() may say more.
  bool gives_way = false;
  bool rebuild_catalog = false;  // Throw the catalog away and build it from the truth.
  // Opens the catalog in a folder.  Default: RocksDB.  Tests put one in memory in its place.
  std::function<Result<std::unique_ptr<storage::Catalog>>(const std::string& folder)>
      open_catalog{};
  // Called with a sentence for the person at the terminal, for example when the catalog is rebuilt.
  std::function<void(const std::string&)> notify{};
};

class Store {
 public:
  // Makes a store in `project_folder`/.reprise, durable when the call returns.
  // Errors: kAlreadyExists  there is one.  kUnsupported  the file system is NFS or Lustre.
  static Result<void> Create(FileSystem& files, const std::string& project_folder);

  // The store folder that holds for `start_folder` as git finds `.git`: a `.reprise` folder there
  // or in the nearest parent. Errors: kNotFound  with the advice to run `reprise init`.
  static Result<std::string> Find(FileSystem& files, const std::string& start_folder);

  // Opens the store at `folder` (the `.reprise` folder itself).  A store that this user cannot
  // write (a read-only medium, no permission) is opened for reading: whatever would write fails
  // with kReadOnly, and what awaits adoption is not seen.  So is one whose ledger is damaged: it is
  // opened for looking, its damage is told to StoreOptions::notify, and writes fail with
  // kCorruption.
  // Errors: kNotFound            no store there.
  //         kUnsupportedVersion  a newer release made it; it was not touched.
  //         kTimeout             the lock was not free in time.
  //         kCorruption          the truth is damaged beyond what opening mends and reading can
  //                              do without.
  static Result<std::unique_ptr<Store>> Open(FileSystem& files, const std::string& folder,
                                             const StoreOptions& options = {});
  // Waits, at most `wait_ms_max`, until nobody waits for the store: for whoever has just given it
  // up and would otherwise be the first to have it again.
  static void LetWaitersPass(FileSystem& files, const std::string& folder,
                             std::int64_t wait_ms_max);
  virtual ~Store() = default;

  virtual FileSystem& files() = 0;
  virtual const std::string& folder() const = 0;  // Absolute.
  virtual const Ulid& id() const = 0;
  virtual storage::Catalog& catalog() = 0;
  virtual storage::ObjectReader& objects() = 0;
  virtual storage::Ledger& ledger() = 0;
  virtual bool is_read_only() const = 0;
  // Damage of the ledger, with which the store is open for reading only.
  virtual const std::optional<Error>& ledger_damage() const = 0;
  // Whether what is listed may lack something that was recorded: the ledger is damaged, or some of
  // its entries could not be read when the catalog was filled.
  virtual bool may_lack_entries() const = 0;

  // Errors: kNotFound.
  virtual Result<StoredRun> GetRun(const Ulid& id) = 0;

  // Calls `visit` for each adopted run, newest first, until it returns false.
  virtual Result<void> ForEachRun(const std::function<bool(const StoredRun&)>& visit) = 0;
  // The same at a fraction of the cost, with what lists need (tracker/listed_run.h).
  virtual Result<void> ForEachListedRun(const std::function<bool(ListedRun&&)>& visit) = 0;

  // All versions of datasets, oldest first.
  virtual Result<std::vector<Dataset>> Datasets() = 0;
  // The newest version that was added under `name`.
  virtual Result<std::optional<Dataset>> NewestDataset(const std::string& name) = 0;

  // Appends a note or tags to a run (its id) or artifact ("sha256:…"), durable and in the ledger
  // when the call returns.
  virtual Result<void> AddNote(const std::string& subject, const std::string& text) = 0;
  virtual Result<void> AddTags(const std::string& subject,
                               const std::map<std::string, std::string>& tags) = 0;
  // Notes and tags of an artifact.
  virtual Result<std::vector<Note>> NotesOf(const std::string& subject) = 0;
  virtual Result<std::map<std::string, std::string>> TagsOf(const std::string& subject) = 0;

  // Adopts what the inbox holds now; Open() has done so already.  Runs whose recorders died stay
  // there until they are recovered (tracker/recorder/recovery.h).  A session that cannot be adopted
  // is named to StoreOptions::notify and is no error.
  virtual Result<void> Adopt() = 0;

  // Likewise, for whoever has sealed session `id`: fails if that one was left.  `held`, which may
  // be nullptr, holds documents of it (tracker/index.h); what is used of them is moved away.
  virtual Result<void> AdoptSession(const Ulid& id, HeldDocuments* held = nullptr) = 0;

  // Seals a session of one document with one fact about `subject` ("dataset", …) and adopts it.
  // Errors: kReadOnly.  Others: those of the adoption, after which the fact may be there, or come
  // when the store is next opened.
  virtual Result<void> AddFact(const std::string& kind, const std::string& subject,
                               const std::string& document) = 0;

  // True when another process waits for the lock.
  virtual bool Contended() = 0;
  // If so, and no look-up in the catalog is under way, closes the store, lets the other have it,
  // and opens it again.  What ledger() gave before is void; catalog() and objects() stay. Errors:
  // as Open(); the store is of no use then.
  virtual Result<void> GiveWay() = 0;
};

}  // namespace reprise::tracker
