// What the header of an .npy file says (numpy.lib.format, versions 1 to 3).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/elements.h"

namespace reprise::lineage {

struct NpyArray {
  std::string descr;  // As it is written: a quoted type, or a list of fields.
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t elements = 0;  // The product of `shape`.
  // Absent: elements of Python objects or of several fields, whose bytes are only that.
  std::optional<ElementFormat> format;
  bool is_big_endian = false;
};

// Reads the literal of a Python dictionary with exactly the members descr, fortran_order and shape.
// Absent: it is none, or the array has more elements than can be counted.
std::optional<NpyArray> ParseNpyDictionary(std::string_view text);

// "(3, 4)", "(5,)", "()".
std::string ShapeText(const std::vector<std::uint64_t>& shape);

// The place of element `index` of the data in an array of that shape.
std::vector<std::uint64_t> PlaceOf(const std::vector<std::uint64_t>& shape, bool fortran_order,
                                   std::uint64_t index);
// "[1, 2]".
std::string PlaceText(const std::vector<std::uint64_t>& place);

// The product; absent where it has no 64 bits.
std::optional<std::uint64_t> CountElements(const std::vector<std::uint64_t>& shape);

}  // namespace reprise::lineage
