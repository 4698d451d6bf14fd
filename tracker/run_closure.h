// The stored closure of a run.

#pragma once

#include "lineage/closure.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// Reads a closure of any size.
// Errors: those of ObjectReader::Read(); kCorruption  it is no closure.
Result<lineage::Closure> ReadClosure(storage::ObjectReader& objects, const Digest& closure);

}  // namespace reprise::tracker
