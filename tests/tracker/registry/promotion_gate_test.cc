// Models move as the policy lets them, and what was decided stays in the ledger.

#include "tracker/registry/promotion_gate.h"

#include <chrono>
#include <set>
#include <thread>

#include "storage/base/clock.h"
#include "storage/object_store.h"
#include "tests/tracker/registry/registry_testing.h"
#include "tracker/governance_rows.h"
#include "tracker/packs_on_disk.h"

namespace reprise::tracker {
namespace {

using testing::RegistryTest;

TEST_F(RegistryTest, APromotionNamesThePolicyAndTheSignaturesThatItRestsOn) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }, { role = \"owner\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Trust(Record(bob_, "bob", {"owner"}));
  Sign(ada_, "validator");
  auto refused = MoveModel(*store_, Model(), "qa", "go", false, Now());
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_TRUE(refused->refused.has_value());
  EXPECT_EQ(Model().stage(), "development");
  Sign(bob_, "owner");
  const auto moved = MoveModel(*store_, Model(), "qa", "go", false, Now());
  ASSERT_TRUE(moved.ok() && !moved->refused.has_value());
  const RegisteredModel model = Model();
  EXPECT_EQ(model.stage(), "qa");
  const lineage::Promotion& promotion = model.changes.back().promotion;
  EXPECT_EQ(promotion.policy, PolicyDocuments(store_->catalog())->back().digest);
  EXPECT_EQ(promotion.statements.size(), 2U);
  EXPECT_FALSE(promotion.is_override);
}

TEST_F(RegistryTest, AnOverrideIsMarkedAndNeedsToBeAskedFor) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\noverride = [{ role = \"cro\" }]\n");
  Trust(Record(ada_, "ada", {"cro"}));
  Sign(ada_, "cro", "qa", lineage::Decision::kOverride);
  EXPECT_TRUE(MoveModel(*store_, Model(), "qa", "go", false, Now())->refused.has_value());
  EXPECT_FALSE(MoveModel(*store_, Model(), "qa", "go", true, Now())->refused.has_value());
  EXPECT_TRUE(Model().changes.back().promotion.is_override);
  EXPECT_EQ(Model().changes.back().promotion.statements.size(), 1U);
}

TEST_F(RegistryTest, ANewPolicyVoidsWhatWasSignedUnderTheOld) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Sign(ada_, "validator");
  EXPECT_TRUE(MayMove());
  SetRules("approvals = [{ role = \"validator\" }]\nauthor_may_approve = true\n");
  EXPECT_FALSE(MayMove());
}

TEST_F(RegistryTest, ThePolicyInForceIsNotSetAgainAndAMistakeChangesNothing) {
  SetRules("");
  EXPECT_FALSE(
      SetPolicy(*store_, PolicyDocuments(store_->catalog())->back().document, "p", Now()).ok());
  EXPECT_FALSE(SetPolicy(*store_, "version = 1", "p", Now()).ok());
  EXPECT_EQ(PolicyDocuments(store_->catalog())->size(), 1U);
}

TEST_F(RegistryTest, NewEvidenceVoidsWhatWasSignedBefore) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Sign(ada_, "validator");
  EXPECT_TRUE(MayMove());
  AddFile("/project/report.json", "{}");
  const auto added =
      AddEvidence(*store_, Model(), "validation", "/project/report.json", "report.json", "");
  ASSERT_TRUE(added.ok()) << added.error().message;
  EXPECT_FALSE(MayMove());
  EXPECT_FALSE(
      AddEvidence(*store_, Model(), "validation", "/project/report.json", "report.json", "").ok());
  EXPECT_EQ(*store_->objects().Get(added->evidence.artifact.digest), "{}");
}

TEST_F(RegistryTest, AnApprovalOfOneVersionIsNoneOfAnother) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Sign(ada_, "validator");
  Register("another model");
  EXPECT_TRUE(CheckModelMove(*store_, Model("scorecard@1"), "qa", Now())->verdict.is_met());
  EXPECT_FALSE(CheckModelMove(*store_, Model("scorecard@2"), "qa", Now())->verdict.is_met());
}

TEST_F(RegistryTest, AnApprovalLetsAVersionMoveOnceAndNoLaterOneMovesOnIt) {
  Register();
  SetRules(
      "from = \"development\"\napprovals = [{ role = \"validator\" }]\n"
      "[[promotion]]\nto = \"development\"\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Trust(Record(bob_, "bob", {"validator"}));
  const auto unused = Signed(bob_, "validator");  // Recorded when the version has come back.
  Sign(ada_, "validator");
  ASSERT_FALSE(MoveModel(*store_, Model(), "qa", "go", false, Now())->refused.has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ASSERT_FALSE(
      MoveModel(*store_, Model(), "development", "a defect", false, Now())->refused.has_value());
  EXPECT_FALSE(MayMove());
  ASSERT_TRUE(FileStatement(*store_, unused, Now()).ok());
  EXPECT_FALSE(MayMove());
  Sign(ada_, "validator");
  EXPECT_TRUE(MayMove());
}

TEST_F(RegistryTest, AuthorsAreWhoRanItAndWhoRanWhatItRepeats) {
  const auto authors_of = [&](const std::string& content, const std::optional<Ulid>& run) {
    lineage::ModelVersion version{.name = "m"};
    version.artifact.path = "model.bin";
    version.artifact.digest = crypto::Sha256(content);
    version.run = run;
    RegisteredModel model = *RegisterModel(*store_, std::move(version));
    model.actor = "registrar";
    return *GatherAuthors(*store_, model);
  };
  const auto seal = [&](const testing::TestRun& run) {
    EXPECT_TRUE(testing::SealRun(files_, "/project/.reprise", run).ok());
    return run.id;
  };
  using Authors = std::set<std::string>;
  const Ulid first = seal({.outputs = {{"m", "first"}}, .actor = "ada"});
  const Ulid same =
      seal({.outputs = {{"m", "first"}}, .actor = "bob", .reproduces = first.ToString()});
  const Ulid other =
      seal({.outputs = {{"m", "other"}}, .actor = "carl", .reproduces = same.ToString()});
  ASSERT_TRUE(store_->Adopt().ok());
  // Whoever repeated what was there already may judge it, as a validator does.
  EXPECT_EQ(authors_of("first", first), (Authors{"registrar", "ada"}));
  EXPECT_EQ(authors_of("first", std::nullopt), (Authors{"registrar", "ada"}));
  // Unless their run is what was registered, or wrote something else.
  EXPECT_EQ(authors_of("first", same), (Authors{"registrar", "ada", "bob"}));
  EXPECT_EQ(authors_of("other", other), (Authors{"registrar", "ada", "bob", "carl"}));
  EXPECT_EQ(authors_of("other", std::nullopt), (Authors{"registrar", "ada", "bob", "carl"}));
}

TEST_F(RegistryTest, NothingMovesWhileTheRecordOfAMakerIsLost) {
  const Ulid original = Ulid::Generate();
  ASSERT_TRUE(
      testing::SealRun(
          files_, "/project/.reprise",
          {.outputs = {{"model.bin", "model"}}, .actor = "carl", .reproduces = original.ToString()})
          .ok());
  ASSERT_TRUE(store_->Adopt().ok());
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Sign(ada_, "validator");
  const auto moved = MoveModel(*store_, Model(), "qa", "go", true, Now());
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().code, ErrorCode::kCorruption);
  EXPECT_NE(moved.error().message.find("the record of run " + original.ToString() + " is lost"),
            std::string::npos);
  EXPECT_EQ(Model().stage(), "development");
  EXPECT_TRUE(Candidate(Model()).ok());  // What is there can be shown.
}

TEST_F(RegistryTest, TheRunThatCannotBeReadIsNamedByWhoAsksForAuthors) {
  const testing::TestRun run{.outputs = {{"model.bin", "model"}}, .actor = "ada"};
  ASSERT_TRUE(testing::SealRun(files_, "/project/.reprise", run).ok());
  ASSERT_TRUE(store_->Adopt().ok());
  const auto packs = PacksOnDisk(files_, "/project/.reprise");
  ASSERT_TRUE(packs.ok() && packs->size() == 1);
  Register();
  ASSERT_TRUE(files_.RemoveFile(storage::PackPath("/project/.reprise", packs->front())).ok());
  Open(true);
  const std::string named = "entry 0 (run " + run.id.ToString() + ") of the ledger cannot be read";
  for (const Error& error : {GatherAuthors(*store_, Model()).error(),
                             CheckModelMove(*store_, Model(), "qa", Now()).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kCorruption);
    EXPECT_EQ(error.message.find(named), 0U) << error.message;
  }
}

TEST_F(RegistryTest, AnEntryThatTellsOfNoRunLeavesTheAuthorsKnown) {
  const RegisteredModel model = Register();
  ASSERT_TRUE(store_->AddNote(model.version.artifact.digest.ToString(), "a note").ok());
  const auto packs = PacksOnDisk(files_, "/project/.reprise");
  ASSERT_TRUE(packs.ok() && packs->size() == 2);
  ASSERT_TRUE(files_.RemoveFile(storage::PackPath("/project/.reprise", packs->back())).ok());
  Open(true);
  ASSERT_TRUE(store_->may_lack_entries());
  EXPECT_TRUE(GatherAuthors(*store_, Model()).ok());
  EXPECT_FALSE(CheckModelMove(*store_, Model(), "qa", Now()).ok());
}

TEST_F(RegistryTest, EvidenceOfARunIsNoYoungerThanItsRegistration) {
  testing::TestRun run{.evidence = {{"validation", "{}"}}};
  run.started_at_unix_ms = Now() + 30 * testing::kDayMs;  // By a clock that ran fast.
  ASSERT_TRUE(testing::SealRun(files_, "/project/.reprise", run).ok());
  ASSERT_TRUE(store_->Adopt().ok());
  lineage::ModelVersion version{.name = "m"};
  version.artifact.path = "model.bin";
  version.artifact.digest = crypto::Sha256("m");
  version.run = run.id;
  const RegisteredModel model = *RegisterModel(*store_, std::move(version));
  const auto candidate = Candidate(model);
  ASSERT_TRUE(candidate.ok() && candidate->evidence.size() == 1);
  EXPECT_LE(candidate->evidence[0].age_begins_unix_ms(), Now());
}

TEST_F(RegistryTest, NothingIsSignedNorMovedWhileEntriesCannotBeRead) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  const auto unrecorded = Signed(ada_, "validator");
  const KnownKey key = KeyRing::Load(store_->catalog())->keys()[0];
  store_.reset();
  const std::string entries = "/project/.reprise/ledger/entries";
  std::string bytes = *ReadFile(files_, entries);
  bytes[bytes.size() - 40] ^= 1;
  AddFile(entries, bytes);
  Open();
  ASSERT_TRUE(store_->may_lack_entries());
  for (const Error& error :
       {DraftStatement(*store_, Model(), key, {.to = "qa", .role = "validator", .reason = "fine"},
                       Now())
            .error(),
        FileStatement(*store_, unrecorded, Now()).error(),
        CheckModelMove(*store_, Model(), "qa", Now()).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kCorruption);
    EXPECT_NE(error.message.find("entries of the ledger cannot be read, and may"),
              std::string::npos);
  }
}

TEST_F(RegistryTest, RowsAreThoseOfARebuiltCatalog) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  AddFile("/project/report.json", "{}");
  ASSERT_TRUE(
      AddEvidence(*store_, Model(), "validation", "/project/report.json", "report.json", "").ok());
  Sign(ada_, "validator");
  ASSERT_TRUE(RevokeKey(*store_, KeyRing::Load(store_->catalog())->keys()[0], "lost").ok());
  const testing::Rows rows = testing::AllRows(store_->catalog());
  Open(true);
  EXPECT_TRUE(rows == testing::AllRows(store_->catalog()));
}

// Promise 1: what sign and promote reported survives a loss of power.
TEST_F(RegistryTest, Promise1WhatWasSignedAndPromotedSurvivesALossOfPower) {
  Register();
  SetRules("approvals = [{ role = \"validator\" }]\n");
  Trust(Record(ada_, "ada", {"validator"}));
  Sign(ada_, "validator");
  ASSERT_FALSE(MoveModel(*store_, Model(), "qa", "go", false, Now())->refused.has_value());
  files_.Crash();
  for (const auto& loss : files_.PowerLosses()) {
    SCOPED_TRACE(ToString(loss));
    store_.reset();
    files_.Reboot(loss);
    disk_.Keep(0);
    Open();
    EXPECT_EQ(Model().stage(), "qa");
    EXPECT_EQ(WhyVoid(), "");
  }
}

}  // namespace
}  // namespace reprise::tracker
