// Uses the SSE 4.2 instruction where the processor has it, else tables of eight bytes a step
// ("slicing by 8", Kounavis and Berry 2005).

#include "storage/base/crc32c.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace reprise {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Reflected.
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t) {
    for (std::size_t i = 0; i < 256; ++i) {
      tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

std::uint32_t Portable(ByteSpan bytes, std::uint32_t crc) {
  while (bytes.size() >= 8) {
    const std::uint64_t word = LoadLe<std::uint64_t>(bytes) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][word >> (8 * i) & 255];
    bytes = bytes.subspan(8);
  }
  for (const std::byte b : bytes) {
    crc = crc >> 8 ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(b)) & 255];
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t Hardware(ByteSpan bytes, std::uint32_t crc) {
  std::uint64_t wide = crc;
  while (bytes.size() >= 8) {
    wide = _mm_crc32_u64(wide, LoadLe<std::uint64_t>(bytes));
    bytes = bytes.subspan(8);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const std::byte b : bytes) crc = _mm_crc32_u8(crc, std::to_integer<unsigned char>(b));
  return crc;
}
#endif

}  // namespace

std::uint32_t Crc32c(ByteSpan bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~Hardware(bytes, ~seed);
#endif
  return internal::Crc32cPortable(bytes, seed);
}

std::uint32_t internal::Crc32cPortable(ByteSpan bytes, std::uint32_t seed) {
  return ~Portable(bytes, ~seed);
}

}  // namespace reprise
