// Cosignatures and the rules of a witness, against the examples of their specifications and against
// what a log that was rewritten would send.

#include "storage/cosignature.h"

#include <gtest/gtest.h>

#include "storage/merkle.h"
#include "tests/support/golden.h"
#include "tests/support/ledgers.h"

namespace reprise::storage {
namespace {

using testing::ExpectGolden;
using testing::TestKey;

// c2sp.org/tlog-cosignature, its example; the keys that signed it are not given there.
constexpr std::string_view kSpecNote =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zh"
    "cyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX"
    "3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

// c2sp.org/tlog-witness, its example of a request, up to the checkpoint.
constexpr std::string_view kSpecRequest =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n";

constexpr std::int64_t kTime = 1679315147;  // Of the specification's example.
const std::string kWitness = "witness.example/w1";
const std::string kOrigin = "example.com/log";

WitnessKey Witness() { return {kWitness, TestKey(0x11).PublicKey()}; }
NoteKey LogKey() { return {kOrigin, TestKey(0x22).PublicKey()}; }

// A log of leaves "0", "1", …, with all of its stored hashes.
class Log {
 public:
  explicit Log(std::uint64_t size, std::string salt = "") {
    for (std::uint64_t i = 0; i < size; ++i) {
      for (const Digest& hash : frontier_.Append(LeafHash(salt + std::to_string(i)))) {
        hashes_.push_back(hash);
      }
    }
  }
  Checkpoint At(std::uint64_t size) const { return {kOrigin, size, *RootOf(size, Reader())}; }
  CosignRequest Request(std::uint64_t from, std::uint64_t to) const {
    CosignRequest request;
    request.old_size = from;
    if (from > 0) request.proof = *ProveConsistency(from, to, Reader());
    request.checkpoint_note = *SignNote(FormatCheckpoint(At(to)), kOrigin, TestKey(0x22));
    return request;
  }

 private:
  HashReader Reader() const {
    return [this](std::uint64_t position) -> Result<Digest> { return hashes_[position]; };
  }
  MerkleFrontier frontier_;
  std::vector<Digest> hashes_;
};

TEST(CosignatureTest, TheSpecificationsExampleSaysWhen) {
  const auto note = SignedNote::Parse(kSpecNote);
  ASSERT_TRUE(note.ok());
  ASSERT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(note->signatures[1].name, "witness.example.com/w1");
  EXPECT_EQ(note->signatures[1].key_id, 0x8d66cf3fU);
  EXPECT_EQ(LoadBe<std::uint64_t>(AsBytes(note->signatures[1].signature)),
            static_cast<std::uint64_t>(kTime));
}

TEST(CosignatureTest, ItIsTheGoldenOneAndSaysWhen) {
  const std::string text = FormatCheckpoint(Log(3).At(3));
  const NoteSignature line = Cosign(text, kWitness, TestKey(0x11), kTime);
  ExpectGolden("ledger/cosigned_v1.txt", text + "\n" + line.Encode());
  ExpectGolden("ledger/witness_v1.vkey", Witness().ToText() + "\n");
  const auto time = CosignedAt(text, line, Witness());
  ASSERT_TRUE(time.ok()) << time.error().message;
  EXPECT_EQ(*time, std::optional(kTime));
}

TEST(CosignatureTest, ItIsOfOneCheckpointOneTimeAndOneKey) {
  const std::string text = FormatCheckpoint(Log(3).At(3));
  const NoteSignature line = Cosign(text, kWitness, TestKey(0x11), kTime);
  EXPECT_FALSE(CosignedAt(FormatCheckpoint(Log(4).At(4)), line, Witness()).ok());
  for (std::size_t i = 0; i < line.signature.size(); ++i) {
    NoteSignature flipped = line;
    flipped.signature[i] = static_cast<char>(flipped.signature[i] ^ 1);
    EXPECT_FALSE(CosignedAt(text, flipped, Witness()).ok()) << i;
  }
  NoteSignature shorter = line;
  shorter.signature.pop_back();
  EXPECT_FALSE(CosignedAt(text, shorter, Witness()).ok());
  const WitnessKey other{kWitness, TestKey(0x33).PublicKey()};
  const auto of_other = CosignedAt(text, line, other);
  ASSERT_TRUE(of_other.ok());
  EXPECT_FALSE(of_other->has_value());
  // A log's signature by the same key is no cosignature, nor the other way round.
  const NoteKey as_log{kWitness, TestKey(0x11).PublicKey()};
  EXPECT_NE(as_log.id(), Witness().id());
  const std::string note = text + "\n" + line.Encode();
  EXPECT_FALSE(OpenNote(note, as_log).ok());
}

TEST(WitnessKeyTest, ItComesBackAndOtherKindsAreRefused) {
  const auto key = WitnessKey::Parse(Witness().ToText());
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, Witness());
  EXPECT_FALSE(WitnessKey::Parse(LogKey().ToText()).ok());
  EXPECT_FALSE(NoteKey::Parse(Witness().ToText()).ok());
  EXPECT_EQ(ParseWitnessKeys("# ours\n\n" + Witness().ToText() + "\n")->size(), 1U);
  EXPECT_FALSE(ParseWitnessKeys("nonsense\n").ok());
}

TEST(CosignRequestTest, TheSpecificationsExampleComesBack) {
  const std::string text = std::string(kSpecRequest) + std::string(kSpecNote);
  const auto request = CosignRequest::Parse(text);
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->old_size, 20852014U);
  EXPECT_EQ(request->proof.size(), 4U);
  EXPECT_EQ(request->Encode(), text);
}

TEST(CosignRequestTest, MalformedOnesAreRefused) {
  const std::string good = Log(7).Request(3, 7).Encode();
  ASSERT_TRUE(CosignRequest::Parse(good).ok());
  for (const std::string& wrong :
       {std::string(), std::string("old 3"), std::string("old 3\n"), std::string("old 3\n\n"),
        "old 03" + good.substr(5), "old -3" + good.substr(5), "new 3" + good.substr(5),
        "old 99999999999999999999" + good.substr(5), "old 3\nAAAA" + good.substr(5),
        good.substr(0, good.size() - 1)}) {
    EXPECT_FALSE(CosignRequest::Parse(wrong).ok()) << wrong;
  }
  std::string many = "old 3\n";
  for (int i = 0; i < 64; ++i) many += "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
  EXPECT_FALSE(CosignRequest::Parse(many + "\n" + std::string(kSpecNote)).ok());
}

TEST(WitnessRulesTest, ALogThatGrewIsCosigned) {
  const Log log(9);
  const std::vector<NoteKey> keys{LogKey()};
  EXPECT_TRUE(CheckCosignRequest(log.Request(0, 5), keys, std::nullopt).ok());
  for (std::uint64_t from = 1; from <= 9; ++from) {
    for (std::uint64_t to = from; to <= 9; ++to) {
      const auto checked = CheckCosignRequest(log.Request(from, to), keys, log.At(from));
      ASSERT_TRUE(checked.ok()) << from << " " << to << ": " << checked.error().message;
      EXPECT_EQ(*checked, log.At(to));
    }
  }
}

TEST(WitnessRulesTest, AnyOtherIsNot) {
  const Log log(9);
  const Log rewritten(9, "x");
  const std::vector<NoteKey> keys{LogKey()};
  const auto code = [&](const CosignRequest& request, const std::optional<Checkpoint>& last) {
    const auto checked = CheckCosignRequest(request, keys, last);
    return checked.ok() ? std::optional<ErrorCode>() : checked.error().code;
  };
  // Rewritten, at a greater and at the same size.
  EXPECT_EQ(code(rewritten.Request(5, 9), log.At(5)), ErrorCode::kCorruption);
  EXPECT_EQ(code(rewritten.Request(5, 5), log.At(5)), ErrorCode::kCorruption);
  // Asked from another size than that of the last.
  EXPECT_EQ(code(log.Request(4, 9), log.At(5)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(log.Request(0, 9), log.At(5)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(log.Request(5, 9), std::nullopt), ErrorCode::kInvalidArgument);
  // Cut off.
  CosignRequest shorter = log.Request(0, 4);
  shorter.old_size = 5;
  EXPECT_EQ(code(shorter, log.At(5)), ErrorCode::kCorruption);
  // A proof from nothing.
  CosignRequest padded = log.Request(0, 5);
  padded.proof.push_back(EmptyRoot());
  EXPECT_EQ(code(padded, std::nullopt), ErrorCode::kCorruption);
  // An empty log with another root.
  CosignRequest empty;
  empty.checkpoint_note =
      *SignNote(FormatCheckpoint({kOrigin, 0, Digest()}), kOrigin, TestKey(0x22));
  EXPECT_EQ(code(empty, std::nullopt), ErrorCode::kCorruption);
  // Signed by another key, and of a log that is not known.
  CosignRequest forged = log.Request(0, 5);
  forged.checkpoint_note = *SignNote(FormatCheckpoint(log.At(5)), kOrigin, TestKey(0x44));
  EXPECT_EQ(code(forged, std::nullopt), ErrorCode::kCorruption);
  EXPECT_EQ(CheckCosignRequest(log.Request(0, 5), {}, std::nullopt).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::storage
