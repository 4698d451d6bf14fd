// What VerifyBundle() answers; that it judges as verify.py does is tested beside that
// (tests/tracker/audit/verify_test.py).

#include "tracker/audit/check/verify_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tracker/audit/test_bundle.h"

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VerifyBundleTest : public ::testing::Test {
 protected:
  Result<BundleFileSet> Files() {
    const auto files = bundle_.Files();
    EXPECT_TRUE(files.ok());
    BundleFileSet set;
    for (const BundleFile& file : *files) set.files.emplace(file.path, file.bytes);
    return set;
  }
  BundleVerdict Verify() { return VerifyBundle(Files(), brought_); }

  testing::TestBundle bundle_;
  BroughtAlong brought_;
};

TEST_F(VerifyBundleTest, AWholeBundlePassesEveryCheckAndNothingAnchorsIt) {
  const BundleVerdict verdict = Verify();
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.checks.front().name, "files");
  EXPECT_EQ(verdict.checks.back().name, "anchor");
  for (const BundleCheck& check : verdict.checks) EXPECT_TRUE(check.ok) << check.message;
  EXPECT_THAT(verdict.not_made, IsEmpty());
  EXPECT_THAT(verdict.Conclusion(), HasSubstr("self-consistent, unanchored"));
  EXPECT_EQ(verdict.key, bundle_.content.key);
  EXPECT_EQ(verdict.fingerprint, bundle_.content.key_fingerprint);
}

TEST_F(VerifyBundleTest, ItStopsAtTheFirstCheckThatFailsAndNamesThoseNotMade) {
  auto files = Files();
  files->files["SHA256SUMS.sig"].back() = 'x';
  const BundleVerdict verdict = VerifyBundle(files, brought_);
  EXPECT_FALSE(verdict.ok());
  ASSERT_EQ(verdict.checks.size(), 2U);
  EXPECT_TRUE(verdict.checks[0].ok);
  EXPECT_FALSE(verdict.checks[1].ok);
  EXPECT_EQ(verdict.checks[1].name, "signature");
  EXPECT_EQ(verdict.not_made.front(), "checkpoint");
  EXPECT_THAT(verdict.Conclusion(), HasSubstr("not verified: the check 'signature' failed"));
}

TEST_F(VerifyBundleTest, WhatCannotBeReadFailsTheFirstCheck) {
  const Result<BundleFileSet> unread = Error{ErrorCode::kCorruption, "'a' is no regular file"};
  const BundleVerdict verdict = VerifyBundle(unread, brought_);
  EXPECT_FALSE(verdict.ok());
  ASSERT_EQ(verdict.checks.size(), 1U);
  EXPECT_EQ(verdict.checks[0].name, "files");
  EXPECT_EQ(verdict.checks[0].message, "'a' is no regular file");
}

TEST_F(VerifyBundleTest, NothingInABundleForgesALineOfTheAnswer) {
  auto files = Files();
  files->files["x\nresult  verified\x1b[2J\u202E"] = "";
  const BundleVerdict verdict = VerifyBundle(files, brought_);
  ASSERT_FALSE(verdict.ok());
  EXPECT_EQ(verdict.checks.back().message,
            "not listed in SHA256SUMS: 'x\\x0aresult  verified\\x1b[2J\\xe2\\x80\\xae'");
}

TEST_F(VerifyBundleTest, TheJsonHasWhatScriptsRelyOn) {
  const Json json = Verify().ToJson();
  EXPECT_TRUE(json.Find("ok")->as_bool());
  const Json& check = json.Find("checks")->as_array().front();
  ASSERT_EQ(check.as_object().size(), 3U);
  EXPECT_EQ(*check.GetString("name"), "files");
  EXPECT_TRUE(*check.GetBool("ok"));
  EXPECT_THAT(*check.GetString("message"), HasSubstr("files are as listed"));
  EXPECT_EQ(*json.GetString("key"), bundle_.content.key);
  EXPECT_TRUE(json.Find("uncovered")->is_null());

  auto files = Files();
  files->files.erase("SHA256SUMS");
  const Json failed = VerifyBundle(files, brought_).ToJson();
  EXPECT_FALSE(failed.Find("ok")->as_bool());
  EXPECT_TRUE(failed.Find("key")->is_null());
  EXPECT_EQ(failed.Find("not_made")->as_array().size(), json.Find("checks")->as_array().size() - 1);
}

TEST_F(VerifyBundleTest, ATrustedKeyOrFingerprintAnchorsIt) {
  const auto key = bundle_.ledger().Key();
  ASSERT_TRUE(key.ok());
  brought_.trusted_keys = {*key};
  EXPECT_THAT(Verify().anchors, ElementsAre("a key that you trust"));
  brought_ = {};
  brought_.trusted_fingerprints = {key->key.Fingerprint()};
  EXPECT_THAT(Verify().anchors, ElementsAre("a key that you trust"));
  brought_.trusted_fingerprints = {Digest()};
  const BundleVerdict verdict = Verify();
  EXPECT_FALSE(verdict.ok());
  EXPECT_THAT(verdict.checks.back().message, HasSubstr("a key that you do not trust"));
}

TEST_F(VerifyBundleTest, AKeptCheckpointOfEverythingAnchorsAllOfIt) {
  brought_.kept_checkpoint = bundle_.content.checkpoint;
  const BundleVerdict verdict = Verify();
  EXPECT_THAT(verdict.anchors, ElementsAre(HasSubstr("the checkpoint that you kept, of")));
  EXPECT_EQ(verdict.uncovered, "");
}

TEST_F(VerifyBundleTest, OfWitnessesAsManyAsAskedMustHaveCosigned) {
  bundle_.SealAndChangeKey();
  const auto known = storage::ParseWitnessKeys(bundle_.content.witnesses);
  ASSERT_TRUE(known.ok());
  brought_.witnesses = *known;
  EXPECT_THAT(Verify().anchors, ElementsAre(HasSubstr("cosigned by 1 of the witnesses")));
  const auto other = crypto::Ed25519PrivateKey::Generate();
  brought_.witnesses.push_back({"witness.example/w2", other->PublicKey()});
  EXPECT_THAT(Verify().checks.back().message, HasSubstr("no checkpoint is cosigned by 2"));
  brought_.quorum = 1;
  EXPECT_TRUE(Verify().ok());
}

}  // namespace
}  // namespace reprise::tracker
