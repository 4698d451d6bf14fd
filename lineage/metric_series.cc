// A series is cut into blocks of kBlockPoints, each with its own three columns, so that every block
// is written in the form that suits its stretch of the curve and lengths stay small.

#include "lineage/metric_series.h"

#include <algorithm>
#include <bit>

#include "lineage/series_column.h"
#include "storage/base/bytes.h"
#include "storage/base/crc32c.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kMagic = "RMS";
constexpr unsigned char kVersion = 1;
constexpr std::size_t kBlockPoints = 65536;
constexpr std::size_t kChecksumAt = 20;
constexpr std::size_t kHeaderBytes = kChecksumAt + 4;

Error Malformed(std::string_view why) {
  return {ErrorCode::kCorruption, "a metric series cannot be read: " + std::string(why)};
}

template <typename Get>
std::string Column(std::span<const MetricPoint> points, Get get) {
  std::vector<std::uint64_t> cells(points.size());
  std::ranges::transform(points, cells.begin(), get);
  return EncodeColumn(cells);
}

std::uint64_t StepCell(const MetricPoint& point) { return static_cast<std::uint64_t>(point.step); }
std::uint64_t TimeCell(const MetricPoint& point) {
  return static_cast<std::uint64_t>(point.time_unix_ms);
}
std::uint64_t ValueCell(const MetricPoint& point) {
  return std::bit_cast<std::uint64_t>(point.value);
}

// Of everything in the block but the checksum itself.
std::uint32_t Checksum(std::string_view header, std::string_view columns) {
  return Crc32c(AsBytes(columns), Crc32c(AsBytes(header.substr(0, kChecksumAt))));
}

void AppendBlock(std::string& out, std::span<const MetricPoint> points) {
  const std::string columns[] = {Column(points, StepCell), Column(points, TimeCell),
                                 Column(points, ValueCell)};
  std::string header(kMagic);
  header += static_cast<char>(kVersion);
  AppendLe(header, static_cast<std::uint32_t>(points.size()));
  for (const std::string& column : columns) {
    AppendLe(header, static_cast<std::uint32_t>(column.size()));
  }
  const std::string joined = columns[0] + columns[1] + columns[2];
  AppendLe(header, Checksum(header, joined));
  out += header;
  out += joined;
}

// Takes one block off the front of `encoded` and adds its points.
Result<std::size_t> TakeBlock(std::string_view& encoded, std::vector<MetricPoint>& points) {
  if (!encoded.starts_with(kMagic)) return Malformed("it does not begin with the mark of a series");
  if (encoded.size() > kMagic.size() &&
      static_cast<unsigned char>(encoded[kMagic.size()]) > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "a metric series cannot be read: a newer release of reprise wrote it; update "
                 "reprise"};
  }
  if (encoded.size() < kHeaderBytes) return Malformed("its header is cut short");
  const std::string_view header = encoded.substr(0, kHeaderBytes);
  const auto field = [&](std::size_t at) { return LoadLe<std::uint32_t>(AsBytes(header), at); };
  const std::size_t count = field(4);
  const std::uint64_t sizes[] = {field(8), field(12), field(16)};
  const std::uint64_t columns_bytes = sizes[0] + sizes[1] + sizes[2];
  if (columns_bytes > encoded.size() - kHeaderBytes) return Malformed("it is cut short");
  std::string_view columns = encoded.substr(kHeaderBytes, columns_bytes);
  if (static_cast<unsigned char>(header[3]) != kVersion || count > kBlockPoints ||
      field(kChecksumAt) != Checksum(header, columns)) {
    return Malformed("its checksum does not match");
  }
  std::vector<std::uint64_t> cells[3];
  for (std::size_t i = 0; i < 3; ++i) {
    REPRISE_ASSIGN_OR_RETURN(cells[i], DecodeColumn(columns.substr(0, sizes[i]), count));
    columns.remove_prefix(sizes[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back({static_cast<std::int64_t>(cells[0][i]),
                      static_cast<std::int64_t>(cells[1][i]), std::bit_cast<double>(cells[2][i])});
  }
  encoded.remove_prefix(kHeaderBytes + columns_bytes);
  return count;
}

}  // namespace

std::string EncodeSeries(std::span<const MetricPoint> points) {
  std::string out;
  do {
    const std::size_t count = std::min(points.size(), kBlockPoints);
    AppendBlock(out, points.first(count));
    points = points.subspan(count);
  } while (!points.empty());
  return out;
}

Result<std::vector<MetricPoint>> DecodeSeries(std::string_view encoded) {
  std::vector<MetricPoint> points;
  std::vector<MetricPoint> block;
  SeriesDecoder decoder(encoded);
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, decoder.Next(block));
    if (!more) return points;
    points.insert(points.end(), block.begin(), block.end());
  }
}

Digest SeriesValuesDigest(std::span<const MetricPoint> points) {
  SeriesValuesHasher hasher;
  for (const MetricPoint& point : points) hasher.Add(point);
  return hasher.Finish();
}

void SeriesEncoder::Add(const MetricPoint& point) {
  block_.push_back(point);
  if (block_.size() < kBlockPoints) return;
  AppendBlock(encoded_, block_);
  block_.clear();
  is_empty_ = false;
}

void SeriesEncoder::Finish() {
  if (!block_.empty() || is_empty_) AppendBlock(encoded_, block_);
}

Result<bool> SeriesDecoder::Next(std::vector<MetricPoint>& points) {
  points.clear();
  if (is_over_) return false;
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count, TakeBlock(rest_, points));
  if (count == 0 && !is_first_) return Malformed("it has an empty block");
  if (!rest_.empty() && count < kBlockPoints) return Malformed("something follows its last block");
  is_first_ = false;
  is_over_ = rest_.empty();
  return true;
}

SeriesValuesHasher::SeriesValuesHasher() {
  stream_.Update(AsBytes("reprise/metric-series-values/v1\n"));
}

void SeriesValuesHasher::Add(const MetricPoint& point) {
  constexpr std::size_t kPartBytes = 64 * 1024;
  AppendLe(part_, StepCell(point));
  AppendLe(part_, ValueCell(point));
  if (part_.size() < kPartBytes) return;
  stream_.Update(AsBytes(part_));
  part_.clear();
}

Digest SeriesValuesHasher::Finish() {
  stream_.Update(AsBytes(part_));
  return stream_.Finish();
}

}  // namespace reprise::lineage
