// The documents of erasures: their golden bytes, and what their readers refuse.

#include "tracker/erasure_document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"

namespace reprise::tracker {
namespace {

using reprise::testing::ExpectGolden;

ErasureDocument SomeErasure() {
  ErasureDocument erasure{.subject = crypto::Sha256("folder").ToString(),
                          .reason = "request 17, caf\xC3\xA9",
                          .kept_bytes = 5};
  erasure.items = {{crypto::Sha256("b"), "file", 1, {"data/a.csv", "data/\xFF.csv"}},
                   {crypto::Sha256("a"), "profile", 2, {}}};
  std::ranges::sort(erasure.items, {}, &ErasedItem::digest);
  return erasure;
}

ErasingPlan SomePlan() {
  ErasingPlan plan{.subject = SomeErasure().subject,
                   .document = crypto::Sha256("document"),
                   .ledger_size = 7,
                   .purges_catalog = true,
                   .chunks = {crypto::Sha256("a"), crypto::Sha256("b")},
                   .objects = {crypto::Sha256("c")},
                   .packs = {Ulid(), *Ulid::Parse("01M7Q5CQG060RK4CSM6MV3EE1S")}};
  std::ranges::sort(plan.chunks);
  return plan;
}

TEST(ErasureDocuments, HaveTheirGoldenBytes) {
  ExpectGolden("documents/erasure_v1.json", *EncodeErasure(SomeErasure()));
  ExpectGolden("documents/erasing_v1.json", EncodeErasingPlan(SomePlan()));
}

TEST(ErasureDocuments, AreReadAsTheyWereWritten) {
  const auto erasure = DecodeErasure(*EncodeErasure(SomeErasure()));
  ASSERT_TRUE(erasure.ok()) << erasure.error().message;
  EXPECT_EQ(*erasure, SomeErasure());
  const auto plan = DecodeErasingPlan(EncodeErasingPlan(SomePlan()));
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(*plan, SomePlan());
}

TEST(ErasureDocuments, WithoutAReasonOrOrderAreNotWritten) {
  const auto refused = [](const std::function<void(ErasureDocument&)>& change) {
    ErasureDocument erasure = SomeErasure();
    change(erasure);
    const auto written = EncodeErasure(erasure);
    return !written.ok() && written.error().code == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { erasure.reason.clear(); }));
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { erasure.subject.clear(); }));
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { erasure.items.clear(); }));
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { std::ranges::reverse(erasure.items); }));
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { erasure.items[0].kind = "run"; }));
  EXPECT_TRUE(refused([](ErasureDocument& erasure) { erasure.items[0].paths = {"b", "a"}; }));
}

TEST(ErasureDocuments, WhatTheirWriterWouldNotHaveWrittenIsDamage) {
  const std::string document = *EncodeErasure(SomeErasure());
  for (const std::string& wrong :
       {document + " ", document.substr(1), std::string("{}"), std::string(),
        std::string(R"({"items":[],"kept_bytes":0,"reason":"x","subject":"y",)"
                    R"("type":"reprise/erasure/v1"})")}) {
    const auto read = DecodeErasure(wrong);
    ASSERT_FALSE(read.ok()) << wrong;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption) << wrong;
  }
  EXPECT_FALSE(DecodeErasingPlan(document).ok());
  const std::string plan = EncodeErasingPlan(SomePlan());
  for (const auto& [part, other] : {std::pair("\"01M7Q5CQG060RK4CSM6MV3EE1S\"", "7"),
                                    std::pair("01M7Q5CQG060RK4CSM6MV3EE1S", "no pack"),
                                    std::pair("\"ledger_size\":7", "\"ledger_size\":-7")}) {
    std::string wrong = plan;
    wrong.replace(wrong.find(part), std::string(part).size(), other);
    const auto read = DecodeErasingPlan(wrong);
    ASSERT_FALSE(read.ok()) << wrong;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption) << wrong;
  }
}

}  // namespace
}  // namespace reprise::tracker
