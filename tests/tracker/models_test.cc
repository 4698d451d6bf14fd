// The registry of models, as the ledger tells it.

#include "tracker/models.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/refs.h"

namespace reprise::tracker {
namespace {

const std::string kStore = "/project/.reprise";

class ModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory("/project").ok());
    ASSERT_TRUE(Store::Create(files_, "/project").ok());
    Open();
  }

  void Open(bool rebuild = false) {
    store_.reset();
    StoreOptions options = disk_.Options(files_);
    options.rebuild_catalog = rebuild;
    auto store = Store::Open(files_, kStore, options);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
  }

  RegisteredModel Register(const std::string& name, const std::string& content) {
    lineage::ModelVersion version{.name = name};
    version.artifact.path = "model.bin";
    version.artifact.digest = crypto::Sha256(content);
    auto model = RegisterModel(*store_, std::move(version));
    EXPECT_TRUE(model.ok()) << model.error().message;
    return *std::move(model);
  }
  void Promote(const std::string& ref, const std::string& to) {
    const auto model = Find(ref);
    ASSERT_TRUE(CheckMovable(*model, to).ok());
    const auto document = lineage::EncodePromotion({.name = model->version.name,
                                                    .version = model->version.version,
                                                    .from = model->stage(),
                                                    .to = to,
                                                    .reason = "because"});
    ASSERT_TRUE(document.ok()) << document.error().message;
    const auto added = store_->AddFact(std::string(kPromotionEntry), model->Name(), *document);
    ASSERT_TRUE(added.ok()) << added.error().message;
    EXPECT_EQ(Find(ref.substr(0, ref.find('@') + 1) + to)->stage(), to);
  }
  std::optional<RegisteredModel> Find(const std::string& ref) {
    auto model = FindModel(store_->catalog(), ref);
    return model.ok() ? *std::move(model) : std::nullopt;
  }
  ErrorCode CodeOf(const std::string& ref) {
    const auto model = FindModel(store_->catalog(), ref);
    EXPECT_FALSE(model.ok()) << ref;
    return model.error().code;
  }

  reprise::testing::FaultFileSystem files_;
  testing::CatalogDisk disk_;
  std::unique_ptr<Store> store_;
};

TEST_F(ModelsTest, VersionsAreNumberedFromOneForEachName) {
  EXPECT_EQ(Register("scorecard", "a").Name(), "scorecard@1");
  EXPECT_EQ(Register("scorecard", "b").Name(), "scorecard@2");
  EXPECT_EQ(Register("score", "c").Name(), "score@1");
  EXPECT_EQ(*ModelNames(store_->catalog()), (std::vector<std::string>{"score", "scorecard"}));
  EXPECT_EQ(VersionsOfModel(store_->catalog(), "scorecard")->size(), 2U);
  EXPECT_TRUE(VersionsOfModel(store_->catalog(), "scorecar")->empty());
}

TEST_F(ModelsTest, AVersionBeginsInDevelopmentAndHasTheStageOfItsNewestPromotion) {
  EXPECT_EQ(Register("m", "a").stage(), "development");
  Promote("m@1", "qa");
  Promote("m@1", "production");
  const auto model = Find("m@1");
  ASSERT_EQ(model->changes.size(), 2U);
  EXPECT_EQ(model->changes[1].promotion.from, "qa");
  EXPECT_EQ(model->changes[1].promotion.reason, "because");
}

TEST_F(ModelsTest, OfSeveralVersionsInAStageTheOneThatCameLastIsMeant) {
  Register("m", "a");
  Register("m", "b");
  Register("m", "c");
  EXPECT_EQ(Find("m@development")->Name(), "m@3");
  Promote("m@2", "production");
  Promote("m@1", "production");
  EXPECT_EQ(Find("m@production")->Name(), "m@1");
  Promote("m@1", "retired");
  EXPECT_EQ(Find("m@production")->Name(), "m@2");
}

TEST_F(ModelsTest, WhatNamesNoVersionIsToldFromWhatNamesNoModel) {
  Register("m", "a");
  EXPECT_EQ(CodeOf("m@2"), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf("m@qa"), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf("m@"), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf("m@18446744073709551616"), ErrorCode::kNotFound);
  for (const char* ref : {"m", "other@1", "@1", "a b@1"}) {
    const auto model = FindModel(store_->catalog(), ref);
    EXPECT_TRUE(model.ok() && !model->has_value()) << ref;
  }
}

TEST_F(ModelsTest, AStageThatItHasOrNobodyMayHaveIsRefused) {
  const RegisteredModel model = Register("m", "a");
  for (const char* stage : {"development", "", "3", "last", "a b"}) {
    const auto moved = CheckMovable(model, stage);
    ASSERT_FALSE(moved.ok()) << stage;
    EXPECT_EQ(moved.error().code, ErrorCode::kInvalidArgument);
  }
  Promote("m@1", "retired");
  EXPECT_FALSE(CheckMovable(*Find("m@1"), "qa").ok());
}

TEST_F(ModelsTest, Promise5TheRegistryIsRebuiltFromTheLedger) {
  Register("m", "a");
  Register("m", "b");
  Promote("m@1", "qa");
  const std::string before = FormatJson(RegisteredModelToJson(*Find("m@qa")));
  Open(true);
  EXPECT_EQ(FormatJson(RegisteredModelToJson(*Find("m@qa"))), before);
  EXPECT_EQ(Register("m", "c").Name(), "m@3");
}

TEST_F(ModelsTest, AVersionThatIsRegisteredTwiceStaysWhatItWas) {
  Register("m", "a");
  lineage::ModelVersion forged{.name = "m", .version = 1};
  forged.artifact.path = "model.bin";
  forged.artifact.digest = crypto::Sha256("b");
  EXPECT_FALSE(store_->AddFact("model_version", "m@1", *EncodeModelVersion(forged)).ok());
  EXPECT_EQ(Find("m@1")->version.artifact.digest, crypto::Sha256("a"));
}

TEST_F(ModelsTest, ADocumentAboutAnotherVersionThanItsEntryIsNotBelieved) {
  Register("m", "a");
  const lineage::Promotion promotion{"m", 1, "development", "production", ""};
  EXPECT_FALSE(store_->AddFact("promotion", "m@2", *EncodePromotion(promotion)).ok());
  EXPECT_EQ(Find("m@1")->stage(), "development");
}

TEST_F(ModelsTest, AVersionIsAReferenceToItsContent) {
  Register("m", "a");
  const auto resolved =
      ResolveRef({.store = *store_, .working_directory = "/project"}, "m@development");
  ASSERT_TRUE(resolved.ok()) << resolved.error().message;
  EXPECT_EQ(std::get<ArtifactRef>(*resolved).digest, crypto::Sha256("a"));
  ASSERT_TRUE(WriteFileDurably(files_, "/project/m@1", "other").ok());
  const auto ambiguous = ResolveRef({.store = *store_, .working_directory = "/project"}, "m@1");
  ASSERT_FALSE(ambiguous.ok());
  EXPECT_EQ(ambiguous.error().code, ErrorCode::kAmbiguous);
}

}  // namespace
}  // namespace reprise::tracker
