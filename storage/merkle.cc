#include "storage/merkle.h"

#include <bit>

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

// The largest power of two below `n`, which is at least 2.
std::uint64_t SplitPoint(std::uint64_t n) { return std::bit_floor(n - 1); }

// The root of leaves [begin, end), whose complete subtrees are kept.  `begin` is a multiple of the
// largest power of two not above the length, as all ranges of the algorithms are.
Result<MerkleHash> RangeRoot(std::uint64_t begin, std::uint64_t end, const HashReader& read) {
  const std::uint64_t length = end - begin;
  REPRISE_ASSERT(length > 0);
  if (std::has_single_bit(length)) {
    const auto level = static_cast<unsigned>(std::countr_zero(length));
    return read(StoredHashIndex(level, begin >> level));
  }
  const std::uint64_t middle = begin + SplitPoint(length);
  REPRISE_ASSIGN_OR_RETURN(const MerkleHash left, RangeRoot(begin, middle, read));
  REPRISE_ASSIGN_OR_RETURN(const MerkleHash right, RangeRoot(middle, end, read));
  return NodeHash(left, right);
}

// SUBPROOF of RFC 6962 §2.1.2 for leaves [begin, end).
Result<void> Subproof(std::uint64_t old_leaves, std::uint64_t begin, std::uint64_t end,
                      bool complete, const HashReader& read, std::vector<MerkleHash>& path) {
  const std::uint64_t length = end - begin;
  if (old_leaves == length) {
    if (complete) return {};
    REPRISE_ASSIGN_OR_RETURN(const MerkleHash root, RangeRoot(begin, end, read));
    path.push_back(root);
    return {};
  }
  const std::uint64_t split = SplitPoint(length);
  const std::uint64_t middle = begin + split;
  if (old_leaves <= split) {
    REPRISE_TRY(Subproof(old_leaves, begin, middle, complete, read, path));
    REPRISE_ASSIGN_OR_RETURN(const MerkleHash right, RangeRoot(middle, end, read));
    path.push_back(right);
    return {};
  }
  REPRISE_TRY(Subproof(old_leaves - split, middle, end, false, read, path));
  REPRISE_ASSIGN_OR_RETURN(const MerkleHash left, RangeRoot(begin, middle, read));
  path.push_back(left);
  return {};
}

}  // namespace

MerkleHash LeafHash(ByteSpan leaf) {
  crypto::Sha256Stream stream;
  const std::byte prefix{0};
  stream.Update({&prefix, 1});
  stream.Update(leaf);
  return stream.Finish();
}

MerkleHash NodeHash(const MerkleHash& left, const MerkleHash& right) {
  std::byte bytes[1 + 2 * Digest::kSizeBytes] = {std::byte{1}};
  std::memcpy(bytes + 1, left.bytes().data(), Digest::kSizeBytes);
  std::memcpy(bytes + 1 + Digest::kSizeBytes, right.bytes().data(), Digest::kSizeBytes);
  return crypto::Sha256(ByteSpan(bytes));
}

MerkleHash EmptyRoot() { return crypto::Sha256(ByteSpan()); }

std::uint64_t StoredHashCount(std::uint64_t leaves) {
  // Each leaf, and each inner node that is complete: one for each pair at each level.
  std::uint64_t count = leaves;
  for (std::uint64_t n = leaves / 2; n > 0; n /= 2) count += n;
  return count;
}

std::uint64_t StoredHashIndex(unsigned level, std::uint64_t index) {
  // The subtree is completed by its last leaf, after that leaf and the smaller subtrees that it
  // completes.
  const std::uint64_t last_leaf = ((index + 1) << level) - 1;
  return StoredHashCount(last_leaf) + level;
}

Result<std::vector<MerkleHash>> HashesForLeaf(std::uint64_t leaves, const MerkleHash& leaf,
                                              const HashReader& read) {
  std::vector<MerkleHash> hashes = {leaf};
  MerkleHash hash = leaf;
  std::uint64_t index = leaves;
  for (unsigned level = 0; index % 2 == 1; ++level, index /= 2) {
    REPRISE_ASSIGN_OR_RETURN(const MerkleHash left, read(StoredHashIndex(level, index - 1)));
    hash = NodeHash(left, hash);
    hashes.push_back(hash);
  }
  return hashes;
}

Result<MerkleHash> RootOf(std::uint64_t leaves, const HashReader& read) {
  if (leaves == 0) return EmptyRoot();
  return RangeRoot(0, leaves, read);
}

Result<std::vector<MerkleHash>> InclusionPath(std::uint64_t index, std::uint64_t leaves,
                                              const HashReader& read) {
  if (index >= leaves) {
    return Error{ErrorCode::kInvalidArgument, "leaf " + std::to_string(index) +
                                                  " is not in a log of " + std::to_string(leaves) +
                                                  " entries"};
  }
  std::vector<MerkleHash> path;  // From the root down; turned round at the end.
  std::uint64_t begin = 0;
  std::uint64_t end = leaves;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + SplitPoint(end - begin);
    const bool left = index < middle;
    REPRISE_ASSIGN_OR_RETURN(const MerkleHash sibling,
                             RangeRoot(left ? middle : begin, left ? end : middle, read));
    path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  return std::vector<MerkleHash>(path.rbegin(), path.rend());
}

Result<std::vector<MerkleHash>> ConsistencyPath(std::uint64_t old_leaves, std::uint64_t leaves,
                                                const HashReader& read) {
  if (old_leaves == 0 || old_leaves > leaves) {
    return Error{ErrorCode::kInvalidArgument, "there is no consistency proof from " +
                                                  std::to_string(old_leaves) + " to " +
                                                  std::to_string(leaves) + " entries"};
  }
  std::vector<MerkleHash> path;
  REPRISE_TRY(Subproof(old_leaves, 0, leaves, true, read, path));
  return path;
}

bool VerifyInclusion(std::uint64_t index, std::uint64_t leaves, const MerkleHash& leaf,
                     std::span<const MerkleHash> path, const MerkleHash& root) {
  if (index >= leaves) return false;
  std::uint64_t fn = index;
  std::uint64_t sn = leaves - 1;
  MerkleHash hash = leaf;
  for (const MerkleHash& sibling : path) {
    if (sn == 0) return false;
    if (fn % 2 == 1 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while (fn % 2 == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root;
}

bool VerifyConsistency(std::uint64_t old_leaves, std::uint64_t leaves,
                       std::span<const MerkleHash> path, const MerkleHash& old_root,
                       const MerkleHash& root) {
  if (old_leaves == 0 || old_leaves > leaves) return false;
  if (old_leaves == leaves) return path.empty() && old_root == root;
  if (path.empty()) return false;
  std::size_t next = 0;
  std::uint64_t fn = old_leaves - 1;
  std::uint64_t sn = leaves - 1;
  while (fn % 2 == 1) {
    fn >>= 1;
    sn >>= 1;
  }
  // A power of two is a subtree of its own, whose hash the verifier has already.
  MerkleHash old_hash = std::has_single_bit(old_leaves) ? old_root : path[next++];
  MerkleHash hash = old_hash;
  for (; next < path.size(); ++next) {
    if (sn == 0) return false;
    const MerkleHash& sibling = path[next];
    if (fn % 2 == 1 || fn == sn) {
      old_hash = NodeHash(sibling, old_hash);
      hash = NodeHash(sibling, hash);
      while (fn % 2 == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && old_hash == old_root && hash == root;
}

}  // namespace reprise::storage
