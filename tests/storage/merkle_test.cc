// Merkle trees against what others computed: the leaves and roots that every RFC 6962 log tests
// with, and the proofs of tests/golden/rfc6962, of which each one is executed.

#include "storage/merkle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

using namespace std::string_view_literals;

// The leaves of the Certificate Transparency project's tests, and the roots of their prefixes.
constexpr std::array kLeaves = {""sv,   "\0"sv,   "\x10"sv,     "\x20\x21"sv,
                                "01"sv, "@ABC"sv, "PQRSTUVW"sv, "`abcdefghijklmno"sv};
constexpr std::array kRoots = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// A log in memory, with the leaf hashes for the definitions of RFC 6962 below.
struct Log {
  MerkleFrontier frontier;
  std::vector<Digest> stored;
  std::vector<Digest> leaves;

  void Append(std::string_view leaf) {
    leaves.push_back(LeafHash(leaf));
    for (const Digest& hash : frontier.Append(leaves.back())) stored.push_back(hash);
  }
  HashReader Reader() const {
    return [this](std::uint64_t position) -> Result<Digest> {
      if (position < stored.size()) return stored[position];
      return Error{ErrorCode::kCorruption, "no hash is stored there"};
    };
  }
};

Log LogOfLeaves(std::size_t count) {
  Log log;
  for (std::size_t i = 0; i < count; ++i) log.Append("leaf " + std::to_string(i));
  return log;
}

Log LogOfKnownLeaves() {
  Log log;
  for (const std::string_view leaf : kLeaves) log.Append(leaf);
  return log;
}

// RFC 6962 §2.1 to the letter.
Digest RootByDefinition(std::span<const Digest> leaves) {
  if (leaves.empty()) return crypto::Sha256(""sv);
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return NodeHash(RootByDefinition(leaves.first(k)), RootByDefinition(leaves.subspan(k)));
}

Digest WithBitFlipped(const Digest& digest, std::size_t bit) {
  std::vector<std::byte> bytes(digest.bytes().begin(), digest.bytes().end());
  bytes[bit / 8] ^= std::byte{1} << bit % 8;
  return Digest::FromSha256(bytes);
}

TEST(Merkle, TheLeavesThatEveryLogTestsWithHaveTheirKnownRoots) {
  EXPECT_EQ(EmptyRoot().ToHex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Log log;
  EXPECT_EQ(log.frontier.Root(), EmptyRoot());
  for (std::size_t i = 0; i < kLeaves.size(); ++i) {
    log.Append(kLeaves[i]);
    EXPECT_EQ(log.frontier.Root().ToHex(), kRoots[i]) << i + 1 << " leaves";
  }
  for (std::size_t size = 1; size <= kRoots.size(); ++size) {
    EXPECT_EQ(RootOf(size, log.Reader())->ToHex(), kRoots[size - 1]);
  }
}

TEST(Merkle, LeavesAndNodesAreToldApart) {
  const Log log = LogOfKnownLeaves();
  const std::string pair =
      std::string(AsText(log.leaves[0].bytes())) + std::string(AsText(log.leaves[1].bytes()));
  EXPECT_NE(LeafHash(pair), NodeHash(log.leaves[0], log.leaves[1]));
}

TEST(Merkle, RootsAndStoredHashesAreThoseOfTheDefinition) {
  const Log log = LogOfLeaves(130);
  for (std::uint64_t size = 0; size <= log.leaves.size(); ++size) {
    const auto frontier = MerkleFrontier::Load(size, log.Reader());
    ASSERT_TRUE(frontier.ok()) << frontier.error().message;
    EXPECT_EQ(frontier->size(), size);
    EXPECT_EQ(frontier->Root(), RootByDefinition(std::span(log.leaves).first(size)));
  }
  EXPECT_EQ(log.stored.size(), StoredHashCount(130));
  for (int level = 0; level < 7; ++level) {
    const std::size_t width = std::size_t{1} << level;
    for (std::size_t index = 0; (index + 1) * width <= log.leaves.size(); ++index) {
      EXPECT_EQ(log.stored[StoredHashIndex(level, index)],
                RootByDefinition(std::span(log.leaves).subspan(index * width, width)));
    }
  }
}

TEST(Merkle, EveryInclusionProofHoldsForItsLeafAndForNoOther) {
  const Log log = LogOfLeaves(40);
  for (std::uint64_t size = 1; size <= log.leaves.size(); ++size) {
    const Digest root = *RootOf(size, log.Reader());
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = ProveInclusion(index, size, log.Reader());
      ASSERT_TRUE(proof.ok()) << proof.error().message;
      EXPECT_TRUE(VerifyInclusion(index, size, log.leaves[index], *proof, root).ok());
      for (std::uint64_t other = 0; other < size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(VerifyInclusion(index, size, log.leaves[other], *proof, root).ok());
        EXPECT_FALSE(VerifyInclusion(other, size, log.leaves[index], *proof, root).ok());
      }
    }
    EXPECT_EQ(ProveInclusion(size, size, log.Reader()).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Merkle, EveryConsistencyProofHoldsForItsSizesAndForNoOthers) {
  const Log log = LogOfLeaves(40);
  for (std::uint64_t size2 = 1; size2 <= log.leaves.size(); ++size2) {
    const Digest root2 = *RootOf(size2, log.Reader());
    for (std::uint64_t size1 = 1; size1 <= size2; ++size1) {
      const Digest root1 = *RootOf(size1, log.Reader());
      const auto proof = ProveConsistency(size1, size2, log.Reader());
      ASSERT_TRUE(proof.ok()) << proof.error().message;
      EXPECT_TRUE(VerifyConsistency(size1, size2, root1, root2, *proof).ok());
      for (std::uint64_t other = 1; other <= size2; ++other) {
        if (other == size1) continue;
        EXPECT_FALSE(
            VerifyConsistency(size1, size2, *RootOf(other, log.Reader()), root2, *proof).ok());
      }
      if (size1 == size2) continue;
      EXPECT_FALSE(VerifyConsistency(size1, size2, root2, root1, *proof).ok());
      EXPECT_FALSE(VerifyConsistency(size2, size1, root2, root1, *proof).ok());
    }
    EXPECT_EQ(ProveConsistency(size2 + 1, size2, log.Reader()).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST(Merkle, NoBitOfAProofIsWithoutMeaning) {
  const Log log = LogOfLeaves(23);
  const Digest root = log.frontier.Root();
  const auto inclusion = *ProveInclusion(13, 23, log.Reader());
  const auto consistency = *ProveConsistency(13, 23, log.Reader());
  const Digest root1 = *RootOf(13, log.Reader());
  for (std::size_t bit = 0; bit < 8 * Digest::kSizeBytes; ++bit) {
    for (std::size_t i = 0; i < inclusion.size(); ++i) {
      auto changed = inclusion;
      changed[i] = WithBitFlipped(changed[i], bit);
      EXPECT_FALSE(VerifyInclusion(13, 23, log.leaves[13], changed, root).ok());
    }
    for (std::size_t i = 0; i < consistency.size(); ++i) {
      auto changed = consistency;
      changed[i] = WithBitFlipped(changed[i], bit);
      EXPECT_FALSE(VerifyConsistency(13, 23, root1, root, changed).ok());
    }
    EXPECT_FALSE(
        VerifyInclusion(13, 23, WithBitFlipped(log.leaves[13], bit), inclusion, root).ok());
    EXPECT_FALSE(
        VerifyInclusion(13, 23, log.leaves[13], inclusion, WithBitFlipped(root, bit)).ok());
    EXPECT_FALSE(VerifyConsistency(13, 23, WithBitFlipped(root1, bit), root, consistency).ok());
    EXPECT_FALSE(VerifyConsistency(13, 23, root1, WithBitFlipped(root, bit), consistency).ok());
  }
}

TEST(Merkle, NothingIsShownOfAnEmptyLog) {
  EXPECT_FALSE(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {}).ok());
  const Log log = LogOfKnownLeaves();
  EXPECT_FALSE(VerifyConsistency(0, 8, EmptyRoot(), log.frontier.Root(), {}).ok());
  EXPECT_EQ(ProveConsistency(0, 0, log.Reader()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ProveConsistency(0, 8, log.Reader()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(VerifyInclusion(0, 0, log.leaves[0], {}, log.leaves[0]).ok());
}

TEST(Merkle, ALogThatIsTooLargeIsAnErrorAndAnUnreadableHashToo) {
  const Log log = LogOfKnownLeaves();
  EXPECT_EQ(RootOf(kMerkleSizeMax + 1, log.Reader()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ProveInclusion(0, kMerkleSizeMax + 1, log.Reader()).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ProveConsistency(1, kMerkleSizeMax + 1, log.Reader()).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(RootOf(9, log.Reader()).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(ProveInclusion(0, 16, log.Reader()).error().code, ErrorCode::kCorruption);
}

// One file of tests/golden/rfc6962.  Integers reach 2^64 - 1, which a JSON number as we read it
// does not hold, so they are read from the text.
class Vector {
 public:
  static std::optional<Vector> Read(const std::string& path) {
    const auto text = ReadFile(PosixFileSystem(), path);
    if (!text.ok()) return std::nullopt;
    auto json = ParseJson(*text);
    if (!json.ok()) return std::nullopt;
    return Vector(*text, *std::move(json));
  }

  bool must_be_rejected() const { return *json_.GetBool("wantErr"); }

  std::uint64_t Integer(std::string_view key) const {
    const std::string member = "\"" + std::string(key) + "\": ";
    const std::size_t start = text_.find(member);
    EXPECT_NE(start, std::string::npos) << key;
    if (start == std::string::npos) return 0;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + start + member.size(), text_.data() + text_.size(), value);
    EXPECT_TRUE(error == std::errc() && (*end == ',' || *end == '\n')) << key;
    return value;
  }

  Digest Hash(std::string_view key) const { return ToDigest(*json_.GetString(key), key); }

  std::vector<Digest> Proof() const {
    std::vector<Digest> proof;
    const Json* const hashes = json_.Find("proof");
    if (hashes == nullptr || hashes->is_null()) return proof;
    for (const Json& hash : hashes->as_array())
      proof.push_back(ToDigest(hash.as_string(), "proof"));
    return proof;
  }

 private:
  Vector(std::string text, Json json) : text_(std::move(text)), json_(std::move(json)) {}

  // Some vectors have text where a hash belongs ("don't care 1"), to which a Digest can give no
  // place; a digest of that text stands for it.  An absent hash is unlike every other.
  static Digest ToDigest(const std::string& base64, std::string_view key) {
    const auto bytes = FromBase64(base64);
    EXPECT_TRUE(bytes.ok()) << base64;
    const std::string value = bytes.value_or("");
    if (value.size() == Digest::kSizeBytes) return Digest::FromSha256(AsBytes(value));
    return crypto::Sha256(value.empty() ? "absent " + std::string(key) : value);
  }

  std::string text_;
  Json json_;
};

std::vector<std::string> VectorsBelow(const std::string& folder) {
  std::vector<std::string> paths;
  const auto entries = PosixFileSystem().List(folder);
  EXPECT_TRUE(entries.ok());
  for (const DirectoryEntry& entry : entries.value_or(std::vector<DirectoryEntry>())) {
    const std::string path = JoinPath(folder, entry.name);
    if (entry.stat.kind == FileKind::kDirectory) {
      const auto below = VectorsBelow(path);
      paths.insert(paths.end(), below.begin(), below.end());
    } else {
      paths.push_back(path);
    }
  }
  std::ranges::sort(paths);
  return paths;
}

// Runs `verify` on every vector below `folder` and returns how many agree, by what they expect.
std::pair<int, int> CountAgreeing(const std::string& folder,
                                  const std::function<Result<void>(const Vector&)>& verify) {
  int accepted = 0;
  int rejected = 0;
  for (const std::string& path : VectorsBelow(JoinPath(REPRISE_GOLDEN_DIR, folder))) {
    SCOPED_TRACE(path);
    const auto vector = Vector::Read(path);
    if (!vector.has_value()) {
      ADD_FAILURE() << "it cannot be read";
      continue;
    }
    const auto verified = verify(*vector);
    EXPECT_EQ(verified.ok(), !vector->must_be_rejected());
    if (verified.ok() == vector->must_be_rejected()) continue;
    ++(verified.ok() ? accepted : rejected);
  }
  return {accepted, rejected};
}

// The counts are those of the published set: a vector that is lost or not executed fails the test.
TEST(MerkleVectors, InclusionProofsAreAcceptedAndRejectedAsPublished) {
  const auto counts = CountAgreeing("rfc6962/inclusion", [](const Vector& vector) {
    return VerifyInclusion(vector.Integer("leafIdx"), vector.Integer("treeSize"),
                           vector.Hash("leafHash"), vector.Proof(), vector.Hash("root"));
  });
  EXPECT_EQ(counts, std::pair(6, 92));
}

TEST(MerkleVectors, ConsistencyProofsAreAcceptedAndRejectedAsPublished) {
  const auto counts = CountAgreeing("rfc6962/consistency", [](const Vector& vector) {
    return VerifyConsistency(vector.Integer("size1"), vector.Integer("size2"), vector.Hash("root1"),
                             vector.Hash("root2"), vector.Proof());
  });
  EXPECT_EQ(counts, std::pair(6, 92));
}

TEST(MerkleVectors, TheProofsThatWeMakeAreThePublishedOnes) {
  const Log log = LogOfKnownLeaves();
  int compared = 0;
  for (const std::string& path : VectorsBelow(JoinPath(REPRISE_GOLDEN_DIR, "rfc6962"))) {
    if (!path.ends_with("/happy-path.json")) continue;
    SCOPED_TRACE(path);
    const auto vector = Vector::Read(path);
    ASSERT_TRUE(vector.has_value());
    ++compared;
    if (path.find("/inclusion/") != std::string::npos) {
      const std::uint64_t index = vector->Integer("leafIdx");
      const std::uint64_t size = vector->Integer("treeSize");
      EXPECT_EQ(vector->Hash("leafHash"), log.leaves[index]);
      EXPECT_EQ(*ProveInclusion(index, size, log.Reader()), vector->Proof());
    } else {
      const auto proof =
          ProveConsistency(vector->Integer("size1"), vector->Integer("size2"), log.Reader());
      EXPECT_EQ(*proof, vector->Proof());
    }
  }
  EXPECT_EQ(compared, 10);
}

}  // namespace
}  // namespace reprise::storage
