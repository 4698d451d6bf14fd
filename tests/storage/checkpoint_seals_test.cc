// Cosignatures and time stamps as they are kept beside checkpoints, and whether they hold.
//
// The stamp is by OpenSSL's own authority (tests/support/timestamp_authority.py), of the checkpoint
// beside it; it is checked as of its own time, so that it holds for ever.

#include "storage/checkpoint_seals.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "storage/crypto/timestamp.h"
#include "storage/seal_check.h"
#include "tests/support/golden.h"
#include "tests/support/ledgers.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

using testing::TempDir;
using testing::TestKey;

constexpr std::int64_t kStampedAt = 1795827869;  // 2026-11-28T01:04:29Z, as the stamp says.
constexpr std::int64_t kTime = 1679315147;

std::string Read(const std::string& name) {
  return *ReadFile(PosixFileSystem(), JoinPath(REPRISE_GOLDEN_DIR, "ledger/" + name));
}

WitnessKey Witness(unsigned char byte) {
  return {"witness.example/w" + std::to_string(byte), TestKey(byte).PublicKey()};
}

Seal NewSeal() {
  Seal seal;
  seal.checkpoint_note = Read("stamped_v1.txt");
  seal.size = 3;
  return seal;
}

NoteSignature LineOf(const Seal& seal, unsigned char witness, std::int64_t time = kTime) {
  const std::string text = SignedNote::Parse(seal.checkpoint_note)->text;
  return Cosign(text, Witness(witness).name, TestKey(witness), time);
}

TEST(TimestampTest, TheStampHoldsAtItsOwnTime) {
  const Digest imprint = crypto::Sha256(Read("stamped_v1.txt"));
  const auto stamp =
      crypto::VerifyTimestamp(Read("stamped_v1.tsr"), imprint, Read("stamped_root.pem"));
  ASSERT_TRUE(stamp.ok()) << stamp.error().message;
  EXPECT_EQ(stamp->time_unix_s, kStampedAt);
  EXPECT_EQ(stamp->authority, "O=Tests,CN=Test stamps");
  EXPECT_EQ(stamp->policy, "1.2.3.4.1");
}

TEST(TimestampTest, ItIsOfOneContentAndLeadsToOneRoot) {
  const std::string response = Read("stamped_v1.tsr");
  const Digest imprint = crypto::Sha256(Read("stamped_v1.txt"));
  const std::string root = Read("stamped_root.pem");
  EXPECT_FALSE(crypto::VerifyTimestamp(response, crypto::Sha256("other"), root).ok());
  EXPECT_FALSE(crypto::VerifyTimestamp(response, imprint, Read("stamped_other_root.pem")).ok());
  EXPECT_EQ(crypto::VerifyTimestamp(response, imprint, "").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(crypto::VerifyTimestamp(response + "x", imprint, root).ok());
  for (std::size_t i = 0; i < response.size(); ++i) {
    std::string flipped = response;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    // The status "granted" is outside of the signature, and has a neighbour that grants as well.
    const auto changed = crypto::VerifyTimestamp(flipped, imprint, root);
    if (changed.ok()) {
      EXPECT_EQ(changed->time_unix_s, kStampedAt) << i;
      EXPECT_EQ(changed->authority, "O=Tests,CN=Test stamps") << i;
    }
    EXPECT_FALSE(crypto::VerifyTimestamp(response.substr(0, i), imprint, root).ok()) << i;
  }
}

TEST(TimestampTest, ARequestIsTheGoldenOne) {
  const Digest imprint = crypto::Sha256(Read("stamped_v1.txt"));
  testing::ExpectGolden("ledger/stamped_v1.tsq", crypto::TimestampRequest(imprint));
}

TEST(TimestampTest, OnlyHttpIsSpoken) {
  for (const std::string& url : {std::string("https://tsa.example/"), std::string("tsa.example"),
                                 std::string("ftp://tsa.example/"), std::string()}) {
    EXPECT_EQ(crypto::PostTimestampRequest(url, "x").error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(SealCheckTest, WhatIsKnownHoldsAndWhatIsNotIsUnknown) {
  Seal seal = NewSeal();
  seal.cosignatures = {LineOf(seal, 1), LineOf(seal, 2)};
  seal.timestamps = {Read("stamped_v1.tsr")};
  const CheckedSeal none = CheckSeal(seal, {}, "");
  EXPECT_EQ(none.witnesses(), 0U);
  EXPECT_EQ(none.cosignatures[0].state, SealState::kUnknown);
  EXPECT_EQ(none.timestamps[0].state, SealState::kUnknown);
  EXPECT_TRUE(none.Problems().empty());
  const CheckedSeal known = CheckSeal(seal, {Witness(2)}, Read("stamped_root.pem"));
  EXPECT_EQ(known.witnesses(), 1U);
  seal.cosignatures.push_back(seal.cosignatures[1]);
  EXPECT_EQ(CheckSeal(seal, {Witness(2)}, "").witnesses(), 1U);
  EXPECT_EQ(known.cosignatures[1].time_unix_s, kTime);
  EXPECT_EQ(known.timestamps[0].time_unix_s, kStampedAt);
  EXPECT_TRUE(known.Problems().empty());
}

TEST(SealCheckTest, WhatIsOfAnotherCheckpointIsAProblem) {
  Seal seal = NewSeal();
  seal.cosignatures = {LineOf(seal, 1)};
  seal.timestamps = {Read("stamped_v1.tsr")};
  seal.checkpoint_note =
      *SignNote("reprise/x\n3\n" + ToBase64(Digest().bytes()) + "\n", "reprise/x", TestKey(9));
  EXPECT_EQ(CheckSeal(seal, {Witness(1)}, Read("stamped_root.pem")).Problems().size(), 2U);
}

class CheckpointSealsTest : public ::testing::Test {
 protected:
  FileSystem& files = PosixFileSystem();
  TempDir folder;
  CheckpointSeals seals{files, folder.path()};
};

TEST_F(CheckpointSealsTest, WhatIsKeptComesBack) {
  EXPECT_TRUE(seals.ReadAll()->empty());
  const Seal seal = NewSeal();
  ASSERT_TRUE(seals.AddCosignature(seal, LineOf(seal, 2)).ok());
  ASSERT_TRUE(seals.AddCosignature((*seals.ReadAll())[0], LineOf(seal, 1)).ok());
  ASSERT_TRUE(seals.AddCosignature((*seals.ReadAll())[0], LineOf(seal, 2, kTime + 1)).ok());
  ASSERT_TRUE(seals.AddTimestamp((*seals.ReadAll())[0], "one").ok());
  ASSERT_TRUE(seals.AddTimestamp((*seals.ReadAll())[0], "two").ok());
  ASSERT_TRUE(seals.AddTimestamp((*seals.ReadAll())[0], "one").ok());
  const auto all = seals.ReadAll();
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ((*all)[0].size, 3U);
  EXPECT_EQ((*all)[0].checkpoint_note, seal.checkpoint_note);
  const std::vector<NoteSignature> expected{LineOf(seal, 1), LineOf(seal, 2, kTime + 1)};
  EXPECT_EQ((*all)[0].cosignatures, expected);
  EXPECT_EQ((*all)[0].timestamps, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ((*all)[0].CosignedNote(),
            seal.checkpoint_note + expected[0].Encode() + expected[1].Encode());
}

TEST_F(CheckpointSealsTest, AnotherCheckpointOfTheSameSizeIsRefused) {
  ASSERT_TRUE(seals.Keep(3, "one").ok());
  EXPECT_TRUE(seals.Keep(3, "one").ok());
  EXPECT_EQ(seals.Keep(3, "two").error().code, ErrorCode::kCorruption);
}

TEST_F(CheckpointSealsTest, DamageIsNamedAndUnfinishedFilesAreNot) {
  const Seal seal = NewSeal();
  ASSERT_TRUE(seals.AddCosignature(seal, LineOf(seal, 1)).ok());
  const std::string place = JoinPath(folder.path(), "ledger/seals/");
  ASSERT_TRUE(WriteFileDurably(files, place + "3.cosignatures.tmp", "half").ok());
  EXPECT_TRUE(seals.ReadAll().ok());
  ASSERT_TRUE(WriteFileDurably(files, place + "3.cosignatures", "half").ok());
  EXPECT_EQ(seals.ReadAll().error().code, ErrorCode::kCorruption);
  ASSERT_TRUE(files.RemoveFile(place + "3.cosignatures").ok());
  ASSERT_TRUE(WriteFileDurably(files, place + "4.1.tsr", "without a checkpoint").ok());
  EXPECT_EQ(seals.ReadAll().error().code, ErrorCode::kCorruption);
}

TEST_F(CheckpointSealsTest, KeysAreKeptOnce) {
  EXPECT_TRUE(seals.Witnesses()->empty());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(seals.AddWitness(Witness(1)).ok());
    ASSERT_TRUE(seals.AddWitness(Witness(2)).ok());
    ASSERT_TRUE(seals.AddAuthorities("certificate\n").ok());
  }
  EXPECT_EQ(*seals.Witnesses(), (std::vector<WitnessKey>{Witness(1), Witness(2)}));
  EXPECT_EQ(*seals.Authorities(), "certificate\n");
  EXPECT_FALSE(seals.Witnessed("log")->has_value());
  ASSERT_TRUE(seals.PutWitnessed("log", "note").ok());
  EXPECT_EQ(*seals.Witnessed("log"), std::optional<std::string>("note"));
  EXPECT_FALSE(seals.Witnessed("other")->has_value());
}

}  // namespace
}  // namespace reprise::storage
