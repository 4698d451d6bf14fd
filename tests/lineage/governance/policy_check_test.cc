// What lets a version move, and what does not count.

#include "lineage/governance/policy_check.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "storage/crypto/sha256.h"
#include "tests/lineage/governance/governance_testing.h"

namespace reprise::lineage {
namespace {

constexpr std::int64_t kNow = 1'751'000'000'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kHead = "version = 1\nname = \"p\"\n[[promotion]]\nto = \"qa\"\n";

class PolicyCheckTest : public ::testing::Test {
 protected:
  PolicyCheckTest() {
    candidate_.model = "scorecard";
    candidate_.version = 3;
    candidate_.content = crypto::Sha256("model");
    candidate_.registration = crypto::Sha256("registration");
    candidate_.stage = "development";
    candidate_.authors = {"carl"};
    candidate_.has_run = true;
    candidate_.capture = "sealed";
    candidate_.value_of = [](const query::Field& field) -> std::optional<query::Value> {
      if (field.kind != query::FieldKind::kMetric || field.key != "auc") return std::nullopt;
      return query::Value::OfNumber(0.75);
    };
    candidate_.knows_packages = true;
    candidate_.packages["numpy"] = {"1.24.2"};
  }

  void SetPolicy(std::string_view rules) {
    const auto policy = ParsePolicy(std::string(kHead) + std::string(rules), "policy", kNow);
    ASSERT_TRUE(policy.ok()) << policy.error().message;
    policy_ = PolicyInForce{*policy, crypto::Sha256("policy")};
  }

  void AddEvidence(const std::string& kind, std::int64_t recorded_at_unix_ms) {
    FiledEvidence filed{testing::SomeEvidence(), crypto::Sha256(kind), recorded_at_unix_ms, 0};
    filed.evidence.kind = kind;
    candidate_.evidence.push_back(filed);
  }

  // A statement that counts, unless it is changed.
  FiledApproval& Sign(const std::string& owner, const std::string& role,
                      Decision decision = Decision::kApprove) {
    FiledApproval filed{testing::SomeApproval(), crypto::Sha256(owner + role), kNow, 0, {}};
    filed.approval.owner = owner;
    filed.approval.printed_name = owner;
    filed.approval.role = role;
    filed.approval.decision = decision;
    filed.approval.evidence = NamedEvidenceOf(candidate_);
    filed.approval.expires_unix_ms.reset();
    candidate_.approvals.push_back(filed);
    return candidate_.approvals.back();
  }

  MoveVerdict Check(const std::string& to = "qa") {
    return CheckMove(&*policy_, candidate_, to, kNow);
  }
  // The item whose requirement contains `text`.
  CheckedItem Item(const std::string& text) {
    for (const CheckedItem& item : Check().items) {
      if (item.requirement.find(text) != std::string::npos) return item;
    }
    ADD_FAILURE() << "there is no item '" << text << "'";
    return {};
  }

  std::optional<PolicyInForce> policy_;
  Candidate candidate_;
};

TEST_F(PolicyCheckTest, WithoutAPolicyEverythingMayMove) {
  const MoveVerdict verdict = CheckMove(nullptr, candidate_, "production", kNow);
  EXPECT_TRUE(verdict.is_met());
  EXPECT_TRUE(verdict.items.empty());
}

TEST_F(PolicyCheckTest, AMoveThatNoRuleNamesIsRefusedButForRetiring) {
  SetPolicy("");
  EXPECT_TRUE(Check().is_met());
  EXPECT_FALSE(Check("production").is_met());
  EXPECT_TRUE(Check("retired").is_met());
}

TEST_F(PolicyCheckTest, EvidenceMustBeThereAndFresh) {
  SetPolicy("evidence = [{ kind = \"validation\", max_age_days = 90 }]\n");
  EXPECT_FALSE(Check().is_met());
  AddEvidence("stability", kNow);
  EXPECT_FALSE(Check().is_met());
  AddEvidence("validation", kNow - 91 * kDayMs);
  EXPECT_NE(Item("validation").found.find("too old"), std::string::npos);
  AddEvidence("validation", kNow - 90 * kDayMs);
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, CaptureIsAtLeastWhatIsAsked) {
  SetPolicy("capture = \"proven\"\n");
  EXPECT_EQ(Item("proven").found, "it is sealed");
  EXPECT_FALSE(Check().is_met());
  candidate_.capture = "proven";
  EXPECT_TRUE(Check().is_met());
  candidate_.has_run = false;
  EXPECT_FALSE(Check().is_met());
}

TEST_F(PolicyCheckTest, ThresholdsAreOfTheRunAndSayWhatItHas) {
  SetPolicy("require = [\"metrics.auc >= 0.7\", \"metrics.ks > 0.1 or metrics.auc > 0.8\"]\n");
  EXPECT_TRUE(Item("metrics.auc >= 0.7").is_met);
  EXPECT_EQ(Item("metrics.auc >= 0.7").found, "metrics.auc is 0.75");
  EXPECT_FALSE(Item("metrics.ks").is_met);
  EXPECT_EQ(Item("metrics.ks").found, "metrics.ks is not there, metrics.auc is 0.75");
}

TEST_F(PolicyCheckTest, EvidenceOfARunIsAsOldAsTheRun) {
  SetPolicy("evidence = [{ kind = \"validation\", max_age_days = 90 }]\n");
  AddEvidence("validation", kNow - kDayMs);
  EXPECT_TRUE(Check().is_met());
  candidate_.evidence.back().made_at_unix_ms = kNow - 100 * kDayMs;
  EXPECT_FALSE(Check().is_met());
}

TEST_F(PolicyCheckTest, PackagesHaveAllowedVersions) {
  SetPolicy("packages = [{ name = \"numpy\", versions = [\"1.26.*\", \"1.2*.2\"] }]\n");
  EXPECT_TRUE(Check().is_met());
  candidate_.packages["numpy"].insert("2.0.1");
  EXPECT_FALSE(Check().is_met());
  candidate_.packages.clear();
  EXPECT_TRUE(Check().is_met());
  SetPolicy("packages = [{ name = \"numpy\", versions = [\"*\"], required = true }]\n");
  EXPECT_FALSE(Check().is_met());
}

TEST_F(PolicyCheckTest, AQuorumIsOfDifferentPeople) {
  SetPolicy("approvals = [{ role = \"validator\", count = 2 }]\n");
  Sign("ada", "validator");
  Sign("ada", "validator");
  EXPECT_FALSE(Check().is_met());
  Sign("bob", "validator");
  EXPECT_TRUE(Check().is_met());
  EXPECT_EQ(Check().counted.size(), 2U);
}

TEST_F(PolicyCheckTest, APersonTakesOnePlaceAndIsSeatedWhereNobodyElseCanBe) {
  SetPolicy("approvals = [{ role = \"validator\" }, { role = \"owner\" }]\n");
  Sign("ada", "validator");
  Sign("ada", "owner");
  EXPECT_FALSE(Check().is_met());
  Sign("bob", "validator");  // So that ada is counted as the owner.
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, AnAuthorMayNotApproveUnlessThePolicySaysSo) {
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  Sign("carl", "validator");
  EXPECT_NE(Item("validator").found.find("an author may not approve"), std::string::npos);
  EXPECT_FALSE(Check().is_met());
  SetPolicy("approvals = [{ role = \"validator\" }]\nauthor_may_approve = true\n");
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, WhereAuthorsAreUnknownNobodyMayApprove) {
  candidate_.authors.reset();
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  Sign("ada", "validator");
  EXPECT_NE(Item("validator").found.find("nobody knows who the authors are"), std::string::npos);
  EXPECT_FALSE(Check().is_met());
  SetPolicy("approvals = [{ role = \"validator\" }]\nauthor_may_approve = true\n");
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, AnApprovalCountsForWhatItNamesAndNothingElse) {
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  const auto counts = [&](const std::function<void(FiledApproval&)>& change) {
    candidate_.approvals.clear();
    change(Sign("ada", "validator"));
    return Check().is_met();
  };
  EXPECT_TRUE(counts([](FiledApproval&) {}));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.to = "production"; }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.from = "qa"; }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.role = "owner"; }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.content = Digest(); }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.registration = Digest(); }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.policy = Digest(); }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.policy.reset(); }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.expires_unix_ms = kNow; }));
  EXPECT_TRUE(counts([](FiledApproval& filed) { filed.approval.expires_unix_ms = kNow + 1; }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.void_because = "its signature is wrong"; }));
  EXPECT_FALSE(counts([](FiledApproval& filed) { filed.approval.decision = Decision::kOverride; }));
}

TEST_F(PolicyCheckTest, AStatementCountsForNoMoveAfterTheVersionWentBack) {
  SetPolicy(
      "approvals = [{ role = \"validator\" }]\noverride = [{ role = \"chief-risk-officer\" }]\n");
  candidate_.last_move = LastMove{kNow, 7};
  for (const auto& [sequence, signed_at_unix_ms, counts] :
       std::vector<std::tuple<std::uint64_t, std::int64_t, bool>>{
           {8, kNow, true}, {6, kNow, false}, {8, kNow - 1, false}}) {
    candidate_.approvals.clear();
    Sign("ada", "validator");
    Sign("bob", "chief-risk-officer", Decision::kOverride);
    for (FiledApproval& filed : candidate_.approvals) {
      filed.ledger_sequence = sequence;
      filed.approval.signed_at_unix_ms = signed_at_unix_ms;
    }
    EXPECT_EQ(Check().is_met(), counts);
    EXPECT_EQ(Check().is_overridden(), counts);
    EXPECT_EQ(Item("validator").found.find("given before the last move") == std::string::npos,
              counts);
  }
}

TEST_F(PolicyCheckTest, ChangedEvidenceVoidsApprovals) {
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  AddEvidence("validation", kNow);
  Sign("ada", "validator");
  EXPECT_TRUE(Check().is_met());
  AddEvidence("stability", kNow);
  EXPECT_FALSE(Check().is_met());
  EXPECT_NE(Item("validator").found.find("the evidence has changed since"), std::string::npos);
  Sign("ada", "validator");
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, ARejectionStandsUntilTheSamePersonApproves) {
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  Sign("ada", "validator");
  Sign("bob", "owner", Decision::kReject);
  EXPECT_FALSE(Check().is_met());
  EXPECT_NE(Item("no rejection").found.find("bob"), std::string::npos);
  Sign("ada", "validator");
  EXPECT_FALSE(Check().is_met());
  Sign("bob", "owner");
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, ARejectionOutlivesNewEvidenceAndANewPolicy) {
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  Sign("bob", "owner", Decision::kReject);
  AddEvidence("validation", kNow);
  policy_->digest = crypto::Sha256("another policy");
  Sign("ada", "validator").approval.policy = policy_->digest;
  EXPECT_FALSE(Check().is_met());
  EXPECT_NE(Item("no rejection").found.find("bob"), std::string::npos);
  // It does not outlive its own end, nor does it concern other content.
  candidate_.approvals[0].approval.expires_unix_ms = kNow;
  EXPECT_TRUE(Check().is_met());
  candidate_.approvals[0].approval.expires_unix_ms.reset();
  EXPECT_FALSE(Check().is_met());
  candidate_.approvals[0].approval.content = crypto::Sha256("another model");
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, AnApprovalThatWasSignedBeforeARejectionDoesNotLiftIt) {
  SetPolicy("");
  Sign("bob", "owner", Decision::kReject);
  // Held back, and recorded later.
  Sign("bob", "owner").approval.signed_at_unix_ms -= 1;
  EXPECT_FALSE(Check().is_met());
  Sign("bob", "owner", Decision::kOverride).approval.signed_at_unix_ms += 1;
  EXPECT_FALSE(Check().is_met());
  Sign("bob", "owner").approval.signed_at_unix_ms += 1;
  EXPECT_TRUE(Check().is_met());
}

TEST_F(PolicyCheckTest, APackageHasOneNameHoweverItIsSpelled) {
  candidate_.packages[PackageName("Scikit_Learn")] = {"1.0"};
  SetPolicy("packages = [{ name = \"scikit-learn\", versions = [\"1.4.*\"] }]\n");
  EXPECT_EQ(Item("scikit-learn").found, "the run used 1.0");
  EXPECT_FALSE(Check().is_met());
  candidate_.packages.clear();
  EXPECT_TRUE(Check().is_met());
  candidate_.knows_packages = false;
  EXPECT_FALSE(Check().is_met());
}

TEST_F(PolicyCheckTest, ErasedEvidenceIsNone) {
  SetPolicy("evidence = [{ kind = \"validation\" }]\n");
  AddEvidence("validation", kNow);
  EXPECT_TRUE(Check().is_met());
  candidate_.evidence[0].is_erased = true;
  EXPECT_EQ(Item("validation").found, "it was erased");
}

TEST_F(PolicyCheckTest, EvidenceForOtherContentIsNone) {
  SetPolicy("evidence = [{ kind = \"validation\" }]\n");
  AddEvidence("validation", kNow);
  EXPECT_TRUE(Check().is_met());
  candidate_.evidence[0].evidence.model_content = crypto::Sha256("another model");
  EXPECT_FALSE(Check().is_met());
}

TEST_F(PolicyCheckTest, AnOverrideStandsBesideWhatIsMissing) {
  SetPolicy("approvals = [{ role = \"validator\" }]\noverride = [{ role = \"cro\" }]\n");
  Sign("ada", "cro", Decision::kOverride);
  const MoveVerdict verdict = Check();
  EXPECT_FALSE(verdict.is_met());
  EXPECT_TRUE(verdict.is_overridden());
  EXPECT_EQ(verdict.overrides.size(), 1U);
  candidate_.approvals.clear();
  Sign("ada", "validator", Decision::kOverride);
  EXPECT_FALSE(Check().is_overridden());
  SetPolicy("approvals = [{ role = \"validator\" }]\n");
  candidate_.approvals.clear();
  Sign("ada", "cro", Decision::kOverride);
  EXPECT_FALSE(Check().is_overridden());
}

}  // namespace
}  // namespace reprise::lineage
