// The store as commands use it: sessions that hinder nobody, an index that can always be made
// again, stores that cannot be written, and formats of other releases.

#include "tracker/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "storage/frame_log.h"
#include "storage/rocksdb/rocksdb_catalog.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/store_testing.h"
#include "tracker/dataset.h"
#include "tracker/index.h"
#include "tracker/leased_store.h"
#include "tracker/produced_paths.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using testing::AllRows;
using testing::CatalogDisk;
using testing::CountEntries;
using testing::SealRun;
using testing::TestRun;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
  }
  std::unique_ptr<Store> Open() {
    auto store = Store::Open(files_, kStore, disk_.Options(files_));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }
  Error OpenError() {
    const auto store = Store::Open(files_, kStore, disk_.Options(files_));
    EXPECT_FALSE(store.ok());
    return store.ok() ? Error{ErrorCode::kUnsupported, "it opened"} : store.error();
  }
  // Writes an unlocked session whose journal is `bytes`.
  void MakeSession(const Ulid& id, const std::string& bytes) {
    const std::string folder = StorePaths(kStore).session(id);
    ASSERT_TRUE(files_.CreateDirectory(folder).ok());
    ASSERT_TRUE(WriteFileDurably(files_, folder + "/journal", bytes).ok());
  }
  bool Noticed(const std::string& part) const {
    return std::ranges::any_of(disk_.notices, [&](const std::string& notice) {
      return notice.find(part) != std::string::npos;
    });
  }

  FaultFileSystem files_;
  CatalogDisk disk_;
};

std::string JournalHeader(std::uint32_t version) {
  std::string header = "RPRSJRNL";
  AppendLe(header, version);
  AppendLe(header, std::uint32_t{0});
  return header;
}

TEST_F(StoreTest, ABrokenSessionIsNamedAndHindersNoOther) {
  const Ulid broken = *Ulid::Parse("00000000000000000000000001");
  std::string journal = JournalHeader(1);
  v1::Frame sealed;
  sealed.mutable_sealed()->add_packs("not an id");
  storage::AppendFrame(journal, sealed.SerializeAsString());
  MakeSession(broken, journal);
  const TestRun run = {.outputs = {{"model.bin", "m"}}};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  const auto store = Open();
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->GetRun(run.id).ok());
  EXPECT_TRUE(Noticed(broken.ToString()));
  EXPECT_TRUE(Exists(files_, StorePaths(kStore).session(broken)));
  EXPECT_TRUE(store->AddNote(run.id.ToString(), "still works").ok());
}

TEST_F(StoreTest, ASealedSessionWithoutItsPackStaysInTheInboxAndHindersNoOther) {
  const TestRun lost = {.id = *Ulid::Parse("00000000000000000000000001"),
                        .outputs = {{"model.bin", "lost"}}};
  ASSERT_TRUE(SealRun(files_, kStore, lost).ok());
  const std::string folder = StorePaths(kStore).session(lost.id);
  const auto entries = files_.List(folder);
  for (const DirectoryEntry& entry : *entries) {
    if (!entry.name.ends_with(".pack")) continue;
    ASSERT_TRUE(files_.RemoveFile(folder + "/" + entry.name).ok());
  }
  const TestRun run = {.outputs = {{"model.bin", "m"}}};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  const auto store = Open();
  EXPECT_TRUE(store->GetRun(run.id).ok());
  EXPECT_FALSE(store->GetRun(lost.id).ok());
  EXPECT_EQ(store->AdoptSession(lost.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(CountEntries(*store, "run", lost.id.ToString()), 0);
}

TEST_F(StoreTest, AJournalOfANewerVersionIsLeftAlone) {
  const Ulid newer = *Ulid::Parse("00000000000000000000000001");
  MakeSession(newer, JournalHeader(2) + "who knows");
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(Noticed("newer release"));
  EXPECT_EQ(*ReadFile(files_, StorePaths(kStore).session(newer) + "/journal"),
            JournalHeader(2) + "who knows");
}

TEST_F(StoreTest, SessionsInWhichNothingWasRecordedAreRemovedSilently) {
  const std::string zeros(200, '\0');
  const std::vector<std::string> journals = {"", JournalHeader(1), JournalHeader(1) + zeros, zeros,
                                             JournalHeader(1).substr(0, 5)};
  for (const std::string& journal : journals) MakeSession(Ulid::Generate(), journal);
  ASSERT_TRUE(files_.CreateDirectory(StorePaths(kStore).session(Ulid::Generate())).ok());
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(ListSessions(files_, kStore)->empty());
  EXPECT_TRUE(disk_.notices.empty());
}

TEST_F(StoreTest, WhatDiedWhileASessionWasMadeIsSweptButNotUnderWhoMakesOne) {
  const std::string left = StorePaths(kStore).nursery(Ulid::Generate());
  ASSERT_TRUE(files_.CreateDirectory(left).ok());
  ASSERT_TRUE(WriteFileDurably(files_, left + "/journal", "x").ok());
  {
    const auto making = files_.Lock(StorePaths(kStore).nursery_lock(), LockMode::kShared, 0);
    ASSERT_NE(Open(), nullptr);
    EXPECT_TRUE(Exists(files_, left));
  }
  ASSERT_NE(Open(), nullptr);
  EXPECT_FALSE(Exists(files_, left));
}

TEST_F(StoreTest, ALiveSessionIsNotTouched) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_FACT);
  const auto session = Session::Create(files_, kStore, Ulid::Generate(), started);
  ASSERT_TRUE(session.ok());
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(Exists(files_, (*session)->folder()));
  (*session)->ReleaseLock();  // As when its writer dies.
  ASSERT_NE(Open(), nullptr);
  EXPECT_FALSE(Exists(files_, (*session)->folder()));
}

TEST_F(StoreTest, ALedgerThatIsShorterThanTheCatalogIsToldAndCanBeLookedAt) {
  ASSERT_TRUE(Open()->AddNote("sha256:" + std::string(64, 'a'), "one").ok());
  std::map<std::string, std::string> ledger;
  const auto entries = files_.List(kStore + "/ledger");
  for (const DirectoryEntry& entry : *entries) {
    ledger[entry.name] = *ReadFile(files_, kStore + "/ledger/" + entry.name);
  }
  ASSERT_TRUE(Open()->AddNote("sha256:" + std::string(64, 'a'), "two").ok());
  for (const auto& [name, content] : ledger) {
    ASSERT_TRUE(WriteFileDurably(files_, kStore + "/ledger/" + name, content).ok());
  }
  {
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    EXPECT_TRUE(Noticed("has 1 entries, but 2 were in the catalog"));
    EXPECT_TRUE(store->is_read_only());
    EXPECT_EQ(store->NotesOf("sha256:" + std::string(64, 'a'))->size(), 2U);
    const auto noted = store->AddNote("sha256:" + std::string(64, 'a'), "three");
    EXPECT_EQ(noted.error().code, ErrorCode::kCorruption);
    EXPECT_EQ(store->ledger().size(), 1U);
  }
  // Who accepts the loss has a store again.
  StoreOptions rebuilding = disk_.Options(files_);
  rebuilding.rebuild_catalog = true;
  ASSERT_TRUE(Store::Open(files_, kStore, rebuilding).ok());
  const auto store = Open();
  EXPECT_FALSE(store->is_read_only());
  EXPECT_EQ(store->NotesOf("sha256:" + std::string(64, 'a'))->size(), 1U);
}

TEST_F(StoreTest, WithADamagedLastEntryTheStoreCanBeLookedAtAndNothingIsThrownAway) {
  const TestRun run = {.name = "lost", .outputs = {{"m", "weights"}}};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  ASSERT_NE(Open(), nullptr);
  const std::string path = kStore + "/ledger/entries";
  std::string entries = *ReadFile(files_, path);
  entries[entries.size() - 40] ^= 1;
  ASSERT_TRUE(WriteFileDurably(files_, path, entries).ok());
  ASSERT_TRUE(SealRun(files_, kStore, {.name = "later"}).ok());
  for (int opening = 0; opening < 2; ++opening) {
    disk_.notices.clear();
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    EXPECT_TRUE(store->is_read_only());
    EXPECT_TRUE(Noticed("the ledger has 0 whole entries, but its checkpoint was signed over 1"));
    EXPECT_TRUE(store->GetRun(run.id).ok());
    EXPECT_EQ(*store->objects().Get(crypto::Sha256("weights")), "weights");
    EXPECT_FALSE(store->ledger().Verify()->problems.empty());
    EXPECT_EQ(store->Adopt().error().code, ErrorCode::kCorruption);
  }
  // The catalog is all that still knows the run: it is not rebuilt.
  StoreOptions rebuilding = disk_.Options(files_);
  rebuilding.rebuild_catalog = true;
  EXPECT_EQ(Store::Open(files_, kStore, rebuilding).error().code, ErrorCode::kCorruption);
  EXPECT_TRUE(Open()->GetRun(run.id).ok());
  EXPECT_EQ(*ReadFile(files_, path), entries);
}

TEST_F(StoreTest, Promise6AStoreOfANewerFormatIsRefusedWithASentenceAndUntouched) {
  const std::string path = StorePaths(kStore).format();
  std::string format = *ReadFile(files_, path);
  format.replace(format.find(":1"), 2, ":9");
  ASSERT_TRUE(WriteFileDurably(files_, path, format).ok());
  files_.SyncAll();
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kUnsupportedVersion);
  EXPECT_NE(error.message.find("has format 9"), std::string::npos) << error.message;
  const auto calls = files_.calls();
  EXPECT_TRUE(std::ranges::none_of(calls, &FaultFileSystem::Call::is_change));
}

TEST_F(StoreTest, ATailOfTheLedgerThatIsDroppedIsToldOnce) {
  const std::string path = kStore + "/ledger/entries";
  ASSERT_TRUE(WriteFileDurably(files_, path, *ReadFile(files_, path) + "half an entry").ok());
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(Noticed("the last 13 bytes"));
  disk_.notices.clear();
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(disk_.notices.empty());
}

TEST_F(StoreTest, AFormatFileThatIsNotAsItWasWrittenIsDamaged) {
  const std::string path = StorePaths(kStore).format();
  const std::string format = *ReadFile(files_, path);
  const std::string other_type = "reprise/store/v9";
  std::string changed = format;
  changed.replace(changed.find("reprise/store/v1"), other_type.size(), other_type);
  for (const std::string& text : {changed, format + " ", format.substr(0, format.size() - 1)}) {
    ASSERT_TRUE(WriteFileDurably(files_, path, text).ok());
    const Error error = OpenError();
    EXPECT_EQ(error.code, ErrorCode::kCorruption) << text;
    EXPECT_NE(error.message.find("'" + path + "' is damaged"), std::string::npos) << error.message;
  }
}

TEST_F(StoreTest, AFactIsInTheLedgerOnceHoweverOftenItsSessionIsAdopted) {
  const TestRun run = {.outputs = {{"model.bin", "m"}}};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  const std::string folder = StorePaths(kStore).session(run.id);
  const std::string journal = *ReadFile(files_, folder + "/journal");
  ASSERT_NE(Open(), nullptr);
  for (int i = 0; i < 3; ++i) {
    MakeSession(run.id, journal);  // The removal was lost with the power.
    const auto store = Open();
    EXPECT_EQ(CountEntries(*store, "run", run.id.ToString()), 1);
    EXPECT_FALSE(Exists(files_, folder));
  }
}

TEST_F(StoreTest, AFullCatalogDeviceCostsNoFactAndDoesNotStopReading) {
  const TestRun run = {.outputs = {{"model.bin", "m"}}};
  ASSERT_NE(Open(), nullptr);
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  disk_.FailWrites(true);
  ASSERT_NE(Open(), nullptr);
  EXPECT_TRUE(Noticed("device is full"));
  disk_.FailWrites(false);
  EXPECT_TRUE(Open()->GetRun(run.id).ok());
}

TEST_F(StoreTest, OnAFullDiskTheStoreIsReadAndSaysSoToWhoWrites) {
  const TestRun run = {.name = "before"};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  ASSERT_NE(Open(), nullptr);
  StoreOptions options = disk_.Options(files_);
  const auto open_catalog = options.open_catalog;
  bool is_full = true;  // RocksDB writes when it opens for writing, and not when for reading.
  options.open_catalog = [&](const std::string& folder) {
    if (std::exchange(is_full, false)) {
      return Result<std::unique_ptr<storage::Catalog>>(Error{ErrorCode::kNoSpace, "full"});
    }
    return open_catalog(folder);
  };
  const auto store = Store::Open(files_, kStore, options);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE((*store)->is_read_only());
  EXPECT_TRUE(Noticed("the disk is full"));
  EXPECT_TRUE((*store)->GetRun(run.id).ok());
  EXPECT_EQ((*store)->AddNote(run.id.ToString(), "no").error().code, ErrorCode::kReadOnly);
}

TEST_F(StoreTest, ACatalogThatCannotBeRebuiltOnAFullDiskIsAnErrorAndCostsNothing) {
  const TestRun run = {.name = "before"};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  ASSERT_NE(Open(), nullptr);
  StoreOptions rebuilding = disk_.Options(files_);
  rebuilding.rebuild_catalog = true;
  disk_.FailWrites(true);
  const auto store = Store::Open(files_, kStore, rebuilding);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kNoSpace);
  EXPECT_NE(store.error().message.find("could not be rebuilt"), std::string::npos);
  EXPECT_TRUE(Open()->is_read_only());
  EXPECT_TRUE(Open()->GetRun(run.id).ok());
  disk_.FailWrites(false);
  EXPECT_FALSE(Open()->is_read_only());
  EXPECT_TRUE(Open()->GetRun(run.id).ok());
}

TEST_F(StoreTest, Promise5ARebuiltCatalogHasTheRowsOfTheOldOneKeyByKey) {
  const TestRun first = {.name = "first", .outputs = {{"data.csv", "d"}, {"/abs/x", "x"}}};
  const TestRun second = {.name = "second",
                          .experiment = "credit",
                          .inputs = {{"data.csv", "d"}},
                          .outputs = {{"model.bin", "m"}},
                          .metrics = {{"auc", 0.8}}};
  ASSERT_TRUE(SealRun(files_, kStore, first).ok());
  ASSERT_TRUE(SealRun(files_, kStore, second).ok());
  ASSERT_TRUE(Open()->AddNote(first.id.ToString(), "a note").ok());
  ASSERT_TRUE(Open()->AddTags(crypto::Sha256("m").ToString(), {{"stage", "test"}}).ok());
  ASSERT_TRUE(WriteFileDurably(files_, kProject + "/set.csv", "s").ok());
  ASSERT_TRUE(AddDatasets(files_,
                          {.store_folder = kStore,
                           .project_folder = kProject,
                           .paths = {kProject + "/set.csv"},
                           .name = "set"},
                          disk_.Options(files_))
                  .ok());
  const auto before = AllRows(Open()->catalog());
  const auto produced = ProducedPaths(files_, kStore);
  EXPECT_EQ(produced, (std::set<std::string>{"data.csv", "model.bin"}));
  ASSERT_TRUE(files_.RemoveFile(StorePaths(kStore).produced()).ok());
  ASSERT_TRUE(files_.RemoveFile(StorePaths(kStore).names() + "/first").ok());
  StoreOptions rebuilding = disk_.Options(files_);
  rebuilding.rebuild_catalog = true;
  const auto store = Store::Open(files_, kStore, rebuilding);
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto after = AllRows((*store)->catalog());
  EXPECT_EQ(after.size(), before.size());
  EXPECT_TRUE(after == before);
  EXPECT_EQ(ProducedPaths(files_, kStore), produced);
  EXPECT_EQ(*FindRunByName(files_, kStore, "first"), first.id);
}

TEST_F(StoreTest, RebuildingPassesOverADocumentThatIsLost) {
  const TestRun lost = {.outputs = {{"model.bin", "lost"}}};
  const TestRun kept = {.outputs = {{"model.bin", "kept"}}};
  ASSERT_TRUE(SealRun(files_, kStore, lost).ok());
  std::string pack;
  {
    const auto store = Open();
    const auto row =
        store->catalog().Get(storage::Space::kObject, crypto::Sha256("lost").ToStored());
    pack = storage::PackPath(kStore, Ulid::FromBytes(AsBytes(**row).subspan(20, Ulid::kSizeBytes)));
  }
  ASSERT_TRUE(SealRun(files_, kStore, kept).ok());
  ASSERT_NE(Open(), nullptr);
  ASSERT_TRUE(files_.RemoveFile(pack).ok());
  disk_.Keep(0);
  const auto store = Open();
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->GetRun(kept.id).ok());
  EXPECT_FALSE(store->GetRun(lost.id).ok());
  EXPECT_TRUE(Noticed("ledger entry 0 cannot be indexed"));
}

TEST_F(StoreTest, Promise8AnEntryThatIsChangedAfterwardsIsNoticedByWhoKeptACheckpoint) {
  ASSERT_TRUE(Open()->AddNote("sha256:" + std::string(64, 'a'), "one").ok());
  const std::string kept = *Open()->ledger().Checkpoint();
  const std::string entries = kStore + "/ledger/entries";
  // Somebody who holds the key makes another history of the same length.
  FaultFileSystem other;
  ASSERT_TRUE(other.CreateDirectory(kProject).ok());
  ASSERT_TRUE(Store::Create(other, kProject).ok());
  CatalogDisk disk;
  {
    const auto forged = Store::Open(other, kStore, disk.Options(other));
    ASSERT_TRUE((*forged)->AddNote("sha256:" + std::string(64, 'b'), "another").ok());
    const auto verified = (*forged)->ledger().Verify(kept);
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_FALSE(verified->problems.empty());
  }
  EXPECT_TRUE(Open()->ledger().Verify(kept)->problems.empty());
  std::string changed = *ReadFile(files_, entries);
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  ASSERT_TRUE(WriteFileDurably(files_, entries, changed).ok());
  const auto ledger = storage::Ledger::Open(files_, kStore, {.read_only = true});
  ASSERT_TRUE(ledger.ok()) << ledger.error().message;
  EXPECT_FALSE((*ledger)->Verify(kept)->problems.empty());
  EXPECT_TRUE(Open()->is_read_only());
  EXPECT_TRUE(Noticed("its checkpoint was signed over 1"));
}

TEST_F(StoreTest, ALeaseAnswersThatNothingIsPresentWhileAnotherHasTheStore) {
  const TestRun run = {.outputs = {{"model.bin", "m"}}};
  ASSERT_TRUE(SealRun(files_, kStore, run).ok());
  const Digest model = crypto::Sha256("m");
  LeasedStore lease(files_, kStore, disk_.Options(files_));
  EXPECT_TRUE(lease.HasObjects({&model, 1})->at(0));
  lease.Release();
  const auto store = Open();
  EXPECT_FALSE(lease.HasObjects({&model, 1})->at(0));
  EXPECT_FALSE(*lease.HasTree(model));
  const auto work = lease.WithStore([](Store&) { return Result<void>(); });
  EXPECT_EQ(work.error().code, ErrorCode::kTimeout);
}

TEST_F(StoreTest, AListOfProducedPathsWithATornEndIsMadeWholeByTheNextRun) {
  ASSERT_TRUE(SealRun(files_, kStore, {.outputs = {{"a.bin", "a"}}}).ok());
  ASSERT_NE(Open(), nullptr);
  const std::string path = StorePaths(kStore).produced();
  const std::string torn = *ReadFile(files_, path) + "6d6f";
  ASSERT_TRUE(WriteFileDurably(files_, path, torn).ok());
  EXPECT_EQ(ProducedPaths(files_, kStore), (std::set<std::string>{"a.bin"}));
  ASSERT_TRUE(SealRun(files_, kStore, {.outputs = {{"b\n.bin", "b"}}}).ok());
  ASSERT_NE(Open(), nullptr);
  EXPECT_EQ(ProducedPaths(files_, kStore), (std::set<std::string>{"a.bin", "b\n.bin"}));
}

// A store on the real file system with RocksDB, as users have it.
class RealStore : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Store::Create(files_, folder_.path()).ok());
    ASSERT_TRUE(SealRun(files_, store_, run_).ok());
    ASSERT_TRUE(Store::Open(files_, store_).ok());
  }

  FileSystem& files_ = PosixFileSystem();
  reprise::testing::TempDir folder_;
  const std::string store_ = folder_.Path(".reprise");
  const TestRun run_ = {.name = "real", .outputs = {{"model.bin", "m"}}};
};

TEST_F(RealStore, Promise5ADeletedCatalogIsRebuiltRowByRow) {
  testing::Rows before;
  {
    const auto store = Store::Open(files_, store_);
    ASSERT_TRUE((*store)->AddNote(run_.id.ToString(), "a note").ok());
    before = AllRows((*store)->catalog());
  }
  ASSERT_TRUE(RemoveTree(files_, store_ + "/catalog").ok());
  const auto store = Store::Open(files_, store_);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE(AllRows((*store)->catalog()) == before);
}

TEST_F(RealStore, Promise7WritersAndReadersAtOnceLoseNoRunAndNoFact) {
  constexpr int kWriters = 10;
  std::vector<Ulid> ids;
  for (int i = 0; i < kWriters; ++i) ids.push_back(Ulid::Generate());
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      const std::string content = "model " + std::to_string(i);
      const auto sealed = SealRun(files_, store_, {.id = ids[i], .outputs = {{"m.bin", content}}});
      const auto store = Store::Open(files_, store_);
      const bool done = sealed.ok() && store.ok() && (*store)->GetRun(ids[i]).ok() &&
                        (*store)->AddNote(ids[i].ToString(), "done").ok();
      failures += done ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const auto store = Store::Open(files_, store_);
  ASSERT_TRUE(store.ok()) << store.error().message;
  for (const Ulid& id : ids) {
    EXPECT_EQ(CountEntries(**store, "run", id.ToString()), 1);
    EXPECT_EQ(CountEntries(**store, "note", id.ToString()), 1);
  }
}

// Takes the right to write from this process, as another user would lack it.
class WithoutPermission {
 public:
  explicit WithoutPermission(const std::string& folder) : folder_(folder) {
    chmod(ParentPath(folder).c_str(), 0555);
    chmod(folder.c_str(), 0555);
    was_root_ = geteuid() == 0;
    EXPECT_TRUE(!was_root_ || seteuid(65534) == 0);
  }
  ~WithoutPermission() {
    EXPECT_TRUE(!was_root_ || seteuid(0) == 0);
    chmod(folder_.c_str(), 0755);
    chmod(ParentPath(folder_).c_str(), 0755);
  }

 private:
  const std::string folder_;
  bool was_root_ = false;
};

TEST_F(RealStore, ReadingMuchContentHoldsNobodyUp) {
  StoreOptions reading;
  reading.gives_way = true;
  const auto store = Store::Open(files_, store_, reading);
  ASSERT_TRUE(store.ok());
  std::atomic<bool> done = false;
  bool opened = false;
  std::jthread waiter([&] {
    opened = Store::Open(files_, store_, {.lock_wait_ms_max = 60'000}).ok();
    done = true;
  });
  // Two readers, so that one gives the store up under the other.
  const auto read = [&] {
    while (!done) EXPECT_EQ(*(*store)->objects().Get(crypto::Sha256("m")), "m");
  };
  std::jthread other(read);
  read();
  waiter.join();
  other.join();
  EXPECT_TRUE(opened);
  EXPECT_TRUE((*store)->GetRun(run_.id).ok());
}

TEST_F(RealStore, ALookUpUnderWayKeepsTheStoreFromGivingWay) {
  StoreOptions reading;
  reading.gives_way = true;
  const auto store = Store::Open(files_, store_, reading);
  ASSERT_TRUE(store.ok());
  std::jthread waiter(
      [&] { EXPECT_TRUE(Store::Open(files_, store_, {.lock_wait_ms_max = 60'000}).ok()); });
  while (!(*store)->Contended()) std::this_thread::yield();
  EXPECT_TRUE((*store)
                  ->ForEachRun([&](const StoredRun& run) {
                    EXPECT_TRUE((*store)->GiveWay().ok());
                    EXPECT_TRUE((*store)->Contended());
                    EXPECT_EQ(run.record.name, "real");
                    return true;
                  })
                  .ok());
  EXPECT_TRUE((*store)->GiveWay().ok());
  waiter.join();
  EXPECT_TRUE((*store)->GetRun(run_.id).ok());
}

TEST_F(RealStore, AStoreThatCannotBeWrittenIsReadAndSaysSoToWhoWrites) {
  ASSERT_TRUE(SealRun(files_, store_, {.outputs = {{"late.bin", "l"}}}).ok());
  const auto before = AllRows((*Store::Open(files_, store_))->catalog());
  const WithoutPermission another_user(store_);
  const auto store = Store::Open(files_, store_);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE((*store)->is_read_only());
  EXPECT_TRUE((*store)->GetRun(run_.id).ok());
  EXPECT_EQ(*(*store)->objects().Get(crypto::Sha256("m")), "m");
  EXPECT_TRUE(AllRows((*store)->catalog()) == before);
  EXPECT_TRUE((*store)->ledger().Verify()->problems.empty());
  const auto noted = (*store)->AddNote(run_.id.ToString(), "no");
  EXPECT_EQ(noted.error().code, ErrorCode::kReadOnly);
  EXPECT_EQ(ExitStatus(noted.error().code), 5);
}

TEST_F(RealStore, AReaderWithoutPermissionWaitsForTheWriterAndWithoutACatalogMakesItsOwn) {
  StoreOptions impatient;
  impatient.lock_wait_ms_max = 0;
  {
    const auto writer = Store::Open(files_, store_);
    const WithoutPermission another_user(store_);
    EXPECT_EQ(Store::Open(files_, store_, impatient).error().code, ErrorCode::kTimeout);
  }
  const auto before = AllRows((*Store::Open(files_, store_))->catalog());
  ASSERT_TRUE(RemoveTree(files_, store_ + "/catalog").ok());
  const WithoutPermission another_user(store_);
  const auto store = Store::Open(files_, store_, impatient);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE(AllRows((*store)->catalog()) == before);
  EXPECT_FALSE(Exists(files_, store_ + "/catalog"));
}

}  // namespace
}  // namespace reprise::tracker
