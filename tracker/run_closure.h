// The stored closure of a run, and what a rerun must be given because no store may have it.

#pragma once

#include <string>
#include <vector>

#include "lineage/closure.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// Reads a closure of any size.
// Errors: those of ObjectReader::Read(); kCorruption  it is no closure.
Result<lineage::Closure> ReadClosure(storage::ObjectReader& objects, const Digest& closure);

// The paths of the secrets that the run read, in the order of the closure; none of a run that was
// not traced.  Errors: those of ReadClosure().
Result<std::vector<std::string>> SecretsRead(storage::ObjectReader& objects,
                                             const lineage::RunRecord& record);

}  // namespace reprise::tracker
