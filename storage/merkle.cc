// Proofs are made by walking from the root of RFC 6962's definition towards the leaf or the border,
// collecting the siblings that are passed, and turning them round.  A sibling is either a complete
// subtree, which is one stored hash, or the ragged right part of the tree, whose hash is folded
// from its peaks.  They are verified by the iterative algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2,
// which need only the bits of the sizes.

#include "storage/merkle.h"

#include <algorithm>
#include <bit>

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

Error Wrong(std::string message) { return {ErrorCode::kCorruption, std::move(message)}; }

Result<void> CheckSize(std::uint64_t size) {
  if (size <= kMerkleSizeMax) return {};
  return Error{ErrorCode::kInvalidArgument,
               "a log of " + std::to_string(size) + " entries is too large"};
}

// The complete subtree of 2^level leaves that starts at leaf `start`, a multiple of 2^level.
Result<Digest> ReadSubtree(std::uint64_t start, int level, const HashReader& read) {
  return read(StoredHashIndex(level, start >> level));
}

Digest FoldPeaks(const std::vector<Digest>& peaks) {
  Digest root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) root = NodeHash(peaks[i], root);
  return root;
}

// The roots of the maximal complete subtrees of the leaves [start, end), largest first.  `start`
// must be a multiple of a power of two that is at least the length.
Result<std::vector<Digest>> ReadPeaks(std::uint64_t start, std::uint64_t end,
                                      const HashReader& read) {
  std::vector<Digest> peaks;
  while (start < end) {
    const int level = std::bit_width(end - start) - 1;
    REPRISE_ASSIGN_OR_RETURN(const Digest peak, ReadSubtree(start, level, read));
    peaks.push_back(peak);
    start += std::uint64_t{1} << level;
  }
  return peaks;
}

// The Merkle tree hash of the leaves [start, end), not empty, under the same condition.
Result<Digest> HashRange(std::uint64_t start, std::uint64_t end, const HashReader& read) {
  REPRISE_ASSIGN_OR_RETURN(const std::vector<Digest> peaks, ReadPeaks(start, end, read));
  return FoldPeaks(peaks);
}

// The largest power of two below `length`, which must exceed 1: RFC 6962's k.
std::uint64_t SplitOf(std::uint64_t length) {
  return std::uint64_t{1} << (std::bit_width(length - 1) - 1);
}

}  // namespace

Digest LeafHash(ByteSpan leaf) {
  crypto::Sha256Stream stream;
  stream.Update(AsBytes(std::string_view("\x00", 1)));
  stream.Update(leaf);
  return stream.Finish();
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::array<std::byte, 1 + 2 * Digest::kSizeBytes> bytes{std::byte{1}};
  std::copy(left.bytes().begin(), left.bytes().end(), bytes.begin() + 1);
  std::copy(right.bytes().begin(), right.bytes().end(), bytes.begin() + 1 + Digest::kSizeBytes);
  return crypto::Sha256(ByteSpan(bytes));
}

Digest EmptyRoot() { return crypto::Sha256(std::string_view()); }

std::uint64_t StoredHashCount(std::uint64_t size) {
  return 2 * size - static_cast<std::uint64_t>(std::popcount(size));
}

std::uint64_t StoredHashIndex(int level, std::uint64_t index) {
  const std::uint64_t last_leaf = ((index + 1) << level) - 1;
  return StoredHashCount(last_leaf) + static_cast<std::uint64_t>(level);
}

Result<MerkleFrontier> MerkleFrontier::Load(std::uint64_t size, const HashReader& read) {
  REPRISE_TRY(CheckSize(size));
  MerkleFrontier frontier;
  frontier.size_ = size;
  REPRISE_ASSIGN_OR_RETURN(frontier.peaks_, ReadPeaks(0, size, read));
  return frontier;
}

std::vector<Digest> MerkleFrontier::Append(const Digest& leaf_hash) {
  std::vector<Digest> stored{leaf_hash};
  for (int completed = std::countr_one(size_); completed > 0; --completed) {
    stored.push_back(NodeHash(peaks_.back(), stored.back()));
    peaks_.pop_back();
  }
  peaks_.push_back(stored.back());
  ++size_;
  return stored;
}

Digest MerkleFrontier::Root() const { return peaks_.empty() ? EmptyRoot() : FoldPeaks(peaks_); }

Result<Digest> RootOf(std::uint64_t size, const HashReader& read) {
  REPRISE_ASSIGN_OR_RETURN(const MerkleFrontier frontier, MerkleFrontier::Load(size, read));
  return frontier.Root();
}

Result<std::vector<Digest>> ProveInclusion(std::uint64_t index, std::uint64_t size,
                                           const HashReader& read) {
  REPRISE_TRY(CheckSize(size));
  if (index >= size) {
    return Error{ErrorCode::kInvalidArgument, "entry " + std::to_string(index) +
                                                  " is not in a log of " + std::to_string(size) +
                                                  " entries"};
  }
  std::vector<Digest> path;
  std::uint64_t start = 0;
  std::uint64_t end = size;
  while (end - start > 1) {
    const std::uint64_t middle = start + SplitOf(end - start);
    const bool left = index < middle;
    REPRISE_ASSIGN_OR_RETURN(const Digest sibling,
                             left ? HashRange(middle, end, read) : HashRange(start, middle, read));
    path.push_back(sibling);
    (left ? end : start) = middle;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Digest>> ProveConsistency(std::uint64_t size1, std::uint64_t size2,
                                             const HashReader& read) {
  REPRISE_TRY(CheckSize(size2));
  if (size1 == 0 || size1 > size2) {
    return Error{ErrorCode::kInvalidArgument, "there is no consistency proof between logs of " +
                                                  std::to_string(size1) + " and " +
                                                  std::to_string(size2) + " entries"};
  }
  std::vector<Digest> proof;
  std::uint64_t start = 0;
  std::uint64_t end = size2;
  while (size1 < end) {
    const std::uint64_t middle = start + SplitOf(end - start);
    const bool left = size1 <= middle;
    REPRISE_ASSIGN_OR_RETURN(const Digest sibling,
                             left ? HashRange(middle, end, read) : HashRange(start, middle, read));
    proof.push_back(sibling);
    (left ? end : start) = middle;
  }
  if (start != 0) {  // Otherwise this subtree is the whole old tree, whose root is known.
    REPRISE_ASSIGN_OR_RETURN(const Digest border, HashRange(start, end, read));
    proof.push_back(border);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<void> VerifyInclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                             const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return Wrong("the proof is for an entry beyond the end of the log");
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (last == 0) return Wrong("the inclusion proof is too long");
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      // A node without a right sibling rises until it is one itself.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Wrong("the inclusion proof is too short");
  if (hash != root) return Wrong("the inclusion proof leads to another root");
  return {};
}

Result<void> VerifyConsistency(std::uint64_t size1, std::uint64_t size2, const Digest& root1,
                               const Digest& root2, const std::vector<Digest>& proof) {
  if (size1 == 0) return Wrong("a consistency proof from an empty log shows nothing");
  if (size1 > size2) return Wrong("the earlier log is longer than the later one");
  if (size1 == size2) {
    if (!proof.empty()) return Wrong("the consistency proof is too long");
    if (root1 != root2) return Wrong("two logs of the same length have different roots");
    return {};
  }
  std::uint64_t node = size1 - 1;
  std::uint64_t last = size2 - 1;
  const int complete = std::countr_one(node);
  node >>= complete;
  last >>= complete;
  auto next = proof.begin();
  // An old tree that is complete is itself the first hash.
  if (node != 0 && next == proof.end()) return Wrong("the consistency proof is too short");
  Digest hash1 = node == 0 ? root1 : *next++;
  Digest hash2 = hash1;
  for (; next != proof.end(); ++next) {
    if (last == 0) return Wrong("the consistency proof is too long");
    if ((node & 1) != 0 || node == last) {
      hash1 = NodeHash(*next, hash1);
      hash2 = NodeHash(*next, hash2);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash2 = NodeHash(hash2, *next);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Wrong("the consistency proof is too short");
  if (hash1 != root1) return Wrong("the consistency proof does not lead to the earlier root");
  if (hash2 != root2) return Wrong("the consistency proof does not lead to the later root");
  return {};
}

}  // namespace reprise::storage
