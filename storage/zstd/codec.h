// Zstandard (RFC 8878) for the blocks of packs; the only folder that includes <zstd.h>.
//
// One frame a block, without a content size or checksum of its own: the pack's record declares the
// length and carries a CRC-32C.  Contexts are kept per thread.  Thread-safety: any thread.

#pragma once

#include <optional>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::storage {

// The frame of `raw` at `level`, if it is at most `size_bytes_max` long; valid until the calling
// thread's next call.
std::optional<ByteSpan> CompressZstd(ByteSpan raw, int level, std::size_t size_bytes_max);

// Fills `raw` from the frame `stored`.  Never writes beyond `raw`, whatever the frame claims.
// Errors: kCorruption  not a frame, or not of exactly raw.size() bytes.
Result<void> DecompressZstd(ByteSpan stored, MutableByteSpan raw);

}  // namespace reprise::storage
