// What `reprise erase` removes, and what stays.

#pragma once

#include "storage/base/result.h"
#include "tracker/erasure.h"
#include "tracker/erasure_document.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Plans the erasure of what `request` names, and fills in all of `report` but what was derived of
// it.  Of the result, subject, document, ledger_size and packs are left to the caller.  Nothing in
// its objects: nothing is to be erased.
// Errors: as Erase().
Result<ErasingPlan> PlanErasure(Store& store, const ErasureRequest& request, ErasureReport& report);

}  // namespace reprise::tracker
