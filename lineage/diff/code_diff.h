// How the code of two runs differs: as a patch, from the stored trees alone.
//
// Thread-safety: one thread at a time.

#pragma once

#include <string>
#include <vector>

#include "lineage/diff/tree_diff.h"

namespace reprise::lineage {

// Larger files, and what would make the whole patch larger, are named without their lines.
inline constexpr std::uint64_t kPatchFileBytesMax = 4U << 20;
inline constexpr std::uint64_t kPatchBytesMax = 64U << 20;

struct CodeFile {
  TreeChange change;
  std::string patch;  // Of this file; empty where there is none, as `omitted` says.
  std::uint64_t lines_added = 0;
  std::uint64_t lines_removed = 0;
  std::string omitted;  // Why there is no patch of it; else empty.
};

// The files of two code trees that differ, in path order.  Their patches, one after the other, are
// what `git apply` and patch(1) take; binary files are named in them.  What of a file is lost or
// damaged is said in `omitted`.
// Errors: of reading the two trees; kIoError.
Result<std::vector<CodeFile>> DiffCode(const StoredContents& contents, const Digest& before,
                                       const Digest& after);

}  // namespace reprise::lineage
