// Gathering what a bundle says of models.
//
// Thread-safety: as the store.

#pragma once

#include <set>
#include <string>

#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// Every version that a subject is, or that has content of the lineage, with its evidence (without
// the bytes) and statements; where there are any, all keys of people and policies too.  Returns the
// subjects of the ledger's entries about these.
// Errors: kCorruption.
Result<std::set<std::string>> GatherGovernance(Store& store, BundleContent& content);

// Who says so, of each piece of evidence, once the events are there; then its bytes, and the card.
// What cannot be had of them becomes a hole.
// Errors: kIoError.
Result<void> GatherEvidence(Store& store, bool redact, BundleContent& content);

}  // namespace reprise::tracker
