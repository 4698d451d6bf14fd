// Two ways to write a column; the shorter one is kept.
//
// XOR: each cell is XORed with the one before, and the meaningful bits of the result are written,
// as in Gorilla (Pelkonen et al., VLDB 2015, §4.1.2), with six bits for the leading zeros instead
// of five.  It suits values that repeat or have few significant bits.
//
// Differences of order n: a cell is predicted by the polynomial of degree n - 1 through the n cells
// before it, and what is missing is written in a Rice code whose parameter follows the data
// (Malvar, "Adaptive Run-Length / Golomb-Rice Encoding", DCC 2006).  Order 2 is the delta of deltas
// of Gorilla §4.1.1.  All arithmetic is modulo 2^64 on bit patterns, never in floating point, so
// that every machine predicts alike; within one power of two, bit patterns of doubles grow linearly
// with the values, and a smooth curve leaves only its rounding noise.

#include "lineage/series_column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "storage/base/assert.h"

namespace reprise::lineage {
namespace {

constexpr unsigned kXorMethod = 0;
constexpr unsigned kOrderMax = 6;
constexpr unsigned kEscapeQuotient = 16;
constexpr std::size_t kColumnHeadBytes = 2;  // Method, shift.

constexpr std::uint64_t LowBits(unsigned count) {
  return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// Most significant bit first; the last byte is filled with zero bits.
class BitWriter {
 public:
  explicit BitWriter(std::string head) : out_(std::move(head)) {}

  void Put(std::uint64_t bits, unsigned count) {
    REPRISE_ASSERT(count <= 64 && (bits & ~LowBits(count)) == 0);
    if (count > 32) {
      PutSmall(bits >> 32, count - 32);
      PutSmall(bits & LowBits(32), 32);
    } else {
      PutSmall(bits, count);
    }
  }

  std::string Finish() && {
    if (held_count_ > 0) out_ += static_cast<char>(held_ << (8 - held_count_));
    return std::move(out_);
  }

 private:
  void PutSmall(std::uint64_t bits, unsigned count) {
    held_ = held_ << count | bits;
    held_count_ += count;
    while (held_count_ >= 8) {
      held_count_ -= 8;
      out_ += static_cast<char>(held_ >> held_count_);
    }
  }

  std::string out_;
  std::uint64_t held_ = 0;  // The low held_count_ bits wait to be written; those above are stale.
  unsigned held_count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  // Nothing if fewer bits are left.
  std::optional<std::uint64_t> Take(unsigned count) {
    if (count > bytes_.size() * 8 - position_) return std::nullopt;
    std::uint64_t bits = 0;
    while (count > 0) {
      const auto offset = static_cast<unsigned>(position_ % 8);
      const unsigned step = std::min(count, 8 - offset);
      const auto byte = static_cast<unsigned char>(bytes_[position_ / 8]);
      bits = bits << step | (byte >> (8 - offset - step) & LowBits(step));
      position_ += step;
      count -= step;
    }
    return bits;
  }

  // Only zero bits are left, and fewer than eight.
  bool AtEnd() {
    const std::size_t left = bytes_.size() * 8 - position_;
    return left < 8 && Take(static_cast<unsigned>(left)) == 0;
  }

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;  // In bits.
};

// The parameter of the Rice code, which both sides derive from the codes before: a running mean of
// their lengths in bits, so that one outlier among small codes costs little and is soon forgotten.
class RiceParameter {
 public:
  unsigned k() const { return std::min(mean_ / kOne, 63U); }

  void Observe(std::uint64_t code) {
    const unsigned length = static_cast<unsigned>(std::bit_width(code)) * kOne;
    mean_ = mean_ - mean_ / kWindow + length / kWindow;
  }

 private:
  static constexpr unsigned kOne = 64;    // mean_ counts in parts of a bit.
  static constexpr unsigned kWindow = 8;  // Codes that the mean is taken over.
  unsigned mean_ = 0;
};

// Small magnitudes of either sign become small numbers: 0, -1, 1, -2, …
std::uint64_t ZigZag(std::uint64_t value) {
  return value << 1 ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> 63);
}
std::uint64_t UnZigZag(std::uint64_t code) { return code >> 1 ^ (0 - (code & 1)); }

// What the polynomial through the last cells says comes next.
class Extrapolation {
 public:
  explicit Extrapolation(unsigned order) : order_(order) {}

  // The sum of the last differences of orders 0 to n - 1.
  std::uint64_t Next() const {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < order_; ++i) sum += differences_[i];
    return sum;
  }

  void Add(std::uint64_t cell) {
    for (unsigned i = 0; i < order_; ++i) {
      const std::uint64_t difference = i < count_ ? cell - differences_[i] : 0;
      differences_[i] = cell;
      if (i >= count_) break;  // Too few cells yet for a difference of this order.
      cell = difference;
    }
    count_ = std::min(count_ + 1, kOrderMax);
  }

 private:
  unsigned order_;
  unsigned count_ = 0;
  std::array<std::uint64_t, kOrderMax> differences_{};
};

std::string EncodeXor(std::span<const std::uint64_t> cells) {
  BitWriter out(std::string{static_cast<char>(kXorMethod), '\0'});
  out.Put(cells[0], 64);
  unsigned leading = 64;  // The window of the last cell that had its own; none yet.
  unsigned length = 0;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    const std::uint64_t bits = cells[i] ^ cells[i - 1];
    if (bits == 0) {
      out.Put(0, 1);
      continue;
    }
    const auto own_leading = static_cast<unsigned>(std::countl_zero(bits));
    const auto own_trailing = static_cast<unsigned>(std::countr_zero(bits));
    const unsigned own_length = 64 - own_leading - own_trailing;
    const bool fits = own_leading >= leading && own_trailing >= 64 - leading - length;
    // A wide window is given up where that is shorter at once.
    if (fits && length < own_length + 12) {
      out.Put(0b10, 2);
      out.Put(bits >> (64 - leading - length), length);
    } else {
      leading = own_leading;
      length = own_length;
      out.Put(0b11, 2);
      out.Put(leading, 6);
      out.Put(length - 1, 6);
      out.Put(bits >> own_trailing, length);
    }
  }
  return std::move(out).Finish();
}

std::string EncodeDifferences(std::span<const std::uint64_t> cells, unsigned order,
                              unsigned shift) {
  BitWriter out(std::string{static_cast<char>(order), static_cast<char>(shift)});
  Extrapolation extrapolation(order);
  RiceParameter parameter;
  for (const std::uint64_t cell : cells) {
    const auto shifted = static_cast<std::uint64_t>(static_cast<std::int64_t>(cell) >> shift);
    const std::uint64_t code = ZigZag(shifted - extrapolation.Next());
    extrapolation.Add(shifted);
    const std::uint64_t quotient = code >> parameter.k();
    if (quotient < kEscapeQuotient) {
      const auto ones = static_cast<unsigned>(quotient);
      out.Put(LowBits(ones) << 1, ones + 1);
      out.Put(code & LowBits(parameter.k()), parameter.k());
    } else {
      const auto bit_count = static_cast<unsigned>(std::bit_width(code));
      out.Put(LowBits(kEscapeQuotient), kEscapeQuotient);
      out.Put(bit_count - 1, 6);
      out.Put(code, bit_count);
    }
    parameter.Observe(code);
  }
  return std::move(out).Finish();
}

Error Malformed() { return {ErrorCode::kCorruption, "a column of a metric series is malformed"}; }

// The next cell XORed with the one before; moves the window if the cell brings its own.
std::optional<std::uint64_t> TakeXor(BitReader& in, unsigned& leading, unsigned& length) {
  const auto changed = in.Take(1);
  if (!changed || *changed == 0) return changed;
  const auto own_window = in.Take(1);
  if (!own_window) return std::nullopt;
  if (*own_window == 1) {
    const auto own_leading = in.Take(6);
    const auto own_length = in.Take(6);
    if (!own_leading || !own_length || *own_leading + *own_length + 1 > 64) return std::nullopt;
    leading = static_cast<unsigned>(*own_leading);
    length = static_cast<unsigned>(*own_length) + 1;
  }
  if (length == 0) return std::nullopt;  // No window to use yet.
  const auto bits = in.Take(length);
  if (!bits || *bits == 0) return std::nullopt;
  if (*own_window == 1 && ((*bits & 1) == 0 || *bits >> (length - 1) == 0)) return std::nullopt;
  return *bits << (64 - leading - length);
}

std::optional<std::vector<std::uint64_t>> DecodeXor(BitReader& in, std::size_t count) {
  std::vector<std::uint64_t> cells;
  cells.reserve(count);
  const auto first = in.Take(64);
  if (!first) return std::nullopt;
  cells.push_back(*first);
  unsigned leading = 0;
  unsigned length = 0;
  while (cells.size() < count) {
    const auto bits = TakeXor(in, leading, length);
    if (!bits) return std::nullopt;
    cells.push_back(cells.back() ^ *bits);
  }
  return cells;
}

std::optional<std::uint64_t> TakeRice(BitReader& in, unsigned k) {
  std::uint64_t quotient = 0;
  while (quotient < kEscapeQuotient) {
    const auto bit = in.Take(1);
    if (!bit) return std::nullopt;
    if (*bit == 0) break;
    ++quotient;
  }
  if (quotient < kEscapeQuotient) {
    const auto low = in.Take(k);
    if (!low || quotient > LowBits(64) >> k) return std::nullopt;
    return quotient << k | *low;
  }
  const auto bit_count = in.Take(6);
  if (!bit_count) return std::nullopt;
  const auto code = in.Take(static_cast<unsigned>(*bit_count) + 1);
  if (!code || *code >> *bit_count == 0 || *code >> k < kEscapeQuotient) return std::nullopt;
  return code;
}

std::optional<std::vector<std::uint64_t>> DecodeDifferences(BitReader& in, std::size_t count,
                                                            unsigned order, unsigned shift) {
  std::vector<std::uint64_t> cells;
  cells.reserve(count);
  Extrapolation extrapolation(order);
  RiceParameter parameter;
  while (cells.size() < count) {
    const auto code = TakeRice(in, parameter.k());
    if (!code) return std::nullopt;
    parameter.Observe(*code);
    const std::uint64_t shifted = extrapolation.Next() + UnZigZag(*code);
    const std::uint64_t cell = shifted << shift;
    if (static_cast<std::uint64_t>(static_cast<std::int64_t>(cell) >> shift) != shifted) {
      return std::nullopt;
    }
    extrapolation.Add(shifted);
    cells.push_back(cell);
  }
  return cells;
}

// How many low bits are zero in every cell.
unsigned CommonZeroBits(std::span<const std::uint64_t> cells) {
  std::uint64_t any = 0;
  for (const std::uint64_t cell : cells) any |= cell;
  return any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any));
}

}  // namespace

std::string EncodeColumn(std::span<const std::uint64_t> cells) {
  if (cells.empty()) return {};
  std::string best = EncodeXor(cells);
  const unsigned shift = CommonZeroBits(cells);
  for (unsigned order = 1; order <= kOrderMax; ++order) {
    std::string candidate = EncodeDifferences(cells, order, shift);
    if (candidate.size() < best.size()) best = std::move(candidate);
  }
  return best;
}

Result<std::vector<std::uint64_t>> DecodeColumn(std::string_view bytes, std::size_t count) {
  if (count == 0) {
    if (!bytes.empty()) return Malformed();
    return std::vector<std::uint64_t>();
  }
  // Every cell takes at least one bit, so a false count asks for no more memory than this.
  if (bytes.size() <= kColumnHeadBytes || count > (bytes.size() - kColumnHeadBytes) * 8) {
    return Malformed();
  }
  const auto method = static_cast<unsigned char>(bytes[0]);
  const auto shift = static_cast<unsigned char>(bytes[1]);
  if (method > kOrderMax || shift > 63 || (method == kXorMethod && shift != 0)) return Malformed();
  BitReader in(bytes.substr(kColumnHeadBytes));
  auto cells =
      method == kXorMethod ? DecodeXor(in, count) : DecodeDifferences(in, count, method, shift);
  if (!cells || !in.AtEnd()) return Malformed();
  if (method != kXorMethod && CommonZeroBits(*cells) != shift) return Malformed();
  return *std::move(cells);
}

}  // namespace reprise::lineage
