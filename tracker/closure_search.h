// Which traced runs used a file that no index knows: modules of an interpreter, configuration,
// everything that stands in closures alone.
//
// A closure names thousands of such files, so rows for each would outgrow all others of the
// catalog.  A question reads the closures of the newest runs instead, without decoding those that
// do not have the digest: some milliseconds each.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/store.h"

namespace reprise::tracker {

inline constexpr std::size_t kClosuresSearchedMax = 1000;

struct ClosureUse {
  Ulid run;
  std::string path;  // Absolute; raw bytes.
  lineage::FileClass file_class = lineage::FileClass::kSystem;
};

struct ClosureUses {
  std::vector<ClosureUse> uses;  // Newest run first; a run comes once for each path.
  bool is_cut = false;           // There are older traced runs, which were not asked.
};

// The runs that used content of `digest`, among the newest `searched_max` that were traced.  A
// closure that cannot be read counts for one without the file, and sets is_cut.
// Errors: those of Store::ForEachRun().
Result<ClosureUses> FindInClosures(Store& store, const Digest& digest,
                                   std::size_t searched_max = kClosuresSearchedMax);

// What to say where is_cut.
std::string SentenceOfCutSearch();

}  // namespace reprise::tracker
