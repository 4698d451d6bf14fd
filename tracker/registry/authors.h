// Who made a version of a model, and so may not be the one who approves it
// (docs/policy.md, `author_may_approve`).
//
// Thread-safety: a pure function, with a look-up that one thread uses.

#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/models.h"

namespace reprise::tracker {

// The record of a run; nullopt when it is lost.
using FindRecord = std::function<Result<std::optional<lineage::RunRecord>>(const Ulid& run)>;

// Who registered `model`, who made the run that it was registered from, and who made its content:
// `makers` are all runs that wrote it, whatever was named.  Of a run that was to reproduce another
// both count, since one made these bytes and the other all that they came from; but whoever only
// repeated what another of `makers` had written, as a validator does, is no author.
// Errors: kCorruption  the record of one of these runs is lost: whoever made it may be anybody.
//         Those of `find`.
Result<std::set<std::string>> AuthorsOf(const RegisteredModel& model, const std::set<Ulid>& makers,
                                        const FindRecord& find);

}  // namespace reprise::tracker
