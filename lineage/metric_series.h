// Metric series as bytes: what a training run logged under one name, in columns.
//
// Every point survives exactly: repeated and decreasing steps, NaN with its payload, infinities,
// negative zero, any std::int64_t.  A smooth series with regular steps takes less than two bytes a
// point (docs/formats/metric_series.md says what smooth means).
//
// The functions hold a whole series in memory, the classes one block of it (65 536 points); both
// read and write the same bytes.
//
// Thread-safety: pure functions; an object of a class by one thread at a time.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/crypto/sha256.h"

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

// EncodeSeries() for points that come one after the other.
class SeriesEncoder {
 public:
  void Add(const MetricPoint& point);
  // Call once, after the last point.
  void Finish();
  // What has been encoded since the last call.
  std::string Take() { return std::exchange(encoded_, {}); }

 private:
  std::vector<MetricPoint> block_;
  std::string encoded_;
  bool is_empty_ = true;  // No block has been encoded.
};

// DecodeSeries() block by block.  Borrows the bytes.  A copy goes on from where the original
// stands.
class SeriesDecoder {
 public:
  explicit SeriesDecoder(std::string_view encoded) : rest_(encoded) {}

  // Replaces `points` by those of the next block; false at the end.
  // Errors: as DecodeSeries().
  Result<bool> Next(std::vector<MetricPoint>& points);

 private:
  std::string_view rest_;
  bool is_first_ = true;
  bool is_over_ = false;
};

// SeriesValuesDigest() likewise.
class SeriesValuesHasher {
 public:
  SeriesValuesHasher();
  void Add(const MetricPoint& point);
  Digest Finish();

 private:
  crypto::Sha256Stream stream_;
  std::string part_;  // To be hashed at once.
};

}  // namespace reprise::lineage
