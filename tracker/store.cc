#include "tracker/store.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "storage/crypto/sha256.h"
#include "storage/pack_erasure.h"
#include "storage/rocksdb/rocksdb_catalog.h"
#include "tracker/adoption.h"
#include "tracker/erasing.h"
#include "tracker/index.h"
#include "tracker/listed_run.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/run_row.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Space;

// How often whoever reads much content asks whether somebody waits, and how long it lets them pass.
constexpr auto kAskInterval = std::chrono::milliseconds(10);
constexpr std::int64_t kWaitersPassMsMax = 1000;

constexpr std::int64_t kSilentWaitMs = 2000;  // For the store; then it is said.

Result<Dataset> DatasetOfRow(std::string_view row) {
  v1::CatalogFact fact;
  fact.ParseFromArray(row.data(), static_cast<int>(row.size()));
  REPRISE_ASSIGN_OR_RETURN(DatasetDocument document, DecodeDataset(fact.document()));
  return Dataset{std::move(document.name), std::move(document.artifact), fact.time_unix_ms(),
                 fact.actor(), std::move(document.tags)};
}

class StoreImpl final : public Store {
 public:
  StoreImpl(FileSystem& files, std::string folder, StoreOptions options)
      : files_(files),
        paths_(std::move(folder)),
        options_(std::move(options)),
        rebuilds_catalog_(options_.rebuild_catalog),
        view_(*this, false),
        yielding_view_(*this, options_.gives_way),
        objects_(storage::NewObjectReader(files_, paths_.folder, yielding_view_)) {}

  Result<void> Start() {
    REPRISE_TRY(StartWritingOrReading());
    return WarnOfUnreadEntries();
  }

  Result<void> StartWritingOrReading() {
    REPRISE_ASSIGN_OR_RETURN(const StoreFormat format, ReadStoreFormat(files_, paths_.folder));
    id_ = format.id;
    if (auto writable = files_.CheckWritable(paths_.folder); !writable.ok()) {
      if (writable.error().code != ErrorCode::kReadOnly) return writable;
      return StartReading();
    }
    auto started = StartWriting();
    if (started.ok()) return started;
    // Reading instead would pass for a rebuilt catalog.
    if (options_.rebuild_catalog && !rebuilds_catalog_) {
      return Annotate(std::move(started).error(),
                      "the catalog of '" + Printable(paths_.folder) +
                          "' was removed and could not be rebuilt; nothing is lost, and the next "
                          "command that can write fills it again");
    }
    if (started.error().code == ErrorCode::kNoSpace) {
      Notify("the disk is full: the store is open for reading only");
    } else if (is_erasing_stuck_) {
      Notify("until that can be done the store is open for reading only");
    } else if (ledger_damage_.has_value()) {
      Notify(ledger_damage_->message + "; the store is open for reading only");
    } else {
      return started;
    }
    Close();
    return StartReading();
  }

  FileSystem& files() override { return files_; }
  const std::string& folder() const override { return paths_.folder; }
  const Ulid& id() const override { return id_; }
  storage::Catalog& catalog() override { return view_; }
  storage::ObjectReader& objects() override { return *objects_; }
  storage::Ledger& ledger() override { return *ledger_; }
  bool is_read_only() const override { return is_read_only_; }

  Result<StoredRun> GetRun(const Ulid& id) override {
    REPRISE_ASSIGN_OR_RETURN(const auto value, view_.Get(Space::kRun, UlidBytes(id)));
    if (!value.has_value()) {
      return Error{ErrorCode::kNotFound, "there is no run " + id.ToString() + " in the store"};
    }
    return DecodeRunRow(*value);
  }

  Result<void> ForEachRun(const std::function<bool(const StoredRun&)>& visit) override {
    std::optional<Error> failed;
    REPRISE_TRY(view_.Scan(Space::kRun, {.prefix = "", .from = std::nullopt, .reverse = true},
                           [&](std::string_view, std::string_view value) {
                             const auto run = DecodeRunRow(value);
                             if (!run.ok()) {
                               failed = run.error();
                               return false;
                             }
                             return visit(*run);
                           }));
    if (failed.has_value()) return *failed;
    return {};
  }

  Result<void> ForEachListedRun(const std::function<bool(ListedRun&&)>& visit) override {
    std::optional<Error> failed;
    REPRISE_TRY(view_.Scan(
        Space::kName, {.prefix = std::string(kListedRunPrefix), .from = {}, .reverse = true},
        [&](std::string_view key, std::string_view value) {
          const auto id = UlidFromMessage(std::string(key.substr(kListedRunPrefix.size())));
          auto run = id.ok() ? DecodeListedRun(*id, value) : id.error();
          if (!run.ok()) {
            failed = run.error();
            return false;
          }
          return visit(*std::move(run));
        }));
    if (failed.has_value()) return *failed;
    return {};
  }

  Result<std::vector<Dataset>> Datasets() override {
    std::vector<Dataset> datasets;
    std::optional<Error> failed;
    REPRISE_TRY(view_.Scan(Space::kName, {.prefix = std::string(kDatasetPrefix)},
                           [&](std::string_view, std::string_view value) {
                             auto dataset = DatasetOfRow(value);
                             if (!dataset.ok()) {
                               failed = dataset.error();
                               return false;
                             }
                             datasets.push_back(*std::move(dataset));
                             return true;
                           }));
    if (failed.has_value()) return *failed;
    return datasets;
  }

  Result<std::optional<Dataset>> NewestDataset(const std::string& name) override {
    REPRISE_ASSIGN_OR_RETURN(const auto row, NewestDatasetRow(view_, name));
    if (!row.has_value()) return std::optional<Dataset>();
    REPRISE_ASSIGN_OR_RETURN(Dataset dataset, DatasetOfRow(*row));
    return std::optional(std::move(dataset));
  }

  Result<void> AddNote(const std::string& subject, const std::string& text) override {
    REPRISE_ASSIGN_OR_RETURN(const std::string document, EncodeNote({subject, text}));
    return AddFact("note", subject, document);
  }

  Result<void> AddTags(const std::string& subject,
                       const std::map<std::string, std::string>& tags) override {
    REPRISE_ASSIGN_OR_RETURN(const std::string document, EncodeTags({subject, tags}));
    return AddFact("tags", subject, document);
  }

  Result<std::vector<Note>> NotesOf(const std::string& subject) override {
    REPRISE_ASSIGN_OR_RETURN(const v1::CatalogFacts facts, FactsOf(subject));
    return tracker::NotesOf(facts.facts());
  }

  Result<std::map<std::string, std::string>> TagsOf(const std::string& subject) override {
    REPRISE_ASSIGN_OR_RETURN(const v1::CatalogFacts facts, FactsOf(subject));
    std::map<std::string, std::string> tags;
    OverlayTags(facts.facts(), tags);
    return tags;
  }

  Result<void> AddFact(const std::string& kind, const std::string& subject,
                       const std::string& document) override {
    REPRISE_TRY(CheckNotReadOnly());
    REPRISE_ASSIGN_OR_RETURN(const auto session, Session::CreateForFacts(files_, paths_.folder));
    const auto seal = [&]() -> Result<void> {
      const auto presence = storage::NewCatalogPresence(view_);
      REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(presence.get(), 1));
      REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(document)));
      REPRISE_TRY(session->FinishWriter(std::move(writer)));
      return session->Seal({NewLedgerFact(kind, subject, put.digest)});
    };
    if (auto sealed = seal(); !sealed.ok()) {
      (void)session->Abandon();  // The first failure is the one to report.
      return sealed;
    }
    return AdoptSession(session->id(), nullptr);
  }

  Result<void> Adopt() override {
    REPRISE_ASSIGN_OR_RETURN(const auto left, AdoptInbox());
    if (!options_.notify) return {};
    for (const UnadoptedSession& session : left) options_.notify(session.error.message);
    return {};
  }

  Result<void> AdoptSession(const Ulid& id, HeldDocuments* held) override {
    REPRISE_ASSIGN_OR_RETURN(const auto left, AdoptInbox(held));
    const auto mine = std::ranges::find(left, id, &UnadoptedSession::id);
    if (mine != left.end()) return mine->error;
    // What came before it may have stopped the adoption.
    if (!left.empty() && Exists(files_, paths_.session(id))) return left.back().error;
    return {};
  }

  Result<void> GiveWay() override {
    if (is_read_only_ || !Contended()) return {};
    const std::lock_guard lock(view_mutex_);
    if (looks_ > 0) return {};  // A look-up is under way: another time.
    Close();
    LetWaitersPass(files_, paths_.folder, kWaitersPassMsMax);
    auto started = StartWriting();
    if (!started.ok()) catalog_.reset();
    return started;
  }

  const std::optional<Error>& ledger_damage() const override { return ledger_damage_; }
  bool may_lack_entries() const override {
    return ledger_damage_.has_value() || has_unread_entries_;
  }

  bool Contended() override {
    const auto queue = files_.Lock(paths_.lock_queue(), LockMode::kExclusive, 0);
    return !queue.ok() && queue.error().code == ErrorCode::kTimeout;
  }

 private:
  Result<std::vector<UnadoptedSession>> AdoptInbox(HeldDocuments* held = nullptr) {
    REPRISE_TRY(CheckNotReadOnly());
    return AdoptSessions(files_, paths_.folder, *catalog_, *ledger_, options_.notify, held);
  }

  Result<void> CheckNotReadOnly() const {
    if (!is_read_only_) return {};
    if (ledger_damage_.has_value()) {
      return Annotate(*ledger_damage_, "cannot write to the store '" + Printable(paths_.folder) +
                                           "', whose ledger is damaged");
    }
    return Error{ErrorCode::kReadOnly, "the store '" + Printable(paths_.folder) +
                                           "' cannot be written (no permission, or a full disk); "
                                           "it is open for reading only"};
  }

  Result<void> OpenLedger(const storage::LedgerOptions& options) {
    auto opened = storage::Ledger::Open(files_, paths_.folder, options);
    if (!opened.ok() && opened.error().code == ErrorCode::kNotFound) {
      return Error{ErrorCode::kCorruption, "the store at '" + Printable(paths_.folder) +
                                               "' is damaged: " + opened.error().message +
                                               "; put it back from a copy"};
    }
    REPRISE_ASSIGN_OR_RETURN(ledger_, std::move(opened));
    // Damage is told of by whoever decides what can still be done.
    if (!ledger_->damage().has_value()) {
      for (const std::string& notice : ledger_->notices()) Notify(notice);
    }
    if (ledger_->store_id() == id_) return {};
    // The ledger's header has a checksum, so it is the other that was changed.
    return Error{ErrorCode::kCorruption, "the format file '" + Printable(paths_.format()) +
                                             "' is damaged: it says that this is the store " +
                                             id_.ToString() + ", and its ledger that it is " +
                                             ledger_->store_id().ToString()};
  }

  Result<void> StartWriting() {
    REPRISE_TRY(TakeLock(LockMode::kExclusive));
    REPRISE_TRY(OpenLedger({}));
    // Before the catalog is touched: it may know what the ledger has lost.
    ledger_damage_ = ledger_->damage();
    if (ledger_damage_.has_value()) return *ledger_damage_;
    // Once, however often the store gives way.
    const bool rebuilds = std::exchange(rebuilds_catalog_, false);
    if (rebuilds) REPRISE_TRY(RemoveTree(files_, paths_.catalog()));
    REPRISE_TRY(rebuilds ? OpenCatalog("was asked") : OpenCatalog());
    REPRISE_TRY(CheckLedgerReachesCatalog());
    REPRISE_TRY(Adopt());
    return FinishErasing();
  }

  // An erasure that was interrupted.  That it cannot be finished now is no reason not to open; but
  // nobody may write as long as content is found that will be gone.
  Result<void> FinishErasing() {
    const auto rest = HideErased();
    is_erasing_stuck_ = !rest.ok();
    Result<void> finished = rest.ok() ? (*rest)() : rest.error();
    if (finished.ok()) return {};
    Notify("an erasure is not finished, and bytes of it may still be there: " +
           finished.error().message + "; each command that opens the store tries again");
    if (is_erasing_stuck_) return finished;
    return catalog_ != nullptr ? Result<void>() : OpenCatalog();
  }

  // Sees to it that nobody finds any more what is to be erased.  Returns what is left to do then.
  // Errors: it may still be found.
  Result<std::function<Result<void>()>> HideErased() {
    using Rest = std::function<Result<void>()>;
    REPRISE_ASSIGN_OR_RETURN(const bool has_erasing, HasErasing(files_, paths_.folder));
    if (!has_erasing) return Rest([] { return Result<void>(); });
    auto read = UnfinishedErasing(files_, paths_.folder);
    if (!read.ok() && IsDamage(read.error())) {
      // What nobody can read is never carried out.
      return Rest([damage = read.error()]() -> Result<void> { return damage; });
    }
    REPRISE_ASSIGN_OR_RETURN(std::optional<ErasingPlan> plan, std::move(read));
    if (!plan.has_value()) return Rest([this] { return EndErasing(files_, paths_.folder); });
    REPRISE_ASSIGN_OR_RETURN(const bool recorded, IsErasureRecorded(*plan, *catalog_, *ledger_));
    if (!recorded) return Rest([this] { return EndUnrecordedErasing(); });
    if (plan->purges_catalog) {
      catalog_.reset();
      REPRISE_TRY(RemoveTree(files_, paths_.catalog()));
      REPRISE_TRY(OpenCatalog("an erased note or profile stood in it"));
      REPRISE_TRY(Adopt());
    }
    REPRISE_ASSIGN_OR_RETURN(auto doomed, ForgetErased(files_, paths_.folder, *plan, *catalog_));
    return Rest([this, plan = *std::move(plan), doomed = std::move(doomed)] {
      return RemoveErased(plan, doomed);
    });
  }

  // Unless what would record it still waits, it has not happened.
  Result<void> EndUnrecordedErasing() {
    REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files_, paths_.folder));
    return sessions.empty() ? EndErasing(files_, paths_.folder) : Result<void>();
  }

  Result<void> RemoveErased(ErasingPlan plan, const storage::DoomedContent& doomed) {
    if (doomed.chunks.size() < plan.chunks.size()) {
      Notify(std::to_string(plan.chunks.size() - doomed.chunks.size()) +
             " pieces of what was erased stay, as something that was recorded since has them");
    }
    if (std::exchange(plan.purges_catalog, false)) {
      // Once is enough.  Without room for that, what follows makes some, and may be all.
      (void)KeepErasing(files_, paths_.folder, plan);
    }
    return ReplacePacks(plan, doomed);
  }

  // Packs that were replaced are removed when all are, or when there is no room for more.
  Result<void> ReplacePacks(const ErasingPlan& plan, const storage::DoomedContent& doomed) {
    for (;;) {
      std::vector<Ulid> replaced;
      auto done = ReplaceErased(files_, paths_.folder, id_, plan, doomed, *catalog_, replaced);
      if (!done.ok() && replaced.empty()) return done;
      // The packs are needed until the catalog surely points to others.
      catalog_.reset();
      REPRISE_TRY(SyncCatalog(files_, paths_.catalog()));
      REPRISE_TRY(OpenCatalog());
      REPRISE_TRY(storage::RemovePacks(files_, paths_.folder, replaced));
      if (done.ok()) return EndErasing(files_, paths_.folder);
      if (done.error().code != ErrorCode::kNoSpace) return done;
    }
  }

  Result<void> WarnOfUnreadEntries() {
    REPRISE_ASSIGN_OR_RETURN(const auto unread, UnreadLedgerEntries(*catalog_));
    has_unread_entries_ = !unread.empty();
    if (!unread.empty()) {
      Notify(std::to_string(unread.size()) + (unread.size() == 1 ? " entry" : " entries") +
             " of the ledger could not be read when the catalog was filled and " +
             (unread.size() == 1 ? "is" : "are") + " not shown; `reprise fsck` tells why");
    }
    return {};
  }

  void Close() {
    catalog_.reset();
    ledger_.reset();
    lock_.reset();
  }

  // Of a store that cannot be written by this user or now, though another may: the lock is shared,
  // nothing is adopted or mended, and a catalog that is behind is left for a memory of our own.
  Result<void> StartReading() {
    is_read_only_ = true;
    if (rebuilds_catalog_) return CheckNotReadOnly();
    // A store that was never opened has no lock, and nobody who writes it.
    if (Exists(files_, paths_.lock())) REPRISE_TRY(TakeLock(LockMode::kShared));
    REPRISE_TRY(OpenLedger({.read_only = true}));
    REPRISE_TRY(OpenCatalogForReading());
    if (!is_erasing_stuck_ && HasErasing(files_, paths_.folder).value_or(true)) {
      Notify(
          "an erasure is not finished, and bytes of it may still be there; the next command that "
          "can write finishes it");
    }
    if (ledger_damage_.has_value()) return {};  // It has been told.
    ledger_damage_ = ledger_->damage();
    if (!ledger_damage_.has_value()) (void)CheckLedgerReachesCatalog();  // Notes it.
    if (ledger_damage_.has_value()) Notify(ledger_damage_->message);
    return {};
  }

  // A waiter holds the queue's lock shared, by which the owner sees that somebody waits.
  Result<void> TakeLock(LockMode mode) {
    auto lock = files_.Lock(paths_.lock(), mode, 0);
    if (!lock.ok() && lock.error().code == ErrorCode::kTimeout && options_.lock_wait_ms_max > 0) {
      const auto queue = files_.Lock(paths_.lock_queue(), LockMode::kShared, 1000);
      const std::int64_t silent_ms = std::min(kSilentWaitMs, options_.lock_wait_ms_max);
      lock = files_.Lock(paths_.lock(), mode, silent_ms);
      if (!lock.ok() && lock.error().code == ErrorCode::kTimeout &&
          options_.lock_wait_ms_max > silent_ms) {
        Notify("another process has the store open; waiting for it");
        lock = files_.Lock(paths_.lock(), mode, options_.lock_wait_ms_max - silent_ms);
      }
    }
    if (!lock.ok()) {
      return Annotate(std::move(lock).error(),
                      "cannot open the store '" + Printable(paths_.folder) + "'");
    }
    lock_ = *std::move(lock);
    return {};
  }

  void Notify(const std::string& sentence) const {
    if (options_.notify) options_.notify(sentence);
  }

  Result<std::unique_ptr<storage::Catalog>> NewCatalog() const {
    return options_.open_catalog ? options_.open_catalog(paths_.catalog())
                                 : storage::OpenRocksdbCatalog(paths_.catalog());
  }

  // `why_missing`: where its absence was wanted.
  Result<void> OpenCatalog(std::optional<std::string_view> why_missing = std::nullopt) {
    auto opened = NewCatalog();
    Result<bool> current = true;
    if (opened.ok()) current = HasCurrentFormat(**opened);
    const bool is_damaged = !opened.ok() && opened.error().code == ErrorCode::kCorruption;
    if (is_damaged || !current.ok() || !*current) {
      Notify(is_damaged ? "the catalog is damaged and is rebuilt from packs and ledger: " +
                              opened.error().message
                        : "the catalog is of another release and is rebuilt from packs and ledger");
      opened = Error{ErrorCode::kCorruption, "closed"};  // Before its files go.
      REPRISE_TRY(RemoveTree(files_, paths_.catalog()));
      opened = NewCatalog();
    }
    if (!opened.ok()) return std::move(opened).error();
    catalog_ = *std::move(opened);
    REPRISE_ASSIGN_OR_RETURN(const auto applied, AppliedLedgerSize(*catalog_));
    if (!applied.has_value() && ledger_->size() > 0) {
      Notify(why_missing.has_value()
                 ? "the catalog is rebuilt from packs and ledger, as " + std::string(*why_missing)
                 : "the catalog is missing and is rebuilt from packs and ledger");
    }
    return {};
  }

  Result<void> CheckLedgerReachesCatalog() {
    REPRISE_ASSIGN_OR_RETURN(const auto applied, AppliedLedgerSize(*catalog_));
    if (applied.value_or(0) <= ledger_->size()) return {};
    ledger_damage_ =
        Error{ErrorCode::kCorruption,
              "the ledger of '" + Printable(paths_.folder) + "' has " +
                  std::to_string(ledger_->size()) + " entries, but " + std::to_string(*applied) +
                  " were in the catalog: entries were lost or removed; restore the ledger "
                  "from a copy, or accept the loss with `reprise fsck --rebuild-index`"};
    return *ledger_damage_;
  }

  Result<void> OpenCatalogForReading() {
    auto opened = options_.open_catalog ? options_.open_catalog(paths_.catalog())
                                        : storage::OpenRocksdbCatalogForReading(paths_.catalog());
    if (opened.ok()) {
      catalog_ = *std::move(opened);
      const auto current = HasCurrentFormat(*catalog_);
      const auto applied = AppliedLedgerSize(*catalog_);
      // One that knows more than a damaged ledger tells what that has lost.
      if (current.ok() && *current && applied.ok() && applied->value_or(0) >= ledger_->size()) {
        return {};
      }
    }
    catalog_ = storage::NewMemoryCatalog();
    return IndexTruth(files_, paths_.folder, *catalog_, *ledger_, options_.notify);
  }

  Result<v1::CatalogFacts> FactsOf(const std::string& subject) {
    REPRISE_ASSIGN_OR_RETURN(const auto value, view_.Get(Space::kName, "fact/" + subject));
    v1::CatalogFacts facts;
    if (value.has_value() && !facts.ParseFromString(*value)) {
      return Error{ErrorCode::kCorruption, "the facts about '" + Printable(subject) +
                                               "' are damaged in the catalog; `reprise fsck "
                                               "--rebuild-index` mends it"};
    }
    return facts;
  }

  // The catalog as everybody else sees it, which stays when the store gives way.
  class View final : public storage::Catalog {
   public:
    View(StoreImpl& store, bool gives_way) : store_(store), gives_way_(gives_way) {}

    Result<std::optional<std::string>> Get(Space space, std::string_view key) const override {
      return Look([&](const Catalog& catalog) { return catalog.Get(space, key); });
    }
    Result<std::vector<std::optional<std::string>>> MultiGet(
        Space space, std::span<const std::string> keys) const override {
      return Look([&](const Catalog& catalog) { return catalog.MultiGet(space, keys); });
    }
    Result<void> Scan(
        Space space, const storage::ScanOptions& options,
        const std::function<bool(std::string_view, std::string_view)>& visit) const override {
      return Look([&](const Catalog& catalog) { return catalog.Scan(space, options, visit); });
    }
    Result<void> ScanPrefixes(Space space, std::span<const std::string> prefixes,
                              const std::function<bool(std::size_t, std::string_view,
                                                       std::string_view)>& visit) const override {
      return Look(
          [&](const Catalog& catalog) { return catalog.ScanPrefixes(space, prefixes, visit); });
    }
    Result<void> Apply(const storage::CatalogBatch& batch) override {
      return Look([&](Catalog& catalog) { return catalog.Apply(batch); });
    }

   private:
    // Counts as a look-up under way.
    class Looking {
     public:
      explicit Looking(StoreImpl& store) : store_(store) {
        const std::lock_guard lock(store_.view_mutex_);
        ++store_.looks_;
      }
      ~Looking() {
        const std::lock_guard lock(store_.view_mutex_);
        --store_.looks_;
      }
      Looking(const Looking&) = delete;
      Looking& operator=(const Looking&) = delete;

     private:
      StoreImpl& store_;
    };

    template <typename F>
    auto Look(F&& look) const -> decltype(look(std::declval<Catalog&>())) {
      if (gives_way_) REPRISE_TRY(store_.GiveWayNowAndThen());
      const Looking looking(store_);
      if (store_.catalog_ == nullptr) {
        return Error{ErrorCode::kTimeout,
                     "the store was given up to another process and could not be opened again"};
      }
      return look(*store_.catalog_);
    }

    StoreImpl& store_;
    const bool gives_way_;
  };

  // See StoreOptions::gives_way.  One thread asks, the others go on.
  Result<void> GiveWayNowAndThen() {
    const std::unique_lock asking(ask_mutex_, std::try_to_lock);
    const auto now = std::chrono::steady_clock::now();
    if (!asking.owns_lock() || now - asked_at_ < kAskInterval) return {};
    asked_at_ = now;
    return GiveWay();
  }

  FileSystem& files_;
  StorePaths paths_;
  StoreOptions options_;
  bool rebuilds_catalog_;
  Ulid id_;
  bool is_read_only_ = false;
  bool is_erasing_stuck_ = false;   // What is to be erased can still be found.
  std::unique_ptr<FileLock> lock_;  // Released last: members are destroyed in reverse order.
  std::unique_ptr<storage::Ledger> ledger_;
  std::unique_ptr<storage::Catalog> catalog_;
  std::mutex view_mutex_;  // Held while the catalog is exchanged, and for the count:
  int looks_ = 0;          // Look-ups that are under way.
  std::mutex ask_mutex_;
  std::chrono::steady_clock::time_point asked_at_;
  std::optional<Error> ledger_damage_;
  bool has_unread_entries_ = false;
  View view_;
  View yielding_view_;  // Of objects_.
  std::unique_ptr<storage::ObjectReader> objects_;
};

}  // namespace

Result<void> Store::Create(FileSystem& files, const std::string& project_folder) {
  return CreateStoreFolder(files, project_folder);
}

Result<std::string> Store::Find(FileSystem& files, const std::string& start_folder) {
  return FindStoreFolder(files, start_folder);
}

void Store::LetWaitersPass(FileSystem& files, const std::string& folder, std::int64_t wait_ms_max) {
  // Whoever waits holds it until it has the store.
  (void)files.Lock(StorePaths(folder).lock_queue(), LockMode::kExclusive, wait_ms_max);
}

Result<std::unique_ptr<Store>> Store::Open(FileSystem& files, const std::string& folder,
                                           const StoreOptions& options) {
  auto store = std::make_unique<StoreImpl>(files, folder, options);
  REPRISE_TRY(store->Start());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace reprise::tracker
