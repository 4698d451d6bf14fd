// Metric series as bytes: what a training run logged under one name, in columns.
//
// Every point survives exactly: repeated and decreasing steps, NaN with its payload, infinities,
// negative zero, any std::int64_t.  A smooth series with regular steps takes less than two bytes a
// point (docs/formats/metric_series.md says what smooth means).
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct MetricPoint {
  std::int64_t step = 0;
  std::int64_t time_unix_ms = 0;
  double value = 0;
};

// The points in their order.  Equal points (to the bit) give equal bytes within one release.
std::string EncodeSeries(std::span<const MetricPoint> points);

// The inverse of EncodeSeries().  Memory is bounded by the size of `encoded`, whatever it claims.
// Errors: kCorruption          not bytes that EncodeSeries() can write.
//         kUnsupportedVersion  a newer release wrote them.
Result<std::vector<MetricPoint>> DecodeSeries(std::string_view encoded);

// A digest of steps and values alone, so that two runs that computed the same at different times
// are equal.  Values are compared bit by bit: -0.0 is not 0.0, and NaNs differ by their payloads.
// It is SHA-256 over "reprise/metric-series-values/v1\n", then for each point its step and the bits
// of its value, both as 64-bit little-endian; it does not depend on how the series is encoded.
Digest SeriesValuesDigest(std::span<const MetricPoint> points);

}  // namespace reprise::lineage
