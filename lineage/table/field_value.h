// What one value of a table can be taken for.  docs/formats/profile.md has the rules.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string_view>

namespace reprise::lineage {

// Sets of types, as bits: "7" is an integer, and a real as well.
inline constexpr unsigned kIsInteger = 1;  // Fits into 64 bits with a sign.
inline constexpr unsigned kIsReal = 2;
inline constexpr unsigned kIsBoolean = 4;
inline constexpr unsigned kIsTime = 8;  // ISO 8601: a date, or a date and a time of day.
inline constexpr unsigned kIsAnyType = 15;

struct FieldValue {
  unsigned types = 0;        // None: it is text and nothing else.
  double number = 0;         // When kIsReal; may be infinite.  When kIsTime: seconds since 1970.
  std::int64_t integer = 0;  // When kIsInteger.
};

// Spaces around a value are not part of it, in both functions.

// Whether the value stands for none: empty, "NA", "N/A", "NaN", "nan", "null", "NULL", "None".
bool IsMissing(std::string_view value);

// `value` is not missing.  A time without a zone is taken for UTC.
FieldValue ReadFieldValue(std::string_view value);

}  // namespace reprise::lineage
