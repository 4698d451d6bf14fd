// A store with a model, keys and a policy, that tests begin with.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/models.h"
#include "tracker/registry/evidence_file.h"
#include "tracker/registry/key_ring.h"
#include "tracker/registry/promotion_gate.h"
#include "tracker/registry/statements.h"

namespace reprise::tracker::testing {

inline constexpr std::int64_t kDayMs = 86'400'000;

class RegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory("/project").ok());
    ASSERT_TRUE(Store::Create(files_, "/project").ok());
    files_.SyncAll();
    Open();
  }

  void Open(bool rebuild = false) {
    store_.reset();
    StoreOptions options = disk_.Options(files_);
    options.rebuild_catalog = rebuild;
    auto store = Store::Open(files_, "/project/.reprise", options);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
  }

  RegisteredModel Register(const std::string& content = "model") {
    lineage::ModelVersion version{.name = "scorecard"};
    version.artifact.path = "model.bin";
    version.artifact.digest = crypto::Sha256(content);
    auto model = RegisterModel(*store_, std::move(version));
    EXPECT_TRUE(model.ok()) << model.error().message;
    return *std::move(model);
  }
  RegisteredModel Model(const std::string& ref = "scorecard@1") {
    return **FindModel(store_->catalog(), ref);
  }

  void SetRules(const std::string& rules) {
    const auto set =
        SetPolicy(*store_, "version = 1\nname = \"p\"\n[[promotion]]\nto = \"qa\"\n" + rules,
                  "policy.toml", Now());
    ASSERT_TRUE(set.ok()) << set.error().message;
  }

  lineage::TrustedKey Record(const crypto::P256PrivateKey& key, const std::string& owner,
                             std::vector<std::string> roles) {
    lineage::TrustedKey record{.key = key.PublicKey()};
    record.owner = owner;
    record.printed_name = owner + " in print";
    record.roles = std::move(roles);
    return record;
  }
  void Trust(const lineage::TrustedKey& record) {
    const auto trusted = TrustKey(*store_, record);
    ASSERT_TRUE(trusted.ok()) << trusted.error().message;
  }

  // Drafts and signs; the envelope is not recorded.
  storage::DsseEnvelope Signed(const crypto::P256PrivateKey& key, const std::string& role,
                               const std::string& to = "qa",
                               lineage::Decision decision = lineage::Decision::kApprove) {
    const KeyRing ring = *KeyRing::Load(store_->catalog());
    const KnownKey* const known = ring.Find(key.PublicKey().Fingerprint().ToHex());
    const auto draft =
        DraftStatement(*store_, Model(), *known,
                       {.decision = decision, .to = to, .role = role, .reason = "fine"}, Now());
    EXPECT_TRUE(draft.ok()) << draft.error().message;
    return *storage::SignDsse(
        {std::string(storage::kInTotoPayloadType), *lineage::EncodeApproval(*draft)}, key);
  }
  void Sign(const crypto::P256PrivateKey& key, const std::string& role,
            const std::string& to = "qa",
            lineage::Decision decision = lineage::Decision::kApprove) {
    const auto envelope = Signed(key, role, to, decision);  // Before it is filed.
    const auto filed = FileStatement(*store_, envelope, Now());
    ASSERT_TRUE(filed.ok()) << filed.error().message;
  }

  void AddFile(const std::string& path, const std::string& content) {
    ASSERT_TRUE(WriteFileDurably(files_, path, content).ok());
  }

  bool MayMove(const std::string& to = "qa") {
    const auto check = CheckModelMove(*store_, Model(), to, Now());
    EXPECT_TRUE(check.ok()) << check.error().message;
    return check->verdict.is_met();
  }
  Result<lineage::Candidate> Candidate(const RegisteredModel& model) {
    REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store_->catalog()));
    return GatherCandidate(*store_, ring, model);
  }
  // Why the first statement does not count; "" when it does.
  std::string WhyVoid() {
    const auto candidate = Candidate(Model());
    EXPECT_EQ(candidate->approvals.size(), 1U);
    return candidate->approvals[0].void_because.value_or("");
  }

  static std::int64_t Now() { return NowUnixMs(); }

  reprise::testing::FaultFileSystem files_;
  testing::CatalogDisk disk_;
  std::unique_ptr<Store> store_;
  crypto::P256PrivateKey ada_ = *crypto::P256PrivateKey::Generate();
  crypto::P256PrivateKey bob_ = *crypto::P256PrivateKey::Generate();
};

}  // namespace reprise::tracker::testing
