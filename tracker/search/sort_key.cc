#include "tracker/search/sort_key.h"

#include <cmath>

namespace reprise::tracker {

SortKey SortKeyOf(const std::optional<lineage::query::Value>& value) {
  SortKey key;
  if (!value.has_value()) return key;
  if (!value->number.has_value()) {
    key.zone = SortKey::Zone::kText;
    key.text = value->text;
  } else if (std::isnan(*value->number)) {
    key.zone = SortKey::Zone::kNan;
  } else {
    key.zone = SortKey::Zone::kNumber;
    key.number = *value->number;
  }
  return key;
}

bool ComesBefore(const SortedRun& left, const SortedRun& right, bool descending) {
  if (left.key.zone != right.key.zone) return left.key.zone < right.key.zone;
  if (left.key.number != right.key.number) {
    return (left.key.number < right.key.number) != descending;
  }
  if (left.key.text != right.key.text) return (left.key.text < right.key.text) != descending;
  return left.id > right.id;
}

}  // namespace reprise::tracker
