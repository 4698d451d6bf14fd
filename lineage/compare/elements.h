// Comparing arrays of numbers, element by element.
//
// Elements are equal when their bits are: a NaN equals the same NaN, and zeros of other sign
// differ.  Of those that differ and are finite on both sides:
//   absolute  |a - b|
//   relative  |a - b| / max(|a|, |b|)
//   ulp       how many floating-point numbers of the type lie between them, by way of the integers
//             that order them as their values do (Dawson, "Comparing Floating Point Numbers, 2012
//             Edition"); the two zeros are one number there.
// Of complex numbers, |·| is the modulus, and the ULP distance that of the part that is farther.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/bytes.h"

namespace reprise::lineage {

enum class ElementType {
  kOpaque,  // Bits without a meaning that is known here: no distances.
  kBool,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kF8E4M3,  // Of the OCP 8-bit floating point specification: no infinities, one NaN a sign.
  kF8E5M2,
  kF16,
  kBF16,
  kF32,
  kF64,
  kC64,  // Two kF32: the real part and the imaginary one.
  kC128
};

struct ElementFormat {
  ElementType type = ElementType::kOpaque;
  std::size_t size_bytes = 1;
  std::string name;  // As the file says it: "<f4", "BF16".
};

struct Largest {
  double value = 0;
  std::uint64_t index = 0;
};

struct ElementDifference {
  std::uint64_t elements = 0;  // That were compared.
  std::uint64_t differing = 0;
  std::uint64_t first = 0;     // Index of the first that differs.
  std::string first_expected;  // Its values as text.
  std::string first_actual;
  std::uint64_t not_finite = 0;  // Of those that differ: an infinity or a NaN on either side.
  // Absent where no pair has one.
  std::optional<Largest> absolute_max;
  std::optional<Largest> relative_max;
  std::optional<std::uint64_t> ulp_max;
};

// Compares arrays that come in parts.
class ElementComparer {
 public:
  explicit ElementComparer(ElementFormat format) : format_(std::move(format)) {}

  // The next elements, little-endian; the parts are equally long, and hold whole elements.
  void Add(ByteSpan expected, ByteSpan actual);
  const ElementDifference& difference() const { return difference_; }

 private:
  template <typename Codec>
  void CompareBlock(ByteSpan expected, ByteSpan actual);
  void Compare(ByteSpan expected, ByteSpan actual);

  const ElementFormat format_;
  ElementDifference difference_;
};

// The number in an element as text that reads back: "0.1", "-inf", "(1,-2)"; of opaque ones their
// bytes as hexadecimal, shortened.
std::string ElementText(const ElementFormat& format, ByteSpan element);

// "3 of 100 elements differ, first at [1, 2]: 0.5 became 0.25; by up to 0.25, relatively 0.5, …",
// where `first_place` is what the place of the first is called.
std::string DescribeElements(const ElementDifference& difference, const std::string& first_place);

}  // namespace reprise::lineage
