// The CRC-32 of zip archives and gzip (ISO 3309), which finds accidents and no forgery.
//
// Thread-safety: a pure function.

#pragma once

#include <cstdint>

#include "storage/base/bytes.h"

namespace reprise::storage {

// Of what has the sum `crc` (0: nothing) and `bytes` after it.
std::uint32_t Crc32(std::uint32_t crc, ByteSpan bytes);

}  // namespace reprise::storage
