// Merkle trees against the recursive definition of RFC 6962, against the known roots, and against
// the proofs that others made right and wrong (tests/golden/rfc6962/README.md).

#include "storage/merkle.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

// RFC 6962 §2.1 as it is written there, slow and plain.
std::uint64_t SplitOf(std::uint64_t size) {
  std::uint64_t k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

Digest NaiveRoot(std::span<const Digest> leaves) {
  if (leaves.empty()) return crypto::Sha256(std::string_view());
  if (leaves.size() == 1) return leaves[0];
  const std::uint64_t k = SplitOf(leaves.size());
  return NodeHash(NaiveRoot(leaves.first(k)), NaiveRoot(leaves.subspan(k)));
}

std::vector<Digest> NaivePath(std::uint64_t m, std::span<const Digest> leaves) {
  if (leaves.size() <= 1) return {};
  const std::uint64_t k = SplitOf(leaves.size());
  std::vector<Digest> path =
      m < k ? NaivePath(m, leaves.first(k)) : NaivePath(m - k, leaves.subspan(k));
  path.push_back(NaiveRoot(m < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

std::vector<Digest> NaiveSubproof(std::uint64_t m, std::span<const Digest> leaves, bool whole) {
  if (m == leaves.size()) {
    if (whole) return {};
    return {NaiveRoot(leaves)};
  }
  const std::uint64_t k = SplitOf(leaves.size());
  std::vector<Digest> proof = m <= k ? NaiveSubproof(m, leaves.first(k), whole)
                                     : NaiveSubproof(m - k, leaves.subspan(k), false);
  proof.push_back(NaiveRoot(m <= k ? leaves.subspan(k) : leaves.first(k)));
  return proof;
}

// A log in memory.
struct Log {
  std::vector<Digest> leaves;
  std::vector<Digest> stored;
  MerkleFrontier frontier;

  void Append(std::string_view leaf) {
    leaves.push_back(LeafHash(leaf));
    for (const Digest& hash : frontier.Append(leaves.back())) stored.push_back(hash);
  }
  HashReader Reader() const {
    return [this](std::uint64_t position) -> Result<Digest> {
      if (position < stored.size()) return stored[position];
      return Error{ErrorCode::kCorruption, "beyond what is stored"};
    };
  }
};

Log LogOf(std::uint64_t size) {
  Log log;
  for (std::uint64_t i = 0; i < size; ++i) log.Append("leaf " + std::to_string(i));
  return log;
}

constexpr std::uint64_t kSizeMax = 70;

TEST(MerkleTest, StoredHashesComeInTheOrderInWhichSubtreesComplete) {
  const Log log = LogOf(kSizeMax);
  ASSERT_EQ(log.stored.size(), StoredHashCount(kSizeMax));
  std::set<std::uint64_t> positions;
  for (int level = 0; level <= 6; ++level) {
    for (std::uint64_t index = 0; (index + 1) << level <= kSizeMax; ++index) {
      const std::uint64_t position = StoredHashIndex(level, index);
      positions.insert(position);
      const std::span<const Digest> leaves(log.leaves);
      EXPECT_EQ(log.stored[position],
                NaiveRoot(leaves.subspan(index << level, std::uint64_t{1} << level)));
    }
  }
  EXPECT_EQ(positions.size(), log.stored.size());
  // golang.org/x/mod/sumdb/tlog, TestStoredHashIndex-like: leaf 0, 1, node, leaf 2, 3, node, node.
  EXPECT_EQ(StoredHashIndex(0, 1), 1U);
  EXPECT_EQ(StoredHashIndex(1, 0), 2U);
  EXPECT_EQ(StoredHashIndex(0, 3), 4U);
  EXPECT_EQ(StoredHashIndex(2, 0), 6U);
}

TEST(MerkleTest, RootsAreThoseOfTheDefinition) {
  const Log log = LogOf(kSizeMax);
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    const Digest expected = NaiveRoot(std::span(log.leaves).first(size));
    EXPECT_EQ(*RootOf(size, log.Reader()), expected);
    EXPECT_EQ(LogOf(size).frontier.Root(), expected);
    auto frontier = MerkleFrontier::Load(size, log.Reader());
    ASSERT_TRUE(frontier.ok());
    EXPECT_EQ(frontier->size(), size);
    if (size < kSizeMax) {
      (void)frontier->Append(log.leaves[size]);
      EXPECT_EQ(frontier->Root(), NaiveRoot(std::span(log.leaves).first(size + 1)));
    }
  }
  EXPECT_FALSE(RootOf(kSizeMax + 1, log.Reader()).ok());
  EXPECT_EQ(RootOf(kMerkleSizeMax + 1, log.Reader()).error().code, ErrorCode::kInvalidArgument);
}

TEST(MerkleTest, InclusionProofsAreThoseOfTheDefinitionAndProveOnlyTheirLeaf) {
  const Log log = LogOf(kSizeMax);
  for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
    const Digest root = NaiveRoot(std::span(log.leaves).first(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = ProveInclusion(index, size, log.Reader());
      ASSERT_TRUE(proof.ok());
      EXPECT_EQ(*proof, NaivePath(index, std::span(log.leaves).first(size)));
      EXPECT_TRUE(VerifyInclusion(index, size, log.leaves[index], *proof, root).ok());
      const std::uint64_t other = (index + 1) % size;
      if (other == index) continue;
      EXPECT_FALSE(VerifyInclusion(index, size, log.leaves[other], *proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(other, size, log.leaves[index], *proof, root).ok());
    }
    EXPECT_EQ(ProveInclusion(size, size, log.Reader()).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(MerkleTest, ConsistencyProofsAreThoseOfTheDefinitionAndProveOnlyTheirSizes) {
  const Log log = LogOf(kSizeMax);
  const std::span<const Digest> leaves(log.leaves);
  for (std::uint64_t size2 = 1; size2 <= kSizeMax; ++size2) {
    const Digest root2 = NaiveRoot(leaves.first(size2));
    for (std::uint64_t size1 = 1; size1 <= size2; ++size1) {
      const Digest root1 = NaiveRoot(leaves.first(size1));
      const auto proof = ProveConsistency(size1, size2, log.Reader());
      ASSERT_TRUE(proof.ok());
      EXPECT_EQ(*proof, NaiveSubproof(size1, leaves.first(size2), true));
      EXPECT_TRUE(VerifyConsistency(size1, size2, root1, root2, *proof).ok());
      if (size1 == size2) continue;
      EXPECT_FALSE(VerifyConsistency(size1, size2, root2, root1, *proof).ok());
      auto longer = *proof;
      longer.push_back(root1);
      EXPECT_FALSE(VerifyConsistency(size1, size2, root1, root2, longer).ok());
      auto shorter = *proof;
      shorter.pop_back();
      EXPECT_FALSE(VerifyConsistency(size1, size2, root1, root2, shorter).ok());
    }
    EXPECT_FALSE(ProveConsistency(0, size2, log.Reader()).ok());
    EXPECT_FALSE(ProveConsistency(size2 + 1, size2, log.Reader()).ok());
  }
}

TEST(MerkleTest, AProofReadsLogarithmicallyManyHashes) {
  const Log log = LogOf(4000);
  int reads = 0;
  const HashReader counting = [&](std::uint64_t position) {
    ++reads;
    return log.Reader()(position);
  };
  ASSERT_TRUE(ProveInclusion(1234, 4000, counting).ok());
  EXPECT_LE(reads, 2 * 12);
  reads = 0;
  ASSERT_TRUE(ProveConsistency(1234, 4000, counting).ok());
  EXPECT_LE(reads, 4 * 12);
}

// The eight leaves and roots that certificate-transparency and its successors test with
// (transparency-dev/merkle, testonly/constants.go).
TEST(MerkleTest, RootsOfTheCertificateTransparencyLeaves) {
  const std::vector<std::string> leaves = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Log log;
  EXPECT_EQ(log.frontier.Root().ToHex(), roots[0]);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    log.Append(*FromHex(leaves[i]));
    EXPECT_EQ(log.frontier.Root().ToHex(), roots[i + 1]);
  }
}

// Vectors --------------------------------------------------------------------------------------

std::vector<std::string> VectorFiles(const std::string& kind) {
  std::vector<std::string> paths;
  const std::string folder = std::string(REPRISE_GOLDEN_DIR) + "/rfc6962/" + kind;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// A hash of another length cannot even be said to our verifiers: that is a rejection, too.
std::optional<Digest> HashOf(const Json* base64) {
  if (base64 == nullptr || !base64->is_string()) return {};
  const auto bytes = FromBase64(base64->as_string());
  if (!bytes.ok() || bytes->size() != Digest::kSizeBytes) return {};
  return Digest::FromSha256(AsBytes(*bytes));
}

std::optional<std::vector<Digest>> ProofOf(const Json& json) {
  std::vector<Digest> proof;
  const Json* member = json.Find("proof");
  if (member == nullptr || member->is_null()) return proof;
  for (const Json& base64 : member->as_array()) {
    const auto hash = HashOf(&base64);
    if (!hash.has_value()) return {};
    proof.push_back(*hash);
  }
  return proof;
}

std::uint64_t SizeOf(const Json& json, std::string_view name) {
  const auto value = json.GetInteger(name);
  EXPECT_TRUE(value.ok());
  return static_cast<std::uint64_t>(value.value_or(0));
}

bool AcceptsInclusion(const Json& json) {
  const auto leaf = HashOf(json.Find("leafHash"));
  const auto root = HashOf(json.Find("root"));
  const auto proof = ProofOf(json);
  return leaf && root && proof &&
         VerifyInclusion(SizeOf(json, "leafIdx"), SizeOf(json, "treeSize"), *leaf, *proof, *root)
             .ok();
}

bool AcceptsConsistency(const Json& json) {
  const auto root1 = HashOf(json.Find("root1"));
  const auto root2 = HashOf(json.Find("root2"));
  const auto proof = ProofOf(json);
  return root1 && root2 && proof &&
         VerifyConsistency(SizeOf(json, "size1"), SizeOf(json, "size2"), *root1, *root2, *proof)
             .ok();
}

void CheckVectors(const std::string& kind, bool (*accepts)(const Json&)) {
  const std::vector<std::string> paths = VectorFiles(kind);
  EXPECT_EQ(paths.size(), 98U);
  int accepted = 0;
  for (const std::string& path : paths) {
    const auto json = ParseJson(*ReadFile(PosixFileSystem(), path));
    ASSERT_TRUE(json.ok()) << path << ": " << json.error().message;
    const bool good = accepts(*json);
    EXPECT_EQ(good, !*json->GetBool("wantErr")) << path;
    accepted += good;
  }
  EXPECT_GT(accepted, 4);
}

TEST(MerkleTest, InclusionVectorsAreAcceptedAndRejectedAsTheySay) {
  CheckVectors("inclusion", AcceptsInclusion);
}

TEST(MerkleTest, ConsistencyVectorsAreAcceptedAndRejectedAsTheySay) {
  CheckVectors("consistency", AcceptsConsistency);
}

TEST(MerkleTest, ConsistencyFromAnEmptyLogIsRejected) {
  EXPECT_FALSE(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {}).ok());
  const Log log = LogOf(1);
  EXPECT_FALSE(VerifyConsistency(0, 1, EmptyRoot(), log.frontier.Root(), {}).ok());
}

TEST(MerkleTest, SizesFromAnyoneAreHarmless) {
  const std::vector<Digest> proof(64, EmptyRoot());
  for (const std::uint64_t size : {UINT64_MAX, UINT64_MAX - 1, std::uint64_t{1} << 63}) {
    EXPECT_FALSE(VerifyInclusion(size - 1, size, EmptyRoot(), proof, EmptyRoot()).ok());
    EXPECT_FALSE(VerifyConsistency(size - 1, size, EmptyRoot(), EmptyRoot(), proof).ok());
    EXPECT_FALSE(VerifyConsistency(1, size, EmptyRoot(), EmptyRoot(), proof).ok());
  }
}

}  // namespace
}  // namespace reprise::storage
