// Gathering what a bundle shows of the ledger.
//
// Thread-safety: as the store.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// Adds the signed state of the log, its keys and seals, every entry about one of `subjects` with
// its proof, what shows that the log continues the checkpoint `since`, and all headers where they
// are not too many.  Also the entries that say who erased what is in these or is evidence, which
// may be about something else: a folder, say, that a file lay in.  Returns what was erased.
// Errors: kInvalidArgument, kCorruption  as GatherBundle().
Result<std::set<Digest>> GatherLedger(Store& store, const std::optional<std::string>& since,
                                      const std::set<std::string>& subjects,
                                      BundleContent& content);

// Whether `erase` removes the documents of entries of that kind.
bool MayBeErased(std::string_view kind);

}  // namespace reprise::tracker
