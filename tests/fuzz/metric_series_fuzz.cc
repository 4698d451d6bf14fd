// DecodeSeries() on arbitrary bytes, and DecodeColumn() behind the checksum's back: what they
// accept is bounded by what they were given, and encodes to something that decodes the same.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lineage/metric_series.h"
#include "lineage/series_column.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace {

using namespace reprise::lineage;

void CheckSeries(std::string_view encoded) {
  const auto points = DecodeSeries(encoded);
  if (!points.ok()) return;
  REPRISE_ASSERT(points->size() <= encoded.size() * 8);
  const auto again = DecodeSeries(EncodeSeries(*points));
  REPRISE_ASSERT(again.ok() && again->size() == points->size());
  REPRISE_ASSERT(points->empty() || std::memcmp(again->data(), points->data(),
                                                points->size() * sizeof(MetricPoint)) == 0);
  REPRISE_ASSERT(SeriesValuesDigest(*again) == SeriesValuesDigest(*points));
}

void CheckColumn(std::string_view bytes, std::size_t count) {
  const auto cells = DecodeColumn(bytes, count);
  if (!cells.ok()) return;
  REPRISE_ASSERT(cells->size() == count && count <= bytes.size() * 8);
  const auto again = DecodeColumn(EncodeColumn(*cells), count);
  REPRISE_ASSERT(again.ok() && *again == *cells);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = reprise::AsText(std::as_bytes(std::span(data, size)));
  CheckSeries(bytes);
  if (size >= 2) {
    CheckColumn(bytes.substr(2), reprise::LoadLe<std::uint16_t>(reprise::AsBytes(bytes)));
  }
  return 0;
}
