#include "storage/zlib/crc32.h"

#include <zlib.h>

namespace reprise::storage {

std::uint32_t Crc32(std::uint32_t crc, ByteSpan bytes) {
  const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(crc32_z(crc, data, bytes.size()));
}

}  // namespace reprise::storage
