// The documents of registered models: their golden bytes, and what their readers refuse.

#include "lineage/model_version.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

ModelVersion SomeVersion() {
  ModelVersion version{.name = "scorecard", .version = 3, .reason = "for review \xFF"};
  version.artifact.path = "out/model.json";
  version.artifact.digest = crypto::Sha256("{}");
  version.artifact.size_bytes = 2;
  version.run = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  return version;
}

const Promotion kPromotion = {"scorecard", 3, "development", "qa", "passes\nvalidation"};

Promotion Policed() {
  Promotion promotion = kPromotion;
  promotion.policy = crypto::Sha256("policy");
  promotion.is_override = true;
  promotion.statements = {crypto::Sha256("b"), crypto::Sha256("a")};
  return promotion;
}

TEST(ModelDocuments, HaveTheirGoldenBytes) {
  reprise::testing::ExpectGolden("documents/model_version_v1.json",
                                 *EncodeModelVersion(SomeVersion()));
  reprise::testing::ExpectGolden("documents/promotion_v1.json", *EncodePromotion(kPromotion));
  reprise::testing::ExpectGolden("documents/promotion_v2.json", *EncodePromotion(Policed()));
}

TEST(ModelDocuments, AreReadAsTheyWereWritten) {
  ModelVersion version = SomeVersion();
  EXPECT_EQ(*DecodeModelVersion(*EncodeModelVersion(version)), version);
  version.run.reset();
  EXPECT_EQ(*DecodeModelVersion(*EncodeModelVersion(version)), version);
  EXPECT_EQ(*DecodePromotion(*EncodePromotion(kPromotion)), kPromotion);
  EXPECT_EQ(*DecodePromotion(*EncodePromotion(Policed())), Policed());
}

TEST(ModelDocuments, WhatTheirWriterWouldNotWriteIsRefused) {
  const std::string version = *EncodeModelVersion(SomeVersion());
  const auto with = [](std::string document, std::string_view text, std::string_view other) {
    const std::size_t at = document.find(text);
    EXPECT_NE(at, std::string::npos) << text;
    return document.replace(at, text.size(), other);
  };
  for (const std::string& changed :
       {with(version, R"("version":3)", R"("version":0)"),
        with(version, R"("version":3)", R"("version":-1)"),
        with(version, R"("version":3)", R"("version":9007199254740992)"),
        with(version, R"("name":"scorecard")", R"("name":"a b")"),
        with(version, R"("type")", R"("stray":1,"type")"),
        with(version, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav")}) {
    const auto read = DecodeModelVersion(changed);
    ASSERT_FALSE(read.ok()) << changed;
  }
  const std::string promotion = *EncodePromotion(kPromotion);
  for (const std::string& changed : {with(promotion, R"("to":"qa")", R"("to":"3")"),
                                     with(promotion, R"("to":"qa")", R"("to":"last")"),
                                     with(promotion, R"("from":"development")", R"("from":"")"),
                                     with(promotion, R"("version":3)", R"("version":1.5)")}) {
    EXPECT_FALSE(DecodePromotion(changed).ok()) << changed;
  }
  const std::string policed = *EncodePromotion(Policed());
  for (const std::string& changed :
       {with(policed, "promotion/v2", "promotion/v1"),
        with(promotion, "promotion/v1", "promotion/v2"),
        with(policed, R"("override":true)", R"("override":1)"),
        with(policed, crypto::Sha256("b").ToString(), crypto::Sha256("a").ToString())}) {
    EXPECT_FALSE(DecodePromotion(changed).ok()) << changed;
  }
}

TEST(ModelDocuments, NamesThatReadAsSomethingElseMayNotBe) {
  for (const char* name : {"scorecard", "a", "A.b_c-9", "2024"}) {
    EXPECT_TRUE(CheckModelName(name).ok()) << name;
  }
  for (const char* name : {"", "-a", ".a", "a b", "a@1", "a/b", "caf\xC3\xA9"}) {
    EXPECT_FALSE(CheckModelName(name).ok()) << name;
  }
  EXPECT_FALSE(CheckModelName(std::string(129, 'a')).ok());
  EXPECT_TRUE(CheckStageName("pre-production").ok());
  for (const char* stage : {"last", "3", "", "max:auc"}) {
    EXPECT_FALSE(CheckStageName(stage).ok()) << stage;
  }
}

}  // namespace
}  // namespace reprise::lineage
