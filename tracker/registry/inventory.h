// What an inventory of models says of a version.
//
// Thread-safety: as the store.

#pragma once

#include <optional>
#include <vector>

#include "lineage/governance/model_card.h"
#include "lineage/governance/policy_check.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// The newest card among the evidence for a version; nullopt when there is none, or its bytes are
// lost.
std::optional<lineage::ModelCard> CardOf(Store& store,
                                         const std::vector<lineage::FiledEvidence>& evidence);

}  // namespace reprise::tracker
