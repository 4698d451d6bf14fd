// Two arrays in two contents, compared part by part, and what is said of their elements.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lineage/compare/content_source.h"
#include "lineage/compare/elements.h"
#include "storage/base/json.h"

namespace reprise::lineage {

struct ArrayPlace {
  const ContentSource& source;
  std::uint64_t offset = 0;
  bool is_big_endian = false;
};

// Compares `elements` elements.  Errors: those of the sources.
Result<ElementDifference> CompareArrays(const ElementFormat& format, std::uint64_t elements,
                                        const ArrayPlace& expected, const ArrayPlace& actual);

// {"elements", "differing", "first", "first_expected", "first_actual", "not_finite",
//  "absolute_max", "relative_max", "ulp_max"}, as docs/formats/difference.md says.
Json ElementsToJson(const ElementDifference& difference, const std::vector<std::uint64_t>& shape,
                    bool fortran_order);

}  // namespace reprise::lineage
