#include "lineage/diff/metric_diff.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "lineage/metric_series.h"

namespace reprise::lineage {
namespace {

// The points of a stored series, block by block.
class SeriesPoints {
 public:
  static Result<std::string> Read(storage::ObjectReader& objects, const Digest& series) {
    std::string encoded;
    REPRISE_TRY(objects.Read(series, [&](ByteSpan part) -> Result<void> {
      encoded += AsText(part);
      return {};
    }));
    return encoded;
  }

  explicit SeriesPoints(std::string_view encoded) : decoder_(encoded) {}

  // Absent at the end.
  Result<std::optional<MetricPoint>> Next() {
    while (position_ == block_.size()) {
      position_ = 0;
      block_.clear();
      REPRISE_ASSIGN_OR_RETURN(const bool has_block, decoder_.Next(block_));
      if (!has_block) return std::optional<MetricPoint>();
    }
    return std::optional(block_[position_++]);
  }

 private:
  SeriesDecoder decoder_;
  std::vector<MetricPoint> block_;
  std::size_t position_ = 0;
};

bool AreEqual(const MetricPoint& a, const MetricPoint& b) {
  return a.step == b.step &&
         std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value);
}

Result<void> DiffSeries(storage::ObjectReader& objects, MetricDiff& diff) {
  REPRISE_ASSIGN_OR_RETURN(const std::string before,
                           SeriesPoints::Read(objects, diff.before->series));
  REPRISE_ASSIGN_OR_RETURN(const std::string after,
                           SeriesPoints::Read(objects, diff.after->series));
  SeriesPoints old_points(before);
  SeriesPoints new_points(after);
  std::optional<std::int64_t> first;
  std::uint64_t differing = 0;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const auto was, old_points.Next());
    REPRISE_ASSIGN_OR_RETURN(const auto is, new_points.Next());
    if (!was.has_value() && !is.has_value()) break;
    if (was.has_value() && is.has_value() && AreEqual(*was, *is)) continue;
    ++differing;
    if (!first.has_value()) first = was.has_value() ? was->step : is->step;
  }
  diff.first_differing_step = first;
  diff.differing_points = differing;
  return {};
}

// |a - b| / max(|a|, |b|) of the last values; what is no number is the farthest there is.
double RelativeChange(const MetricDiff& diff) {
  if (!diff.before.has_value() || !diff.after.has_value()) return -1;
  const double was = diff.before->last;
  const double is = diff.after->last;
  if (std::bit_cast<std::uint64_t>(was) == std::bit_cast<std::uint64_t>(is)) return 0;
  if (!std::isfinite(was) || !std::isfinite(is)) return HUGE_VAL;
  const double magnitude = std::max(std::abs(was), std::abs(is));
  return magnitude == 0 ? 0 : std::abs(was / magnitude - is / magnitude);
}

}  // namespace

Result<std::vector<MetricDiff>> DiffMetrics(storage::ObjectReader& objects,
                                            const std::map<std::string, MetricSummary>& before,
                                            const std::map<std::string, MetricSummary>& after,
                                            std::vector<NotCompared>& not_compared) {
  std::map<std::string, MetricDiff> diffs;
  for (const auto& [key, metric] : before) diffs[key].before = metric;
  for (const auto& [key, metric] : after) diffs[key].after = metric;
  std::vector<MetricDiff> differing;
  for (auto& [key, diff] : diffs) {
    diff.key = key;
    const bool has_both = diff.before.has_value() && diff.after.has_value();
    if (has_both && diff.before->values == diff.after->values) continue;
    if (has_both) {
      const auto done = DiffSeries(objects, diff);
      if (!done.ok() && !IsDamage(done.error())) return done.error();
      if (!done.ok()) not_compared.push_back({"the points of metric " + key, done.error().message});
    }
    differing.push_back(std::move(diff));
  }
  std::ranges::stable_sort(differing, std::ranges::greater(), RelativeChange);
  return differing;
}

}  // namespace reprise::lineage
