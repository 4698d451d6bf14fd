// Content-defined chunking: where a file is cut depends on the bytes near the cut alone, so that an
// edit changes the chunks around it and no others.
//
// FastCDC (Xia et al., IEEE TPDS 2020), normalised level 2, with the gear table of
// storage/gear_table.h.  Where chunks end is no part of any identity: retuning costs deduplication
// against what is stored already, never correctness.  The rules are versioned all the same;
// docs/formats/chunking.md, golden cuts in tests/golden/chunker/.

#pragma once

#include <cstdint>
#include <vector>

#include "storage/base/bytes.h"

namespace reprise::storage {

inline constexpr std::uint32_t kChunkerVersion = 1;
inline constexpr std::size_t kChunkBytesMin = 16U << 10;
inline constexpr std::size_t kChunkBytesAverage = 64U << 10;
inline constexpr std::size_t kChunkBytesMax = 256U << 10;

// Cuts one file.  Thread-safety: one thread at a time.
class Chunker {
 public:
  // `forced_cuts`: offsets in the file, ascending, at which a chunk must end (TensorCuts()).
  explicit Chunker(std::vector<std::uint64_t> forced_cuts = {});

  // The length of the next chunk.  `ahead` is what follows the previous chunk: at least
  // kChunkBytesMax bytes, or all bytes up to the end of the file.  0 only if `ahead` is empty.
  std::size_t Next(ByteSpan ahead);

 private:
  std::vector<std::uint64_t> forced_cuts_;
  std::size_t next_forced_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace reprise::storage
