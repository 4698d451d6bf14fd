// Merkle trees of an append-only log (RFC 6962 §2.1).
//
// Every complete subtree's hash is kept, in the order in which appending leaves completes them (as
// in golang.org/x/mod/sumdb/tlog, StoredHashIndex): leaf 0, leaf 1, node(0,1), leaf 2, leaf 3,
// node(2,3), node(0..3), …  Appending writes, and roots and proofs read, O(log n) of them.
//
// Thread-safety: pure functions; a HashReader as it says itself.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::storage {

using MerkleHash = Digest;

MerkleHash LeafHash(ByteSpan leaf);                                    // SHA-256(0x00 ‖ leaf)
MerkleHash NodeHash(const MerkleHash& left, const MerkleHash& right);  // SHA-256(0x01 ‖ l ‖ r)
MerkleHash EmptyRoot();                                                // SHA-256("")

// How many hashes are kept for a log of `leaves` leaves.
std::uint64_t StoredHashCount(std::uint64_t leaves);

// Where the hash of the complete subtree number `index` of 2^level leaves is kept.
std::uint64_t StoredHashIndex(unsigned level, std::uint64_t index);

// Reads one kept hash by its index.
using HashReader = std::function<Result<MerkleHash>(std::uint64_t index)>;

// The hashes to keep when `leaf` becomes leaf number `leaves` of a log that has `leaves` leaves.
Result<std::vector<MerkleHash>> HashesForLeaf(std::uint64_t leaves, const MerkleHash& leaf,
                                              const HashReader& read);

// The root of the first `leaves` leaves.
Result<MerkleHash> RootOf(std::uint64_t leaves, const HashReader& read);

// The audit path of leaf `index` in the tree of the first `leaves` leaves (§2.1.1).
// Errors: kInvalidArgument  index >= leaves.
Result<std::vector<MerkleHash>> InclusionPath(std::uint64_t index, std::uint64_t leaves,
                                              const HashReader& read);

// The proof that the first `old_leaves` of `leaves` leaves are unchanged (§2.1.2).
// Errors: kInvalidArgument  old_leaves is 0 or greater than leaves.
Result<std::vector<MerkleHash>> ConsistencyPath(std::uint64_t old_leaves, std::uint64_t leaves,
                                                const HashReader& read);

// Verification, as in RFC 9162 §2.1.3.2 and §2.1.4.2.
bool VerifyInclusion(std::uint64_t index, std::uint64_t leaves, const MerkleHash& leaf,
                     std::span<const MerkleHash> path, const MerkleHash& root);
bool VerifyConsistency(std::uint64_t old_leaves, std::uint64_t leaves,
                       std::span<const MerkleHash> path, const MerkleHash& old_root,
                       const MerkleHash& root);

}  // namespace reprise::storage
