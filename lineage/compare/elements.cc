// Blocks that are equal as bytes are passed over by memcmp; in the others, elements are measured
// one by one, in a loop for each type.

#include "lineage/compare/elements.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>

#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

constexpr std::size_t kEqualBlockBytes = 4096;
constexpr std::size_t kOpaqueTextBytesMax = 16;

// What one pair of elements that differ adds.
struct Gap {
  bool finite = true;
  double absolute = 0;
  double relative = 0;
  std::uint64_t ulp = 0;
};

template <typename T>
T Load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

struct F64 {
  using Bits = std::uint64_t;
  static double Decode(Bits bits) { return std::bit_cast<double>(bits); }
};
struct F32 {
  using Bits = std::uint32_t;
  static double Decode(Bits bits) { return static_cast<double>(std::bit_cast<float>(bits)); }
};
struct BF16 {
  using Bits = std::uint16_t;
  static double Decode(Bits bits) { return F32::Decode(std::uint32_t{bits} << 16); }
};
struct F16 {
  using Bits = std::uint16_t;
  static double Decode(Bits bits) {
    // As the bits of a float it is the same number, but for the bias of the exponent: 127 - 15.
    constexpr float kRebias = 0x1p112F;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    double value = std::bit_cast<float>(magnitude << 13) * kRebias;
    if (magnitude == 0x7C00) value = std::numeric_limits<double>::infinity();
    if (magnitude > 0x7C00) value = std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -value : value;
  }
};
struct F8E5M2 {
  using Bits = std::uint8_t;
  static double Decode(Bits bits) { return F16::Decode(static_cast<F16::Bits>(bits << 8)); }
};
struct F8E4M3 {
  using Bits = std::uint8_t;
  static double Decode(Bits bits) {
    const int exponent = bits >> 3 & 15;
    const int fraction = bits & 7;
    if (exponent == 15 && fraction == 7) return std::numeric_limits<double>::quiet_NaN();
    const double value =
        exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(8 + fraction, exponent - 10);
    return (bits & 0x80) != 0 ? -value : value;
  }
};

// The distance of two numbers in the order of all numbers of their type.
template <std::unsigned_integral Bits>
std::uint64_t UlpDistance(Bits a, Bits b) {
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (sizeof(Bits) * 8 - 1));
  const auto magnitude = [](Bits bits) { return std::uint64_t{static_cast<Bits>(bits & ~kSign)}; };
  if (((a ^ b) & kSign) != 0) return magnitude(a) + magnitude(b);
  return magnitude(a) > magnitude(b) ? magnitude(a) - magnitude(b) : magnitude(b) - magnitude(a);
}

double Relative(double absolute, double magnitude, double a, double b) {
  if (magnitude == 0) return 0;
  // |a - b| of large numbers may have no double; their quotients have.
  return std::isinf(absolute) ? std::abs(a / magnitude - b / magnitude) : absolute / magnitude;
}

template <typename Format>
struct Float {
  using Bits = typename Format::Bits;
  static constexpr std::size_t kBytes = sizeof(Bits);
  static constexpr bool kHasMagnitude = true;
  static constexpr bool kHasUlp = true;
  static Gap Measure(const std::byte* expected, const std::byte* actual) {
    const Bits e = Load<Bits>(expected);
    const Bits a = Load<Bits>(actual);
    const double x = Format::Decode(e);
    const double y = Format::Decode(a);
    if (!std::isfinite(x) || !std::isfinite(y)) return {.finite = false};
    const double absolute = std::abs(x - y);
    return {true, absolute, Relative(absolute, std::max(std::abs(x), std::abs(y)), x, y),
            UlpDistance(e, a)};
  }
};

template <typename Part>
struct Complex {
  using Bits = typename Part::Bits;
  static constexpr std::size_t kBytes = 2 * sizeof(Bits);
  static constexpr bool kHasMagnitude = true;
  static constexpr bool kHasUlp = true;
  static Gap Measure(const std::byte* expected, const std::byte* actual) {
    Bits e[2] = {Load<Bits>(expected), Load<Bits>(expected + sizeof(Bits))};
    Bits a[2] = {Load<Bits>(actual), Load<Bits>(actual + sizeof(Bits))};
    const double x[2] = {Part::Decode(e[0]), Part::Decode(e[1])};
    const double y[2] = {Part::Decode(a[0]), Part::Decode(a[1])};
    for (const double part : {x[0], x[1], y[0], y[1]}) {
      if (!std::isfinite(part)) return {.finite = false};
    }
    const double absolute = std::hypot(x[0] - y[0], x[1] - y[1]);
    const double magnitude = std::max(std::hypot(x[0], x[1]), std::hypot(y[0], y[1]));
    Gap gap{true, absolute, 0, std::max(UlpDistance(e[0], a[0]), UlpDistance(e[1], a[1]))};
    if (std::isinf(absolute) || std::isinf(magnitude)) {
      constexpr double kScale = 0x1p-4;  // Scaled, they have a double.
      gap.relative = std::hypot(x[0] * kScale - y[0] * kScale, x[1] * kScale - y[1] * kScale) /
                     std::max(std::hypot(x[0] * kScale, x[1] * kScale),
                              std::hypot(y[0] * kScale, y[1] * kScale));
    } else if (magnitude != 0) {
      gap.relative = absolute / magnitude;
    }
    return gap;
  }
};

template <std::integral T>
struct Integer {
  static constexpr std::size_t kBytes = sizeof(T);
  static constexpr bool kHasMagnitude = true;
  static constexpr bool kHasUlp = false;
  static Gap Measure(const std::byte* expected, const std::byte* actual) {
    const T e = Load<T>(expected);
    const T a = Load<T>(actual);
    // Modulo 2^64 the larger minus the smaller is exact, also where it has no signed value.
    const auto larger = static_cast<std::uint64_t>(std::max(e, a));
    const auto smaller = static_cast<std::uint64_t>(std::min(e, a));
    const auto absolute = static_cast<double>(larger - smaller);
    const double magnitude =
        std::max(std::abs(static_cast<double>(e)), std::abs(static_cast<double>(a)));
    return {true, absolute, magnitude == 0 ? 0 : absolute / magnitude, 0};
  }
};

struct Bool {
  static constexpr std::size_t kBytes = 1;
  static constexpr bool kHasMagnitude = false;
  static constexpr bool kHasUlp = false;
  static Gap Measure(const std::byte*, const std::byte*) { return {}; }
};

// Calls `use` with a value of the codec of `type`; false for those that have none.
template <typename Use>
bool WithCodec(ElementType type, Use&& use) {
  switch (type) {
    case ElementType::kOpaque:
      return false;
    case ElementType::kBool:
      use(Bool());
      return true;
    case ElementType::kI8:
      use(Integer<std::int8_t>());
      return true;
    case ElementType::kI16:
      use(Integer<std::int16_t>());
      return true;
    case ElementType::kI32:
      use(Integer<std::int32_t>());
      return true;
    case ElementType::kI64:
      use(Integer<std::int64_t>());
      return true;
    case ElementType::kU8:
      use(Integer<std::uint8_t>());
      return true;
    case ElementType::kU16:
      use(Integer<std::uint16_t>());
      return true;
    case ElementType::kU32:
      use(Integer<std::uint32_t>());
      return true;
    case ElementType::kU64:
      use(Integer<std::uint64_t>());
      return true;
    case ElementType::kF8E4M3:
      use(Float<F8E4M3>());
      return true;
    case ElementType::kF8E5M2:
      use(Float<F8E5M2>());
      return true;
    case ElementType::kF16:
      use(Float<F16>());
      return true;
    case ElementType::kBF16:
      use(Float<BF16>());
      return true;
    case ElementType::kF32:
      use(Float<F32>());
      return true;
    case ElementType::kF64:
      use(Float<F64>());
      return true;
    case ElementType::kC64:
      use(Complex<F32>());
      return true;
    case ElementType::kC128:
      use(Complex<F64>());
      return true;
  }
  return false;
}

template <typename T>
std::string Shortest(T value) {
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end};
}

template <typename Format>
std::string TextOf(Float<Format>, const std::byte* element) {
  const double value = Format::Decode(Load<typename Format::Bits>(element));
  // What is narrower than a float is exact in one, and reads better.
  if constexpr (sizeof(typename Format::Bits) <= 4) return Shortest(static_cast<float>(value));
  return Shortest(value);
}
template <typename Part>
std::string TextOf(Complex<Part>, const std::byte* element) {
  return "(" + TextOf(Float<Part>(), element) + "," +
         TextOf(Float<Part>(), element + sizeof(typename Part::Bits)) + ")";
}
template <typename T>
std::string TextOf(Integer<T>, const std::byte* element) {
  return std::to_string(Load<T>(element));
}
std::string TextOf(Bool, const std::byte* element) {
  const auto value = Load<std::uint8_t>(element);
  return value == 0 ? "false" : value == 1 ? "true" : std::to_string(value);
}

void Raise(std::optional<Largest>& largest, double value, std::uint64_t index) {
  if (!largest.has_value() || value > largest->value) largest = Largest{value, index};
}

}  // namespace

template <typename Codec>
void ElementComparer::CompareBlock(ByteSpan expected, ByteSpan actual) {
  const std::uint64_t base = difference_.elements;
  const std::size_t count = expected.size() / Codec::kBytes;
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* const e = expected.data() + i * Codec::kBytes;
    const std::byte* const a = actual.data() + i * Codec::kBytes;
    if (std::memcmp(e, a, Codec::kBytes) == 0) continue;
    ++differing;
    const Gap gap = Codec::Measure(e, a);
    if (!gap.finite) {
      ++difference_.not_finite;
      continue;
    }
    if constexpr (Codec::kHasMagnitude) {
      Raise(difference_.absolute_max, gap.absolute, base + i);
      Raise(difference_.relative_max, gap.relative, base + i);
    }
    if constexpr (Codec::kHasUlp) {
      difference_.ulp_max = std::max(difference_.ulp_max.value_or(0), gap.ulp);
    }
  }
  difference_.differing += differing;
}

void ElementComparer::Compare(ByteSpan expected, ByteSpan actual) {
  if (difference_.differing == 0) {
    const auto at = std::mismatch(expected.begin(), expected.end(), actual.begin()).first;
    const std::size_t index = static_cast<std::size_t>(at - expected.begin()) / format_.size_bytes;
    const std::size_t offset = index * format_.size_bytes;
    difference_.first = difference_.elements + index;
    difference_.first_expected = ElementText(format_, expected.subspan(offset, format_.size_bytes));
    difference_.first_actual = ElementText(format_, actual.subspan(offset, format_.size_bytes));
  }
  const bool is_known = WithCodec(format_.type, [&]<typename Codec>(Codec) {
    REPRISE_ASSERT(format_.size_bytes == Codec::kBytes);
    CompareBlock<Codec>(expected, actual);
  });
  if (is_known) return;
  for (std::size_t i = 0; i < expected.size(); i += format_.size_bytes) {
    if (std::memcmp(expected.data() + i, actual.data() + i, format_.size_bytes) != 0) {
      ++difference_.differing;
    }
  }
}

void ElementComparer::Add(ByteSpan expected, ByteSpan actual) {
  REPRISE_ASSERT(expected.size() == actual.size() && expected.size() % format_.size_bytes == 0);
  const std::size_t block_bytes =
      std::max<std::size_t>(1, kEqualBlockBytes / format_.size_bytes) * format_.size_bytes;
  while (!expected.empty()) {
    const std::size_t length = std::min(block_bytes, expected.size());
    if (std::memcmp(expected.data(), actual.data(), length) != 0) {
      Compare(expected.first(length), actual.first(length));
    }
    difference_.elements += length / format_.size_bytes;
    expected = expected.subspan(length);
    actual = actual.subspan(length);
  }
}

std::string ElementText(const ElementFormat& format, ByteSpan element) {
  std::string text;
  const bool is_known = WithCodec(
      format.type, [&]<typename Codec>(Codec codec) { text = TextOf(codec, element.data()); });
  if (is_known) return text;
  text = "0x" + ToHex(element.first(std::min(element.size(), kOpaqueTextBytesMax)));
  return element.size() > kOpaqueTextBytesMax ? text + "…" : text;
}

std::string DescribeElements(const ElementDifference& difference, const std::string& first_place) {
  std::string text = CountOf(difference.differing, difference.elements, "element") + ", first at " +
                     first_place + ": " + difference.first_expected + " became " +
                     difference.first_actual;
  if (difference.not_finite > 0) {
    text += "; an infinity or NaN in " + std::to_string(difference.not_finite) + " of them";
  }
  if (difference.absolute_max.has_value()) {
    text += "; by up to " + BriefNumber(difference.absolute_max->value) + ", relatively " +
            BriefNumber(difference.relative_max->value);
    if (difference.ulp_max.has_value()) {
      text += ", " + std::to_string(*difference.ulp_max) + " ULP";
    }
  }
  return text;
}

}  // namespace reprise::lineage
