// Damage of every kind, and what fsck makes of it.

#include "tracker/fsck.h"

#include <gtest/gtest.h>

#include "storage/object_rows.h"
#include "storage/tree.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/dataset.h"
#include "tracker/packs_on_disk.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using testing::CatalogDisk;
using testing::TestRun;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";

// Content of several blocks, which do not compress.
std::string LargeContent() {
  std::string content(1'500'000, '\0');
  std::uint64_t state = 7;
  for (char& c : content) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>(state >> 56);
  }
  return content;
}

class Fsck : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    ASSERT_TRUE(testing::SealRun(files_, kStore, run_).ok());
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    ASSERT_TRUE(store->AddNote(run_.id.ToString(), "a note").ok());
  }

  std::unique_ptr<Store> Open() {
    auto store = Store::Open(files_, kStore, disk_.Options(files_));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  FsckReport Check(const FsckOptions& options = {.read_data_percent = 100}) {
    const auto report = CheckStore(files_, kStore, disk_.Options(files_), options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.value_or(FsckReport());
  }

  std::vector<std::string> Packs() {
    std::vector<std::string> paths;
    const auto packs = PacksOnDisk(files_, kStore);
    for (const Ulid& pack : packs.value_or(std::vector<Ulid>())) {
      paths.push_back(storage::PackPath(kStore, pack));
    }
    return paths;
  }

  void Flip(const std::string& path, std::uint64_t offset) {
    std::string content = *ReadFile(files_, path);
    content.at(offset) = static_cast<char>(content.at(offset) ^ 0x21);
    ASSERT_TRUE(WriteFileDurably(files_, path, content).ok());
  }

  static bool Names(const FsckReport& report, const std::string& kind,
                    const std::optional<Digest>& digest = std::nullopt) {
    return std::ranges::any_of(report.problems, [&](const FsckProblem& problem) {
      return problem.kind == kind && (!digest.has_value() || problem.digest == digest);
    });
  }

  // Stores everything that the run named once more, as a run of another id.
  void AddAgain() {
    TestRun again = run_;
    again.id = Ulid::Generate();
    again.name = "";
    ASSERT_TRUE(testing::SealRun(files_, kStore, again).ok());
    ASSERT_NE(Open(), nullptr);
  }

  FaultFileSystem files_;
  CatalogDisk disk_;
  const TestRun run_ = {.name = "subject",
                        .inputs = {{"data.csv", "age,income\n1,2\n"}},
                        .outputs = {{"model.bin", LargeContent()}}};
  const Digest large_ = crypto::Sha256(LargeContent());
};

TEST_F(Fsck, AWholeStoreHasNoProblemsAndEveryByteWasRead) {
  const FsckReport report = Check();
  for (const FsckProblem& problem : report.problems) ADD_FAILURE() << problem.message;
  EXPECT_EQ(report.packs, 2U);
  EXPECT_GT(report.bytes_read, 1'500'000U);
  EXPECT_EQ(Check({}).bytes_read, 0U);
}

TEST_F(Fsck, AKeyOfKeyedDigestsThatIsLostIsNamedAsLongAsThereAreSome) {
  const std::string key = StorePaths(kStore).digest_key();
  ASSERT_TRUE(LoadOrMakeStoreKey(files_, kStore).ok());
  ASSERT_TRUE(files_.RemoveFile(key).ok());
  EXPECT_FALSE(Names(Check(), "key"));
  TestRun keyed = {.name = "keyed"};
  keyed.host.Set("store_key", "0123456789abcdef");
  ASSERT_TRUE(testing::SealRun(files_, kStore, keyed).ok());
  EXPECT_TRUE(Names(Check(), "key"));
  ASSERT_TRUE(LoadOrMakeStoreKey(files_, kStore).ok());
  EXPECT_FALSE(Names(Check(), "key"));
  Flip(key, 30);
  EXPECT_TRUE(Names(Check(), "key"));
}

// A folder's subfolder is lost, which the folder's own document does not show.
TEST_F(Fsck, AMissingSubfolderIsNamedAndItsFolderIsNotTakenForWholeUntilItIsAddedAgain) {
  ASSERT_TRUE(CreateDirectories(files_, kProject + "/data/sub").ok());
  ASSERT_TRUE(WriteFileDurably(files_, kProject + "/data/sub/b", "b").ok());
  const auto add = [&] {
    const auto added = AddDatasets(
        files_, {.store_folder = kStore, .project_folder = kProject, .paths = {kProject + "/data"}},
        disk_.Options(files_));
    EXPECT_TRUE(added.ok()) << added.error().message;
    return added.ok() ? added->front().artifact.digest : Digest();
  };
  const Digest folder = add();
  Digest sub;
  {
    const auto store = Open();
    EXPECT_TRUE(*storage::HasWholeTree(store->catalog(), folder));
    sub = storage::FindInTree(store->objects(), folder, "sub")->digest;
    storage::CatalogBatch batch;
    batch.Delete(storage::Space::kObject, sub.ToStored());
    ASSERT_TRUE(store->catalog().Apply(batch).ok());
  }
  EXPECT_TRUE(Names(Check(), "missing", sub));
  EXPECT_FALSE(*storage::HasWholeTree(Open()->catalog(), folder));
  EXPECT_EQ(add(), folder);
  EXPECT_TRUE(Check().problems.empty());
  EXPECT_TRUE(*storage::HasWholeTree(Open()->catalog(), folder));
}

TEST_F(Fsck, Promise4ADamagedChunkIsNamedWithEveryObjectThatItTouchesAndAddingAgainHealsIt) {
  Flip(Packs()[0], 100'000);
  EXPECT_EQ(Open()->objects().Get(large_).error().code, ErrorCode::kCorruption);
  const FsckReport report = Check();
  EXPECT_TRUE(Names(report, "pack"));
  EXPECT_TRUE(Names(report, "object", large_));
  EXPECT_TRUE(std::ranges::any_of(report.problems, [](const FsckProblem& problem) {
    return problem.message.find("output") != std::string::npos &&
           problem.message.find("model.bin") != std::string::npos;
  })) << "the run's output is not named";
  {
    const auto store = Open();
    const auto presence = storage::NewCatalogPresence(store->catalog());
    EXPECT_FALSE(presence->HasObjects({&large_, 1})->at(0));
    EXPECT_TRUE(*storage::HasDamageNote(store->catalog()));
  }
  AddAgain();
  EXPECT_EQ(*Open()->objects().Get(large_), LargeContent());
  const FsckReport healed = Check();
  EXPECT_FALSE(Names(healed, "object", large_));
  EXPECT_TRUE(Names(healed, "pack"));  // The damaged bytes are still there.
}

TEST_F(Fsck, ATruncatedPackIsFoundWithoutReadingData) {
  const std::string pack = Packs()[0];
  std::string content = *ReadFile(files_, pack);
  content.resize(content.size() / 2);
  ASSERT_TRUE(WriteFileDurably(files_, pack, content).ok());
  const FsckReport report = Check({});
  EXPECT_TRUE(Names(report, "pack"));
  EXPECT_TRUE(Names(report, "object", large_));
}

TEST_F(Fsck, AMissingPackIsFoundWithEverythingThatItHeld) {
  ASSERT_TRUE(files_.RemoveFile(Packs()[0]).ok());
  const FsckReport report = Check({});
  EXPECT_TRUE(Names(report, "pack"));
  EXPECT_TRUE(Names(report, "object", large_));
  EXPECT_TRUE(Names(report, "object", crypto::Sha256("age,income\n1,2\n")));
}

TEST_F(Fsck, EverythingThatARunNamesIsMissedWhenItIsNotThere) {
  ASSERT_TRUE(testing::SealRun(files_, kStore, {.names_absent_content = true}).ok());
  const FsckReport report = Check({});
  for (const Digest& digest : {testing::kAbsentTree, testing::kAbsentPatch, testing::kAbsentLog}) {
    EXPECT_TRUE(Names(report, "missing", digest));
  }
}

TEST_F(Fsck, ADamagedLedgerKeepsNothingElseFromBeingChecked) {
  const std::string entries = kStore + "/ledger/entries";
  Flip(entries, ReadFile(files_, entries)->size() - 40);
  ASSERT_TRUE(files_.RemoveFile(Packs()[0]).ok());
  const FsckReport report = Check();
  EXPECT_TRUE(Names(report, "ledger"));
  EXPECT_TRUE(Names(report, "pack"));
  EXPECT_TRUE(Names(report, "object"));
  EXPECT_FALSE(Names(report, "store"));
}

TEST_F(Fsck, ARunThatIsSealedDuringTheCheckIsNoProblem) {
  const TestRun other = {.name = "other", .outputs = {{"other.bin", "made meanwhile"}}};
  bool is_sealed = false;
  const FsckReport report = Check({.progress = [&](std::uint64_t, std::uint64_t) {
    if (std::exchange(is_sealed, true)) return;
    ASSERT_TRUE(testing::SealRun(files_, kStore, other).ok());
  }});
  ASSERT_TRUE(is_sealed);
  for (const FsckProblem& problem : report.problems) ADD_FAILURE() << problem.message;
  EXPECT_TRUE(Open()->GetRun(other.id).ok());
}

TEST_F(Fsck, AFactThatDiedBeforeItWasRecordedIsNoProblem) {
  const std::string session = StorePaths(kStore).session(Ulid::Generate());
  bool is_left = false;
  const FsckReport report = Check({.progress = [&](std::uint64_t, std::uint64_t) {
    if (std::exchange(is_left, true)) return;
    ASSERT_TRUE(files_.CreateDirectory(session).ok());
    for (const char* const name : {"fact", "journal.part"}) {
      ASSERT_TRUE(WriteFileDurably(files_, JoinPath(session, name), "").ok());
    }
  }});
  ASSERT_TRUE(is_left && Exists(files_, session));
  for (const FsckProblem& problem : report.problems) ADD_FAILURE() << problem.message;
}

TEST_F(Fsck, ASealedSessionThatCannotBeAdoptedIsAProblem) {
  const TestRun other = {.outputs = {{"other.bin", "made meanwhile"}}};
  ASSERT_TRUE(testing::SealRun(files_, kStore, other).ok());
  const std::string session = StorePaths(kStore).session(other.id);
  const auto entries = files_.List(session);
  ASSERT_TRUE(entries.ok());
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name.ends_with(".pack")) {
      ASSERT_TRUE(files_.RemoveFile(JoinPath(session, entry.name)).ok());
    }
  }
  EXPECT_TRUE(Names(Check(), "session"));
}

TEST_F(Fsck, StrayFilesAmongThePacksAreNamed) {
  ASSERT_TRUE(WriteFileDurably(files_, kStore + "/packs/notes.txt", "hello").ok());
  ASSERT_TRUE(files_.CreateDirectory(kStore + "/packs/zz").ok());
  const std::string misplaced = kStore + "/packs/zz/" + BaseName(Packs()[0]);
  ASSERT_TRUE(WriteFileDurably(files_, misplaced, "x").ok());
  const FsckReport report = Check({});
  EXPECT_EQ(std::ranges::count(report.problems, "stray", &FsckProblem::kind), 2);
}

TEST_F(Fsck, ACatalogThatIsWrongIsFoundAndRebuilt) {
  {
    const auto store = Open();
    storage::CatalogBatch batch;
    batch.Delete(storage::Space::kObject, large_.ToStored());
    ASSERT_TRUE(store->catalog().Apply(batch).ok());
  }
  const FsckReport report = Check({});
  EXPECT_TRUE(Names(report, "index"));
  EXPECT_TRUE(Names(report, "missing", large_));
  disk_.Keep(0);
  EXPECT_TRUE(Check().problems.empty());
}

TEST_F(Fsck, RepairSavesWhatIsWholeOfADamagedPackAndDeletesNothing) {
  const std::string pack = Packs()[0];
  const std::uint64_t size_bytes = files_.Stat(pack)->size_bytes;
  // In the middle of the large content, and the whole footer.
  std::string content = *ReadFile(files_, pack);
  content[100'000] = static_cast<char>(content[100'000] ^ 1);
  content.resize(size_bytes - 100);
  ASSERT_TRUE(WriteFileDurably(files_, pack, content).ok());
  const FsckReport report = Check({.read_data_percent = 100, .repair = true});
  EXPECT_EQ(report.repaired.size(), 1U);
  EXPECT_FALSE(Names(report, "pack"));
  EXPECT_TRUE(Names(report, "object", large_));
  const auto kept = ReadFile(files_, kStore + "/quarantine/" + BaseName(pack));
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  EXPECT_EQ(*kept, content);
  {
    const auto store = Open();
    const auto small = store->objects().Get(crypto::Sha256("age,income\n1,2\n"));
    ASSERT_TRUE(small.ok()) << small.error().message;
    EXPECT_EQ(*small, "age,income\n1,2\n");
    EXPECT_FALSE(store->objects().Get(large_).ok());
  }
  AddAgain();
  const auto healed = Open()->objects().Get(large_);
  ASSERT_TRUE(healed.ok()) << healed.error().message;
  EXPECT_EQ(*healed, LargeContent());
  const FsckReport after = Check();
  for (const FsckProblem& problem : after.problems) ADD_FAILURE() << problem.message;
}

TEST_F(Fsck, RepairMakesAPackReadableWhoseHeaderIsDamaged) {
  Flip(Packs()[0], 20);
  EXPECT_TRUE(Names(Check({}), "pack"));
  const FsckReport report = Check({.read_data_percent = 100, .repair = true});
  for (const FsckProblem& problem : report.problems) ADD_FAILURE() << problem.message;
  EXPECT_EQ(*Open()->objects().Get(large_), LargeContent());
}

TEST_F(Fsck, ARepairOfAWholeStoreDoesNothing) {
  const auto before = Packs();
  const FsckReport report = Check({.read_data_percent = 100, .repair = true});
  EXPECT_TRUE(report.problems.empty());
  EXPECT_TRUE(report.repaired.empty());
  EXPECT_EQ(Packs(), before);
}

}  // namespace
}  // namespace reprise::tracker
