// One column of 64-bit cells of a metric series as bits (docs/formats/metric_series.md).
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::lineage {

// The shortest of the column's forms; empty for no cells.
std::string EncodeColumn(std::span<const std::uint64_t> cells);

// The inverse of EncodeColumn() for `count` cells.  Allocates at most 64 bytes for each of `bytes`.
// Errors: kCorruption  `bytes` do not hold exactly `count` cells.
Result<std::vector<std::uint64_t>> DecodeColumn(std::string_view bytes, std::size_t count);

}  // namespace reprise::lineage
