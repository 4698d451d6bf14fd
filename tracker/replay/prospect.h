// The best verdict that a rerun of a run can be given on this machine.
//
// Thread-safety: one thread at a time.

#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/replay/verdict.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ProspectCheck {
  std::string name;  // Stable, in JSON: "content".
  std::string meaning;
  // What stands in the way of an identical rerun; empty: nothing.
  std::vector<std::string> reasons;
  // What the reasons make of the verdict at best; kIdentical: they are only to be known.
  VerdictResult at_best = VerdictResult::kIdentical;
};

struct Prospect {
  // kIdentical, kNotComparable or kIncomplete.  Nobody can promise the first: a program may draw
  // random numbers.
  VerdictResult best = VerdictResult::kIdentical;
  std::vector<ProspectCheck> checks;

  std::vector<std::string> reasons() const;  // Of all checks, in their order.
};

// Looks at what is recorded and stored of `run`, without running anything.  Every stored object
// that a rerun lays out is looked up, not read.
// Errors: kIoError, kCorruption  the store could not be read.
Result<Prospect> ExpectVerdict(Store& store, const StoredRun& run);

}  // namespace reprise::tracker
