// What an erasure takes and leaves, and what becomes of one that cannot be finished at once.

#include "tracker/erasure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "storage/crypto/sha256.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/object_fixture.h"
#include "tests/tracker/store_testing.h"
#include "tracker/dataset.h"
#include "tracker/erasing.h"
#include "tracker/fsck.h"
#include "tracker/packs_on_disk.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using reprise::testing::RandomBytes;
using testing::CatalogDisk;
using testing::TestRun;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";

std::string NameOf(const std::string& content) { return crypto::Sha256(content).ToString(); }

class Erasing : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
  }

  void Record(const TestRun& run) {
    ASSERT_TRUE(testing::SealRun(files_, kStore, run).ok());
    ASSERT_NE(Open(), nullptr);
  }

  std::unique_ptr<Store> Open() {
    auto store = Store::Open(files_, kStore, disk_.Options(files_));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  static ErasureRequest About(const std::vector<std::string>& refs) {
    ErasureRequest request;
    request.store_folder = kStore;
    request.working_directory = kProject;
    request.refs = refs;
    request.reason = "request 17";
    return request;
  }

  Result<ErasureReport> TryErase(const ErasureRequest& request) {
    return tracker::Erase(files_, request, disk_.Options(files_));
  }

  ErasureReport Erase(const ErasureRequest& request) {
    auto report = TryErase(request);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.value_or(ErasureReport());
  }

  // Why the erasure of `content` is refused, with nothing done.
  Error Refused(const std::string& content) {
    const auto report = TryErase(About({NameOf(content)}));
    EXPECT_FALSE(report.ok());
    EXPECT_TRUE(Has(content));
    EXPECT_FALSE(Exists(files_, StorePaths(kStore).erasing()));
    return report.ok() ? Error{} : report.error();
  }

  bool Has(const std::string& content) {
    const auto store = Open();
    if (store == nullptr) return false;
    const auto read = store->objects().Get(crypto::Sha256(content));
    EXPECT_TRUE(read.ok() || read.error().code == ErrorCode::kNotFound) << read.error().message;
    return read.ok() && *read == content;
  }

  // Whether any file of the store has bytes from the middle of `content`, which must not compress.
  bool LiesInAFile(const std::string& content, const std::string& folder = kStore) {
    return LiesInAFile(files_, content, folder);
  }
  static bool LiesInAFile(FileSystem& files, const std::string& content,
                          const std::string& folder) {
    const std::string sought = content.substr(content.size() / 2, 32);
    const auto entries = files.List(folder);
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = JoinPath(folder, entry.name);
      if (entry.stat.kind == FileKind::kDirectory && LiesInAFile(files, content, path)) return true;
      if (entry.stat.kind != FileKind::kFile) continue;
      const auto bytes = ReadFile(files, path);
      if (bytes->find(sought) != std::string::npos) return true;
    }
    return false;
  }

  bool IsUnfinished() { return Exists(files_, StorePaths(kStore).erasing()); }

  bool WasTold(const std::string& part) {
    return std::ranges::any_of(disk_.notices, [&](const std::string& notice) {
      return notice.find(part) != std::string::npos;
    });
  }

  void ExpectWhole() {
    const auto report =
        CheckStore(files_, kStore, disk_.Options(files_), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  }

  // The plan for `content`, as of now, and the document of its erasure.
  static ErasingPlan Plan(Store& store, const std::string& content, std::string& document) {
    const Digest digest = crypto::Sha256(content);
    ErasureDocument erasure{.subject = digest.ToString(), .reason = "request 17"};
    erasure.items = {{digest, "file", content.size(), {}}};
    document = *EncodeErasure(erasure);
    std::set<Digest> chunks;
    const auto add = [&](const Digest& chunk, std::uint64_t) -> Result<void> {
      chunks.insert(chunk);
      return {};
    };
    EXPECT_TRUE(store.objects().VisitChunks(digest, add, add).ok());
    return {.subject = erasure.subject,
            .document = crypto::Sha256(document),
            .ledger_size = store.ledger().size(),
            .chunks = {chunks.begin(), chunks.end()},
            .objects = {digest},
            .packs = *PacksOnDisk(store.files(), kStore)};
  }

  // An erasure of `content` that is in the ledger, and of which nothing is removed yet.
  void Begin(const std::string& content, bool purges_catalog = false) {
    const auto store = Open();
    Begin(files_, *store, content, purges_catalog);
  }
  static void Begin(FileSystem& files, Store& store, const std::string& content,
                    bool purges_catalog) {
    std::string document;
    ErasingPlan plan = Plan(store, content, document);
    plan.purges_catalog = purges_catalog;
    ASSERT_TRUE(BeginErasing(files, kStore, plan).ok());
    ASSERT_TRUE(store.AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }

  // Keeps what is begun from being finished.
  void PutIntoQuarantine() {
    ASSERT_TRUE(CreateDirectories(files_, StorePaths(kStore).quarantine()).ok());
    ASSERT_TRUE(WriteFileDurably(files_, kInQuarantine, "x").ok());
  }
  void EmptyQuarantine() { ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).quarantine()).ok()); }

  const std::string kInQuarantine = JoinPath(StorePaths(kStore).quarantine(), "some.pack");
  FaultFileSystem files_;
  CatalogDisk disk_;
  const std::string secret_ = RandomBytes(400'000, 1);  // Several chunks.
  const std::string other_ = RandomBytes(300'000, 2);
};

TEST_F(Erasing, TakesWhatIsNamedAndLeavesTheRest) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const ErasureReport report = Erase(About({NameOf(secret_)}));
  ASSERT_EQ(report.erased.size(), 1U);
  EXPECT_EQ(report.freed_bytes, secret_.size());
  EXPECT_EQ(report.kept_bytes, 0U);
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_TRUE(Has(other_));
  ExpectWhole();
}

TEST_F(Erasing, WhatAnotherRunPrintedTooStaysUnlessSharedContentIsToGo) {
  const TestRun other{.name = "other", .log = secret_};
  Record({.name = "first", .log = secret_});
  Record(other);
  ErasureRequest request = About({"first"});
  request.logs = true;
  const ErasureReport report = Erase(request);
  EXPECT_TRUE(report.erased.empty());
  ASSERT_EQ(report.kept.size(), 1U);
  EXPECT_EQ(report.kept[0],
            "'log' stays, as the log of the run other has it too; --shared erases it");
  EXPECT_EQ(report.kept_bytes, secret_.size());
  EXPECT_TRUE(Has(secret_));
  request.shared = true;
  EXPECT_EQ(Erase(request).erased.size(), 1U);
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, LogsOfAllRunsThatHaveThemGoTogether) {
  Record({.name = "first", .log = secret_});
  Record({.name = "other", .log = secret_});
  ErasureRequest request = About({"first", "other"});
  request.logs = true;
  EXPECT_EQ(Erase(request).kept, std::vector<std::string>());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, PointsOfMetricsThatAnotherRunHasStay) {
  Record({.name = "first", .metrics = {{"auc", 1}, {"loss", 2}}});
  Record({.name = "other", .metrics = {{"auc", 1}}});
  ErasureRequest request = About({"first"});
  request.metrics = true;
  const ErasureReport report = Erase(request);
  ASSERT_EQ(report.kept.size(), 1U);
  EXPECT_NE(report.kept[0].find("the metric 'auc' of the run other"), std::string::npos);
  EXPECT_TRUE(Has("series of auc"));
  EXPECT_FALSE(Has("series of loss"));
}

// Files are erased by content, for all that name them as data; what only happens to have their
// bytes is something else.
TEST_F(Erasing, AFileStaysWithTheLogPatchOrConfigurationThatHasItsBytes) {
  const std::vector<std::pair<TestRun, std::string>> holders = {
      {{.name = "other", .log = secret_}, "the log of the run other"},
      {{.name = "other", .patch = secret_}, "the patch of the run other"},
      {{.name = "other", .metrics = {{"auc", 1}}}, "the metric 'auc' of the run other"},
      {{.name = "other", .configuration = {{"/etc/motd", secret_}}},
       "the file '/etc/motd' of the run other"}};
  for (const auto& [other, holder] : holders) {
    SCOPED_TRACE(holder);
    files_.SyncAll();
    ASSERT_TRUE(RemoveTree(files_, kStore).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    const std::string content = other.metrics.empty() ? secret_ : "series of auc";
    Record({.name = "first", .inputs = {{"a.bin", content}}});
    Record({.name = "second", .inputs = {{"b.bin", content}}});
    EXPECT_EQ(Erase(About({NameOf(content)})).erased.size(), 1U);  // Data alone: by content.
    EXPECT_FALSE(Has(content));
    Record({.name = "third", .inputs = {{"a.bin", content}}});
    Record(other);
    const ErasureReport report = Erase(About({NameOf(content)}));
    EXPECT_TRUE(report.erased.empty());
    ASSERT_EQ(report.kept.size(), 1U);
    EXPECT_EQ(report.kept[0],
              "'" + NameOf(content) + "' stays, as " + holder + " has it too; --shared erases it");
    EXPECT_TRUE(Has(content));
    ErasureRequest request = About({NameOf(content)});
    request.shared = true;
    EXPECT_EQ(Erase(request).erased.size(), 1U);
    EXPECT_FALSE(Has(content));
  }
}

TEST_F(Erasing, AFileOfAFolderStaysThatIsEvidenceOfARun) {
  const std::string folder = JoinPath(kProject, "data");
  ASSERT_TRUE(files_.CreateDirectory(folder).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(folder, "report.bin"), secret_).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(folder, "other.bin"), other_).ok());
  AddRequest adding;
  adding.store_folder = kStore;
  adding.project_folder = kProject;
  adding.paths = {folder};
  adding.name = "data";
  const auto added = AddDatasets(files_, adding, disk_.Options(files_));
  ASSERT_TRUE(added.ok()) << added.error().message;
  Record({.name = "first", .evidence = {{"validation", secret_}}});
  const ErasureReport report = Erase(About({"data"}));
  EXPECT_EQ(report.kept, (std::vector<std::string>{"'report.bin' stays, as the evidence of the run "
                                                   "first has it too; --shared erases it"}));
  EXPECT_TRUE(Has(secret_));
  EXPECT_FALSE(LiesInAFile(other_, kStore));
  ExpectWhole();
}

TEST_F(Erasing, WhatIsOnlyALogOrPatchIsErasedByItsName) {
  Record({.name = "first", .log = secret_, .patch = other_});
  EXPECT_EQ(Erase(About({NameOf(secret_), NameOf(other_)})).erased.size(), 2U);
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_FALSE(LiesInAFile(other_));
}

TEST_F(Erasing, ANoteByTheDigestOfItsDocumentIsPurgedAsOne) {
  const TestRun run{.name = "first"};
  Record(run);
  const std::string text = "a note about " + NameOf(other_);
  ASSERT_TRUE(Open()->AddNote(run.id.ToString(), text).ok());
  Digest document;
  ASSERT_TRUE(Open()
                  ->ledger()
                  .ForEach(0,
                           [&](const storage::LedgerEntry& entry) -> Result<void> {
                             if (entry.kind == "note") document = entry.payload;
                             return {};
                           })
                  .ok());
  const ErasureReport report = Erase(About({document.ToString()}));
  ASSERT_EQ(report.erased.size(), 1U);
  EXPECT_EQ(report.erased[0].items[0].kind, "note");
  EXPECT_TRUE(Open()->GetRun(run.id)->notes.empty());
}

TEST_F(Erasing, AnEarlierErasureThatWasTheSameIsNotThisOne) {
  Record({.inputs = {{"secret.bin", secret_}}});
  ASSERT_EQ(Erase(About({NameOf(secret_)})).erased.size(), 1U);
  Record({.inputs = {{"again.bin", secret_}}});
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(store->objects().Get(plan.document).ok()) << "it is not the same document";
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
  }
  EXPECT_TRUE(Has(secret_));  // As nothing of this one is in the ledger.
  EXPECT_FALSE(IsUnfinished());
}

TEST_F(Erasing, OneThatCannotBeFinishedHidesWhatIsToGoAndIsFinishedWhenItCan) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  Begin(secret_);
  for (int i = 0; i < 2; ++i) {
    disk_.notices.clear();
    EXPECT_FALSE(Has(secret_));
    EXPECT_TRUE(Has(other_));
    EXPECT_TRUE(
        WasTold("an erasure is not finished, and bytes of it may still be there: damaged "
                "packs in '/project/.reprise/quarantine'"));
    EXPECT_TRUE(IsUnfinished());
    EXPECT_FALSE(Open()->is_read_only());
  }
  const auto checked =
      CheckStore(files_, kStore, disk_.Options(files_), {.read_data_percent = 100});
  ASSERT_TRUE(checked.ok()) << checked.error().message;
  ASSERT_EQ(checked->problems.size(), 1U);
  EXPECT_EQ(checked->problems[0].kind, "erasure");
  const auto second = TryErase(About({NameOf(other_)}));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("an earlier erasure is not finished"), std::string::npos);
  EmptyQuarantine();
  disk_.notices.clear();
  EXPECT_TRUE(Has(other_));
  EXPECT_TRUE(disk_.notices.empty());
  EXPECT_FALSE(IsUnfinished());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, WhatIsStoredAgainWhileOneIsNotFinishedStays) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const std::vector<Ulid> old_packs = *PacksOnDisk(files_, kStore);
  PutIntoQuarantine();
  Begin(secret_);
  Record({.inputs = {{"again.bin", secret_}}});
  EXPECT_TRUE(Has(secret_));
  EmptyQuarantine();
  EXPECT_TRUE(Has(secret_));
  EXPECT_TRUE(Has(other_));
  EXPECT_FALSE(IsUnfinished());
  for (const Ulid& pack : old_packs) EXPECT_FALSE(Exists(files_, storage::PackPath(kStore, pack)));
  ExpectWhole();
}

TEST_F(Erasing, TheCatalogMayBeMadeAnewBeforeOneIsFinished) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  Begin(secret_);
  ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).catalog()).ok());
  EXPECT_FALSE(Has(secret_));
  Record({.inputs = {{"again.bin", secret_}}});
  ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).catalog()).ok());
  EXPECT_TRUE(Has(secret_));
  EmptyQuarantine();
  EXPECT_TRUE(Has(secret_));
  EXPECT_FALSE(IsUnfinished());
  ExpectWhole();
}

TEST_F(Erasing, PiecesThatARunCountsOnThatWasSealedSinceThePlanStayAndItIsSaid) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const std::string longer = secret_ + other_;
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
    const auto presence = storage::NewCatalogPresence(store->catalog());
    ASSERT_TRUE(
        testing::SealRun(files_, kStore, {.inputs = {{"longer.bin", longer}}}, presence.get())
            .ok());
    ASSERT_TRUE(store->AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }
  EXPECT_TRUE(Has(longer));
  EXPECT_FALSE(Has(secret_));
  EXPECT_TRUE(WasTold("pieces of what was erased stay"));
  EXPECT_FALSE(IsUnfinished());
  ExpectWhole();
}

// Every call in turn finds the device full, or fails, from then on or once.
TEST_F(Erasing, OneThatFailsAnywhereLeavesAStoreThatIsReadAndFinishedLater) {
  const std::string secret = RandomBytes(60'000, 3);  // Little, as this is done often.
  const std::string other = RandomBytes(40'000, 4);
  using Kind = FaultFileSystem::FaultKind;
  using Duration = FaultFileSystem::FaultDuration;
  const std::vector<std::tuple<Kind, Duration, bool>> faults = {
      {Kind::kNoSpace, Duration::kFromThenOn, false},
      {Kind::kNoSpace, Duration::kFromThenOn, true},
      {Kind::kIoError, Duration::kOnce, false},
      {Kind::kIoError, Duration::kOnce, true}};
  for (const auto& [kind, duration, purges_catalog] : faults) {
    int moments = 0;
    for (bool was_injected = true; was_injected; ++moments) {
      SCOPED_TRACE(moments);
      files_.SyncAll();
      ASSERT_TRUE(RemoveTree(files_, kStore).ok());
      ASSERT_TRUE(Store::Create(files_, kProject).ok());
      Record({.inputs = {{"secret.bin", secret}, {"other.bin", other}}});
      PutIntoQuarantine();
      Begin(secret, purges_catalog);
      EmptyQuarantine();
      files_.SyncAll();
      files_.FailCall(moments, kind, duration);
      auto store = Store::Open(files_, kStore, disk_.Options(files_));
      was_injected = files_.fault_injected();
      // A device that fails may keep the store from being opened; a full one may not.
      if (kind == Kind::kNoSpace) {
        ASSERT_TRUE(store.ok()) << store.error().message;
        const auto read = (*store)->objects().Get(crypto::Sha256(other));
        ASSERT_TRUE(read.ok()) << read.error().message;
        EXPECT_EQ(*read, other);
      }
      store = Error{ErrorCode::kIoError, "closed"};
      files_.SyncAll();
      EXPECT_TRUE(Has(other));
      EXPECT_FALSE(IsUnfinished());
      EXPECT_FALSE(LiesInAFile(secret));
      ExpectWhole();
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
    EXPECT_GT(moments, kind == Kind::kNoSpace ? 2 : 10);
  }
}

// The power goes before each change, and takes the catalog's newest rows with it where these were
// not synced: that is, as long as the packs that they led to before are there.
TEST_F(Erasing, OneThatIsCutOffAnywhereIsFinishedByWhoeverComesNext) {
  const std::string secret = RandomBytes(60'000, 3);
  const std::string other = RandomBytes(40'000, 4);
  for (const auto& variant :
       {std::pair(false, false), std::pair(false, true), std::pair(true, false)}) {
    const bool purges_catalog = variant.first;
    const bool loses_rows = variant.second;
    CatalogDisk disk;
    CatalogDisk at_crash;
    std::size_t batches = 0;
    std::vector<Ulid> packs;
    const auto open = [&](FaultFileSystem& files) {
      return Store::Open(files, kStore, disk.Options(files));
    };
    const auto seen = reprise::testing::EnumerateCrashes(
        [&](FaultFileSystem& files) {
          disk = CatalogDisk();
          ASSERT_TRUE(files.CreateDirectory(kProject).ok());
          ASSERT_TRUE(Store::Create(files, kProject).ok());
          ASSERT_TRUE(
              testing::SealRun(files, kStore, {.inputs = {{"a", secret}, {"b", other}}}).ok());
          ASSERT_TRUE(CreateDirectories(files, StorePaths(kStore).quarantine()).ok());
          ASSERT_TRUE(WriteFileDurably(files, kInQuarantine, "x").ok());
          const auto store = open(files);
          ASSERT_TRUE(store.ok());
          packs = *PacksOnDisk(files, kStore);
          Begin(files, **store, secret, purges_catalog);
          ASSERT_TRUE(RemoveTree(files, StorePaths(kStore).quarantine()).ok());
          batches = disk.batches();
        },
        [&](FaultFileSystem& files) {
          (void)open(files);
          at_crash = disk;
        },
        [&](FaultFileSystem& files) {
          disk = at_crash;
          if (loses_rows && Exists(files, storage::PackPath(kStore, packs.front()))) {
            disk.Keep(batches);
          }
          const auto store = open(files);
          ASSERT_TRUE(store.ok()) << store.error().message;
          const auto read = (*store)->objects().Get(crypto::Sha256(other));
          ASSERT_TRUE(read.ok()) << read.error().message;
          EXPECT_EQ(*read, other);
          EXPECT_FALSE((*store)->objects().Get(crypto::Sha256(secret)).ok());
          EXPECT_FALSE(Exists(files, StorePaths(kStore).erasing()));
          EXPECT_FALSE(LiesInAFile(files, secret, kStore));
        });
    EXPECT_GT(seen.moments, 10);
    EXPECT_GT(seen.outcomes, seen.moments);
  }
}

TEST_F(Erasing, ACatalogThatCannotForgetKeepsEverybodyFromWriting) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
    ASSERT_TRUE(store->AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }
  disk_.FailWrites(true);
  EXPECT_TRUE(Open()->is_read_only());
  EXPECT_TRUE(Has(other_));
  disk_.FailWrites(false);
  EXPECT_FALSE(Open()->is_read_only());
  EXPECT_FALSE(Has(secret_));
}

TEST_F(Erasing, TheRepairOfADamagedPackDoesNotCarryWhatIsToGoIntoAnother) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const std::string pack = storage::PackPath(kStore, PacksOnDisk(files_, kStore)->front());
  PutIntoQuarantine();
  Begin(secret_);
  ASSERT_NE(Open(), nullptr);
  std::string bytes = *ReadFile(files_, pack);
  bytes.resize(bytes.size() - 10);  // The index; the records are whole.
  ASSERT_TRUE(WriteFileDurably(files_, pack, bytes).ok());
  ASSERT_TRUE(CheckStore(files_, kStore, disk_.Options(files_), {.repair = true}).ok());
  EXPECT_TRUE(LiesInAFile(secret_, StorePaths(kStore).packs()));
  EXPECT_TRUE(IsUnfinished());
  EmptyQuarantine();
  EXPECT_TRUE(Has(other_));
  EXPECT_FALSE(IsUnfinished());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, WhatDiedInTheInboxIsSwept) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const std::string left = StorePaths(kStore).nursery(Ulid::Generate());
  ASSERT_TRUE(files_.CreateDirectory(left).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(left, "some.pack"), secret_).ok());
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
}

TEST_F(Erasing, IsRefusedWhileASessionIsMade) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const auto nursery = files_.Lock(StorePaths(kStore).nursery_lock(), LockMode::kShared, 0);
  ASSERT_TRUE(nursery.ok());
  ASSERT_TRUE(files_.CreateDirectory(StorePaths(kStore).nursery(Ulid::Generate())).ok());
  EXPECT_EQ(Refused(secret_).code, ErrorCode::kTimeout);
}

TEST_F(Erasing, IsRefusedWhereBytesMayHide) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const StorePaths paths(kStore);
  const std::string pack = storage::PackPath(kStore, PacksOnDisk(files_, kStore)->front());
  for (const std::string& stray :
       {JoinPath(paths.inbox(), "copy"), JoinPath(paths.inbox(), ".copy"),
        JoinPath(paths.packs(), "copy.pack"), pack + ".tmp"}) {
    ASSERT_TRUE(WriteFileDurably(files_, stray, secret_).ok());
    const Error error = Refused(secret_);
    EXPECT_EQ(error.code, ErrorCode::kCorruption) << stray;
    EXPECT_NE(error.message.find(stray), std::string::npos) << error.message;
    ASSERT_TRUE(files_.RemoveFile(stray).ok());
  }
  // What cannot be listed: here, because it is no folder.
  ASSERT_TRUE(WriteFileDurably(files_, paths.quarantine(), "").ok());
  EXPECT_NE(Refused(secret_).message.find("cannot be listed"), std::string::npos);
  ASSERT_TRUE(files_.RemoveFile(paths.quarantine()).ok());
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
}

TEST_F(Erasing, APackThatTheCatalogDoesNotKnowIsSearched) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const Ulid known = PacksOnDisk(files_, kStore)->front();
  Record({.inputs = {{"again.bin", secret_}, {"other.bin", other_}}});
  const std::vector<Ulid> packs = *PacksOnDisk(files_, kStore);
  for (const Ulid& pack : packs) {
    if (pack == known) continue;
    storage::CatalogBatch batch;
    batch.Delete(storage::Space::kPack, UlidBytes(pack));
    ASSERT_TRUE(Open()->catalog().Apply(batch).ok());
  }
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_TRUE(Has(other_));
  ExpectWhole();
}

TEST_F(Erasing, AProfileBeginsItsSessionBeforeItReads) {
  const std::string table = "name,amount\nada,17\nbob,18\n";
  Record({.inputs = {{"customers.csv", table}}});
  const auto store = Open();
  files_.SyncAll();
  const auto made = RecordProfiles(*store, ColumnSettings(),
                                   {{"customers.csv", "", crypto::Sha256(table), table.size()}},
                                   [] { return false; });
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, 1U);
  const auto calls = files_.calls();
  const auto begins = std::ranges::find_if(calls, [](const FaultFileSystem::Call& call) {
    return call.method == "CreateDirectory" && call.path.starts_with(kStore + "/inbox/.");
  });
  const auto reads = std::ranges::find_if(calls, [](const FaultFileSystem::Call& call) {
    return call.path.starts_with(kStore + "/packs/");
  });
  ASSERT_NE(begins, calls.end());
  ASSERT_NE(reads, calls.end());
  EXPECT_LT(begins - calls.begin(), reads - calls.begin());
}

TEST_F(Erasing, OfContentThatIsGoneNoProfileIsMadeAndNoSessionIsLeft) {
  const std::string table = "name,amount\nada,17\nbob,18\n";
  Record({.inputs = {{"customers.csv", table}}});
  Erase(About({NameOf(table)}));
  const auto store = Open();
  const auto made = RecordProfiles(*store, ColumnSettings(),
                                   {{"customers.csv", "", crypto::Sha256(table), table.size()}},
                                   [] { return false; });
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, 0U);
  EXPECT_EQ(testing::CountEntries(*store, "profile", NameOf(table)), 0);
  EXPECT_TRUE(files_.List(StorePaths(kStore).inbox())->empty());
}

}  // namespace
}  // namespace reprise::tracker
