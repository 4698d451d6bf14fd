// What the first message of a run's journal says of it.

#pragma once

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/ulid.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// The record as far as it is known at the start: who, what, when, as part of what; kRunning.
lineage::RunRecord StartedRecord(const v1::SessionStarted& started, const Ulid& id);

// The command and where it works.
lineage::Recipe StartedRecipe(const v1::SessionStarted& started);

}  // namespace reprise::tracker
