// CRC-32C (Castagnoli, RFC 3720 appendix B.4), which frames stored records.
//
// It finds torn and rotten records early and cheaply; what content is, SHA-256 decides.
// Thread-safety: pure function.

#pragma once

#include <cstdint>

#include "storage/base/bytes.h"

namespace reprise {

// The checksum of `bytes` continued from `seed`, so that
// Crc32c(b, Crc32c(a)) is the checksum of a and b joined.
std::uint32_t Crc32c(ByteSpan bytes, std::uint32_t seed = 0);

namespace internal {
// The same without special instructions, for processors that have none, and for tests.
std::uint32_t Crc32cPortable(ByteSpan bytes, std::uint32_t seed = 0);
}  // namespace internal

}  // namespace reprise
