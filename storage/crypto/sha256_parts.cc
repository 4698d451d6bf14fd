// FIPS 180-4, section 6.2.2, in the form that the x86 SHA extensions ask for: the eight words of
// the state lie in two registers, as ABEF and CDGH, and one instruction makes two of the 64 rounds.
// A Lane is one digest under way; Compress<2> steps two lanes through their own blocks at once.
// The parts of content do not begin where its blocks of 64 bytes do, so each lane has its own
// position; the few blocks at the seams are done one lane at a time.

#include "storage/crypto/sha256_parts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "storage/base/assert.h"
#include "storage/crypto/sha256.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace reprise::crypto {

namespace {

class Portable final : public Sha256Parts {
 public:
  Digest Add(ByteSpan part) override {
    whole_.Update(part);
    return Sha256(part);
  }
  Digest Finish() override { return whole_.Finish(); }

 private:
  Sha256Stream whole_;
};

#ifdef __x86_64__

constexpr std::size_t kBlockBytes = 64;

// FIPS 180-4, section 4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// FIPS 180-4, section 5.3.3: the state before the first block, in the order A … H.
constexpr std::array<std::uint32_t, 8> kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// From the highest word to the lowest: the registers' order.
struct State {
  std::array<std::uint32_t, 4> abef{kInitial[5], kInitial[4], kInitial[1], kInitial[0]};
  std::array<std::uint32_t, 4> cdgh{kInitial[7], kInitial[6], kInitial[3], kInitial[2]};
};

struct Lane {
  State* state;
  const std::byte* next;  // The block to be added.
};

// A lane's registers.
struct Registers {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];  // The last sixteen of the message schedule.
};

template <std::size_t kLanes>
__attribute__((target("sha,sse4.1"))) void Compress(std::array<Lane, kLanes> lanes,
                                                    std::size_t blocks) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  std::array<Registers, kLanes> now;
  for (std::size_t l = 0; l < kLanes; ++l) {
    now[l].abef = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lanes[l].state->abef.data()));
    now[l].cdgh = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lanes[l].state->cdgh.data()));
  }
  for (; blocks > 0; --blocks) {
    const std::array<Registers, kLanes> before = now;
#pragma GCC unroll 16
    for (std::size_t step = 0; step < 16; ++step) {
      const __m128i constants =
          _mm_load_si128(reinterpret_cast<const __m128i*>(&kRoundConstants[4 * step]));
#pragma GCC unroll 2
      for (std::size_t l = 0; l < kLanes; ++l) {
        auto& [abef, cdgh, words] = now[l];
        __m128i& word = words[step % 4];
        if (step < 4) {
          const auto* const message = reinterpret_cast<const __m128i*>(lanes[l].next + 16 * step);
          word = _mm_shuffle_epi8(_mm_loadu_si128(message), big_endian);
        } else {
          const __m128i last = words[(step + 3) % 4];
          word = _mm_add_epi32(_mm_sha256msg1_epu32(word, words[(step + 1) % 4]),
                               _mm_alignr_epi8(last, words[(step + 2) % 4], 4));
          word = _mm_sha256msg2_epu32(word, last);
        }
        const __m128i sum = _mm_add_epi32(word, constants);
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      }
    }
    for (std::size_t l = 0; l < kLanes; ++l) {
      now[l].abef = _mm_add_epi32(now[l].abef, before[l].abef);
      now[l].cdgh = _mm_add_epi32(now[l].cdgh, before[l].cdgh);
      lanes[l].next += kBlockBytes;
    }
  }
  for (std::size_t l = 0; l < kLanes; ++l) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(lanes[l].state->abef.data()), now[l].abef);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(lanes[l].state->cdgh.data()), now[l].cdgh);
  }
}

// The digest that ends with `rest`, less than a block, after `size_bytes` bytes in all.
Digest Pad(State state, ByteSpan rest, std::uint64_t size_bytes) {
  std::array<std::byte, 2 * kBlockBytes> last{};
  if (!rest.empty()) std::memcpy(last.data(), rest.data(), rest.size());
  last[rest.size()] = std::byte{0x80};
  const std::size_t blocks = rest.size() < kBlockBytes - 8 ? 1 : 2;
  for (std::size_t i = 0; i < 8; ++i) {
    last[blocks * kBlockBytes - 1 - i] = static_cast<std::byte>(size_bytes * 8 >> (8 * i));
  }
  Compress<1>({Lane{&state, last.data()}}, blocks);
  const std::array words = {state.abef[3], state.abef[2], state.cdgh[3], state.cdgh[2],
                            state.abef[1], state.abef[0], state.cdgh[1], state.cdgh[0]};
  std::array<std::byte, Digest::kSizeBytes> checksum;
  for (std::size_t i = 0; i < checksum.size(); ++i) {
    checksum[i] = static_cast<std::byte>(words[i / 4] >> (24 - 8 * (i % 4)));
  }
  return Digest::FromSha256(checksum);
}

class SideBySide final : public Sha256Parts {
 public:
  Digest Add(ByteSpan part) override {
    State own;
    ByteSpan of_whole = FillBlock(part);  // What of the part the whole has yet to take.
    ByteSpan of_part = part;
    const std::size_t both = std::min(of_whole.size(), of_part.size()) / kBlockBytes;
    Compress<2>({Lane{&whole_, of_whole.data()}, Lane{&own, of_part.data()}}, both);
    of_whole = of_whole.subspan(both * kBlockBytes);
    of_part = of_part.subspan(both * kBlockBytes);
    // The part began earlier than what was left to the whole: by less than a block.
    if (of_part.size() >= kBlockBytes) {
      Compress<1>({Lane{&own, of_part.data()}}, of_part.size() / kBlockBytes);
      of_part = of_part.last(of_part.size() % kBlockBytes);
    }
    if (!of_whole.empty()) {
      std::memcpy(waiting_.data(), of_whole.data(), of_whole.size());
      waiting_bytes_ = of_whole.size();
    }
    size_bytes_ += part.size();
    return Pad(own, of_part, part.size());
  }

  Digest Finish() override {
    const Digest digest = Pad(whole_, ByteSpan(waiting_).first(waiting_bytes_), size_bytes_);
    whole_ = {};
    waiting_bytes_ = 0;
    size_bytes_ = 0;
    return digest;
  }

 private:
  // Completes the block that waits, if `part` reaches so far; returns what of it is left over.
  ByteSpan FillBlock(ByteSpan part) {
    if (waiting_bytes_ == 0) return part;
    const std::size_t taken = std::min(part.size(), kBlockBytes - waiting_bytes_);
    if (taken > 0) std::memcpy(waiting_.data() + waiting_bytes_, part.data(), taken);
    waiting_bytes_ += taken;
    if (waiting_bytes_ == kBlockBytes) {
      Compress<1>({Lane{&whole_, waiting_.data()}}, 1);
      waiting_bytes_ = 0;
    }
    return part.subspan(taken);
  }

  State whole_;
  std::array<std::byte, kBlockBytes> waiting_;  // The whole's last bytes, no full block yet.
  std::size_t waiting_bytes_ = 0;
  std::uint64_t size_bytes_ = 0;
};

#endif

}  // namespace

std::unique_ptr<Sha256Parts> NewSha256Parts() {
#ifdef __x86_64__
  static const bool has_instructions =
      __builtin_cpu_supports("sha") != 0 && __builtin_cpu_supports("sse4.1") != 0;
  if (has_instructions) return std::make_unique<SideBySide>();
#endif
  return internal::NewPortableSha256Parts();
}

std::unique_ptr<Sha256Parts> internal::NewPortableSha256Parts() {
  return std::make_unique<Portable>();
}

}  // namespace reprise::crypto
