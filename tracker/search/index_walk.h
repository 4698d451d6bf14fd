// The runs in the order of a field, as its rows in the index have it.

#pragma once

#include <cstdint>
#include <functional>

#include "lineage/query/field.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {

enum class Walked {
  kEnough,  // Of the runs that were looked at, more than `wanted` were right.
  kAll,     // All runs with the field were looked at, in their order.
  kUnfit,   // This is not the way: the field has no rows, texts are too long to be ordered by them,
            // many runs have too many fields, or too few were right of many that were looked at.
};

// Calls `look` for runs in the order of sort_key.h by `field`, until it has returned true more than
// `wanted` times; before that for the runs with the field that have no rows of their values, in any
// order.  Thread-safety: as the catalog's reads.  Errors: those of the catalog.
Result<Walked> WalkIndex(const storage::Catalog& catalog, const lineage::query::Field& field,
                         bool descending, std::uint64_t wanted,
                         const std::function<bool(const ListedRun&)>& look);

}  // namespace reprise::tracker
