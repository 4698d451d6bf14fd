// Every form in which a run or an artifact can be named.

#include "tracker/refs.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/dataset.h"

namespace reprise::tracker {
namespace {

using testing::TestRun;

const std::string kStore = "/project/.reprise";

class Refs : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory("/project").ok());
    ASSERT_TRUE(Store::Create(files_, "/project").ok());
    for (const TestRun& run : {first_, second_, third_}) {
      ASSERT_TRUE(testing::SealRun(files_, kStore, run).ok());
    }
    auto store = Store::Open(files_, kStore, disk_.Options(files_));
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
  }

  Result<Resolved> Resolve(const std::string& ref) {
    return ResolveRef({.store = *store_, .working_directory = "/project"}, ref);
  }
  void ExpectRun(const std::string& ref, const Ulid& id) {
    const auto resolved = Resolve(ref);
    ASSERT_TRUE(resolved.ok()) << ref << ": " << resolved.error().message;
    ASSERT_TRUE(std::holds_alternative<Ulid>(*resolved)) << ref;
    EXPECT_EQ(std::get<Ulid>(*resolved), id) << ref;
  }
  void ExpectContent(const std::string& ref, const std::string& content) {
    const auto resolved = Resolve(ref);
    ASSERT_TRUE(resolved.ok()) << ref << ": " << resolved.error().message;
    ASSERT_TRUE(std::holds_alternative<ArtifactRef>(*resolved)) << ref;
    EXPECT_EQ(std::get<ArtifactRef>(*resolved).digest, crypto::Sha256(content)) << ref;
  }
  void ExpectError(const std::string& ref, ErrorCode code) {
    const auto resolved = Resolve(ref);
    ASSERT_FALSE(resolved.ok()) << ref;
    EXPECT_EQ(resolved.error().code, code) << ref << ": " << resolved.error().message;
    EXPECT_NE(resolved.error().message.find(ref.substr(0, 4)), std::string::npos)
        << resolved.error().message;
  }

  reprise::testing::FaultFileSystem files_;
  testing::CatalogDisk disk_;
  // The first two share their first eight characters.
  const TestRun first_ = {.id = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
                          .name = "brave-otter-7",
                          .experiment = "credit",
                          .outputs = {{"out/model.bin", "model one"}},
                          .metrics = {{"auc", 0.9}, {"loss", 0.3}}};
  const TestRun second_ = {.id = *Ulid::Parse("01ARZ3NDEZTSV4RRFFQ69G5FAV"),
                           .experiment = "credit",
                           .inputs = {{"data.csv", "the data"}},
                           .metrics = {{"auc", 0.8}, {"loss", 0.2}}};
  const TestRun third_ = {.id = *Ulid::Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ"), .experiment = "other"};
  std::unique_ptr<Store> store_;
};

TEST_F(Refs, ARunIsNamedByItsIdOrAUniquePrefixInAnyCase) {
  ExpectRun("01ARZ3NDEKTSV4RRFFQ69G5FAV", first_.id);
  ExpectRun("01ARZ3NDEK", first_.id);
  ExpectRun("01arz3ndez", second_.id);
  ExpectRun("01BX", third_.id);
}

TEST_F(Refs, APrefixOfSeveralRunsIsAmbiguousAndListsThem) {
  ExpectError("01ARZ3NDE", ErrorCode::kAmbiguous);
  const auto resolved = Resolve("01ARZ3NDE");
  EXPECT_NE(resolved.error().message.find(first_.id.ToString()), std::string::npos);
  EXPECT_NE(resolved.error().message.find(second_.id.ToString()), std::string::npos);
  ExpectError("01B", ErrorCode::kNotFound);  // Too short to be one.
}

TEST_F(Refs, ARunIsNamedByItsName) {
  ExpectRun("brave-otter-7", first_.id);
  ExpectError("brave-otter-8", ErrorCode::kNotFound);
}

TEST_F(Refs, TheNewestRunsCanBeCounted) {
  ExpectRun("@last", third_.id);
  ExpectRun("@last~1", second_.id);
  ExpectRun("@last~2", first_.id);
  ExpectRun("credit@last", second_.id);
  ExpectRun("credit@last~1", first_.id);
  ExpectError("@last~3", ErrorCode::kNotFound);
  ExpectError("nothing@last", ErrorCode::kNotFound);
  ExpectError("@last~x", ErrorCode::kNotFound);
}

TEST_F(Refs, TheBestRunOfAnExperimentIsFoundByAMetric) {
  ExpectRun("credit@max:auc", first_.id);
  ExpectRun("credit@min:auc", second_.id);
  ExpectRun("credit@min:loss", second_.id);
  ExpectError("credit@max:f1", ErrorCode::kNotFound);
  ExpectError("other@max:auc", ErrorCode::kNotFound);
}

TEST_F(Refs, ContentIsNamedByItsDigestOrAUniquePrefix) {
  const std::string digest = crypto::Sha256("model one").ToString();
  ExpectContent(digest, "model one");
  ExpectContent(digest.substr(7), "model one");
  ExpectContent(digest.substr(0, 7 + 8), "model one");
  ExpectContent(digest.substr(7, 9), "model one");  // An odd number of digits.
  ExpectError("sha256:0123", ErrorCode::kInvalidArgument);
  ExpectError("sha256:0123456789", ErrorCode::kNotFound);
}

TEST_F(Refs, AWholeDigestIsANameEvenOfContentThatIsNotStored) {
  ExpectContent(crypto::Sha256("elsewhere").ToString(), "elsewhere");
}

TEST_F(Refs, APlaceInARunIsAnOutputElseAnInput) {
  ExpectContent("brave-otter-7:out/model.bin", "model one");
  ExpectContent("credit@max:auc:out/model.bin", "model one");
  ExpectContent("01ARZ3NDEZ:data.csv", "the data");
  ExpectContent("@last~1:data.csv", "the data");
  ExpectError("brave-otter-7:data.csv", ErrorCode::kNotFound);
  ExpectError("nobody:data.csv", ErrorCode::kNotFound);
}

TEST_F(Refs, APathOnDiskIsItsContent) {
  ASSERT_TRUE(WriteFileDurably(files_, "/project/model.bin", "model one").ok());
  ExpectContent("model.bin", "model one");
  ExpectContent("./model.bin", "model one");
  ExpectContent("/project/model.bin", "model one");
  ExpectError("absent.bin", ErrorCode::kNotFound);
}

class DatasetRefs : public Refs {
 protected:
  void Add(const std::string& name, const std::string& file, const std::string& content) {
    const std::string path = "/project/" + file;
    ASSERT_TRUE(CreateDirectories(files_, ParentPath(path)).ok());
    ASSERT_TRUE(WriteFileDurably(files_, path, content).ok());
    store_.reset();
    ASSERT_TRUE(
        AddDatasets(files_,
                    {.store_folder = kStore,
                     .project_folder = "/project",
                     .paths = {file.find('/') == std::string::npos ? path : ParentPath(path)},
                     .name = name},
                    disk_.Options(files_))
            .ok());
    store_ = *Store::Open(files_, kStore, disk_.Options(files_));
  }
};

TEST_F(DatasetRefs, ADatasetIsNamedByItsNameAndTheNewestVersionIsMeant) {
  Add("census", "a.csv", "one");
  ExpectContent("census", "one");
  Add("census", "a.csv", "two");
  Add("census 2", "a.csv", "other");
  ExpectContent("census", "two");
  ExpectContent("census 2", "other");
  EXPECT_EQ(std::get<ArtifactRef>(*Resolve("census")).kind, lineage::ArtifactKind::kFile);
  ExpectError("cens", ErrorCode::kNotFound);
  EXPECT_NE(Resolve("cens").error().message.find("dataset"), std::string::npos);
}

TEST_F(DatasetRefs, APlaceInADatasetIsAnEntryOfItsFolder) {
  Add("images", "folder/cat.png", "cat");
  ExpectContent("images:cat.png", "cat");
  EXPECT_EQ(std::get<ArtifactRef>(*Resolve("images")).kind, lineage::ArtifactKind::kFolder);
  EXPECT_EQ(Resolve("images:dog.png").error().code, ErrorCode::kNotFound);
  const std::string digest = std::get<ArtifactRef>(*Resolve("images")).digest.ToString();
  ExpectContent(digest + ":cat.png", "cat");
  ExpectContent(digest.substr(0, 7 + 8) + ":cat.png", "cat");
  ExpectError("sha256:nonsense:cat.png", ErrorCode::kInvalidArgument);
}

TEST_F(DatasetRefs, ANameThatIsAlsoARunsIsAmbiguousAndListsBoth) {
  Add("brave-otter-7", "a.csv", "one");
  ExpectError("brave-otter-7", ErrorCode::kAmbiguous);
  const std::string message = Resolve("brave-otter-7").error().message;
  EXPECT_NE(message.find(first_.id.ToString()), std::string::npos) << message;
  EXPECT_NE(message.find(crypto::Sha256("one").ToString()), std::string::npos) << message;
}

TEST_F(DatasetRefs, ANameThatIsAlsoAPathIsAmbiguousUnlessTheContentIsTheSame) {
  Add("a.csv", "a.csv", "one");
  ExpectContent("a.csv", "one");
  ASSERT_TRUE(WriteFileDurably(files_, "/project/a.csv", "changed").ok());
  ExpectError("a.csv", ErrorCode::kAmbiguous);
  const std::string message = Resolve("a.csv").error().message;
  EXPECT_NE(message.find(crypto::Sha256("one").ToString()), std::string::npos) << message;
  EXPECT_NE(message.find(crypto::Sha256("changed").ToString()), std::string::npos) << message;
  ExpectContent("./a.csv", "changed");
}

TEST_F(DatasetRefs, NamesSurviveARebuiltCatalog) {
  Add("census", "a.csv", "one");
  store_.reset();
  StoreOptions rebuilding = disk_.Options(files_);
  rebuilding.rebuild_catalog = true;
  store_ = *Store::Open(files_, kStore, rebuilding);
  ExpectContent("census", "one");
}

TEST_F(Refs, ARunWhereContentIsNeededSaysWhatToWriteAndTheOtherWayRound) {
  const RefContext context{.store = *store_, .working_directory = "/project"};
  EXPECT_NE(ResolveArtifact(context, "brave-otter-7").error().message.find("brave-otter-7:PATH"),
            std::string::npos);
  EXPECT_EQ(ResolveRun(context, crypto::Sha256("model one").ToString()).error().code,
            ErrorCode::kNotFound);
}

TEST(RunNames, ANameIsGivenOnceAndTakenBackOnlyByItsRun) {
  reprise::testing::FaultFileSystem files;
  ASSERT_TRUE(CreateDirectories(files, StorePaths(kStore).names()).ok());
  const Ulid one = Ulid::Generate();
  const Ulid two = Ulid::Generate();
  ASSERT_TRUE(ReserveRunName(files, kStore, "calm-fern-1", one).ok());
  const auto taken = ReserveRunName(files, kStore, "calm-fern-1", two);
  EXPECT_EQ(taken.error().code, ErrorCode::kAlreadyExists);
  EXPECT_NE(taken.error().message.find(one.ToString()), std::string::npos);
  ReleaseRunName(files, kStore, "calm-fern-1", two);
  EXPECT_EQ(*FindRunByName(files, kStore, "calm-fern-1"), one);
  ReleaseRunName(files, kStore, "calm-fern-1", one);
  EXPECT_EQ(FindRunByName(files, kStore, "calm-fern-1").error().code, ErrorCode::kNotFound);
}

TEST(RunNames, InventedNamesAreNewAndValid) {
  reprise::testing::FaultFileSystem files;
  ASSERT_TRUE(CreateDirectories(files, StorePaths(kStore).names()).ok());
  const Ulid id = Ulid::Generate();
  const std::string first = *InventRunName(files, kStore, id);
  const std::string second = *InventRunName(files, kStore, id);  // The same words.
  EXPECT_NE(first, second);
  EXPECT_TRUE(CheckRunName(first).ok());
  EXPECT_TRUE(CheckRunName(second).ok());
}

TEST(RunNames, WhatCouldBeAnotherReferenceIsNoName) {
  for (const std::string name :
       {"", "-x", ".x", "_x", "a b", "a/b", "a:b", "a@last", "01ARZ3NDEKTSV4RRFFQ69G5FAV"}) {
    EXPECT_EQ(CheckRunName(name).error().code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_FALSE(CheckRunName(std::string(129, 'a')).ok());
  EXPECT_TRUE(CheckRunName(std::string(128, 'a')).ok());
}

}  // namespace
}  // namespace reprise::tracker
