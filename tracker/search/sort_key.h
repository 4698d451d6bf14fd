// The order of lists by a field: numbers first, then texts by their bytes, then NaN, then runs that
// do not have the field; newer runs before older ones where it is equal.  Descending turns the
// order among numbers, and that among texts.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>

#include "lineage/query/value.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

struct SortKey {
  enum class Zone { kNumber, kText, kNan, kAbsent };
  Zone zone = Zone::kAbsent;
  double number = 0;
  std::string text;
};

SortKey SortKeyOf(const std::optional<lineage::query::Value>& value);

struct SortedRun {
  SortKey key;
  Ulid id;
};

// A strict weak order.
bool ComesBefore(const SortedRun& left, const SortedRun& right, bool descending);

}  // namespace reprise::tracker
