#include "lineage/check/groups.h"

#include <algorithm>

#include "lineage/compare/wording.h"
#include "lineage/table/field_value.h"
#include "storage/base/assert.h"

namespace reprise::lineage {
namespace {

std::string_view Trimmed(std::string_view value) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

}  // namespace

void ColumnGroups::Learn(std::string_view value) {
  if (IsMissing(value)) return;
  if (is_number_) {
    const FieldValue read = ReadFieldValue(value);
    is_number_ = (read.types & kIsReal) != 0;
    if (is_number_) quantiles_.Add(read.number);
  }
  if (has_more_) return;
  const std::string_view text = Trimmed(value);
  if (values_.contains(text)) return;
  has_more_ = values_.size() == kGroupsMax;
  if (!has_more_) values_.emplace(text, 0);
}

Result<void> ColumnGroups::Finish() {
  if (is_number_ && (has_more_ || values_.size() > kNumericGroupsMax)) {
    const QuantileSummary summary = quantiles_.Summary();
    std::vector<double> edges;
    for (const double quantile : {0.25, 0.5, 0.75}) {
      const double edge = summary.Quantile(quantile);
      if (edges.empty() || edge > edges.back()) edges.push_back(edge);
    }
    NameStretches(edges);
  } else if (has_more_) {
    return Error{ErrorCode::kInvalidArgument,
                 "it has more than " + std::to_string(kGroupsMax) +
                     " values, which are no groups; name a column that parts the rows into few"};
  } else {
    for (const auto& [value, group] : values_) names_.push_back(value);
    if (is_number_) {
      std::ranges::stable_sort(names_, {},
                               [](const std::string& name) { return ReadFieldValue(name).number; });
    }
    for (std::size_t i = 0; i < names_.size(); ++i) values_[names_[i]] = i;
  }
  names_.emplace_back(kMissingGroup);
  return {};
}

void ColumnGroups::NameStretches(const std::vector<double>& edges) {
  edges_ = edges;
  names_.push_back("≤ " + BriefNumber(edges.front()));
  for (std::size_t i = 1; i < edges.size(); ++i) {
    names_.push_back("> " + BriefNumber(edges[i - 1]) + ", ≤ " + BriefNumber(edges[i]));
  }
  names_.push_back("> " + BriefNumber(edges.back()));
}

std::size_t ColumnGroups::GroupOf(std::string_view value) const {
  if (IsMissing(value)) return names_.size() - 1;
  if (!edges_.empty()) {
    // The first edge that the number is at most.
    return static_cast<std::size_t>(std::ranges::lower_bound(edges_, ReadFieldValue(value).number) -
                                    edges_.begin());
  }
  const auto found = values_.find(Trimmed(value));
  REPRISE_ASSERT(found != values_.end());
  return found->second;
}

}  // namespace reprise::lineage
