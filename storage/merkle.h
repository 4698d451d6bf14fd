// Merkle trees of an append-only log (RFC 6962 §2.1): hashes, roots and proofs.
//
// A log keeps the hash of every complete subtree ("stored hashes") in the order in which subtrees
// become complete: appending a leaf stores its leaf hash and then each interior node that the leaf
// completes, from the bottom up.  Stored hashes never change, so they are an append-only file, and
// every root and proof of every earlier size can be computed from O(log n) of them.  The order is
// that of golang.org/x/mod/sumdb/tlog.
//
// Thread-safety: pure functions; MerkleFrontier as a std::vector.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::storage {

// Logs are at most this long, so that no position overflows.
inline constexpr std::uint64_t kMerkleSizeMax = std::uint64_t{1} << 53;

// SHA-256(0x00 || leaf).
Digest LeafHash(ByteSpan leaf);
inline Digest LeafHash(std::string_view leaf) { return LeafHash(AsBytes(leaf)); }
// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);
// The root of the empty tree: SHA-256 of no bytes.
Digest EmptyRoot();

// How many stored hashes a tree of `size` leaves has: 2 · size - popcount(size).
std::uint64_t StoredHashCount(std::uint64_t size);
// The position of the complete subtree over the leaves [index · 2^level, (index + 1) · 2^level).
// Its last leaf must lie below kMerkleSizeMax.
std::uint64_t StoredHashIndex(int level, std::uint64_t index);

// Returns the stored hash at a position; may fail.
using HashReader = std::function<Result<Digest>(std::uint64_t position)>;

// The right edge of a growing tree: the roots of its maximal complete subtrees, largest first.
class MerkleFrontier {
 public:
  // Of a tree of `size` leaves.  Errors: kInvalidArgument (too large); those of `read`.
  static Result<MerkleFrontier> Load(std::uint64_t size, const HashReader& read);

  // Appends a leaf and returns the hashes to be stored for it, in order.
  std::vector<Digest> Append(const Digest& leaf_hash);

  std::uint64_t size() const { return size_; }
  Digest Root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// The root of the first `size` leaves.
// Errors: kInvalidArgument (too large); those of `read`.
Result<Digest> RootOf(std::uint64_t size, const HashReader& read);

// The audit path of leaf `index` in the tree of the first `size` leaves (RFC 6962 §2.1.1), from
// the leaf's sibling to the child of the root.
// Errors: kInvalidArgument  `index` is not below `size`.  Those of `read`.
Result<std::vector<Digest>> ProveInclusion(std::uint64_t index, std::uint64_t size,
                                           const HashReader& read);

// The consistency proof between the first `size1` and `size2` leaves (RFC 6962 §2.1.2); empty when
// they are equal.
// Errors: kInvalidArgument  unless 0 < size1 <= size2.  Those of `read`.
Result<std::vector<Digest>> ProveConsistency(std::uint64_t size1, std::uint64_t size2,
                                             const HashReader& read);

// Succeeds if `proof` shows that `leaf_hash` is leaf `index` of the tree of `size` leaves whose
// root is `root`.  The arguments may come from anyone.
// Errors: kCorruption  it does not.
Result<void> VerifyInclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                             const std::vector<Digest>& proof, const Digest& root);

// Succeeds if `proof` shows that the tree of `size1` leaves with `root1` is a prefix of that of
// `size2` leaves with `root2`.  Size 0 is rejected: nothing can be shown of an empty tree.
// Errors: kCorruption  it does not.
Result<void> VerifyConsistency(std::uint64_t size1, std::uint64_t size2, const Digest& root1,
                               const Digest& root2, const std::vector<Digest>& proof);

}  // namespace reprise::storage
