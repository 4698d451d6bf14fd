// Which code and environments hold a file, and which runs ran with them.
//
// Thread-safety: as the catalog.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

struct Holder {
  NodeId node;       // Code or an environment.
  std::string path;  // Of the file in it; raw bytes.
  std::uint64_t run_count = 0;
  std::vector<NodeId> newest_runs;  // Those that came into the store last, newest first.
};

// The first `holders_max` that hold `member`, an artifact or a package, code before environments,
// each with its newest `runs_max` runs; a file that code holds at several places comes once for
// each. Errors: kCorruption  a row is malformed.
struct Holders {
  std::vector<Holder> holders;
  bool is_cut = false;  // There are more.
};
// With `accepts_runs`, which is asked about some thousands at once, only those are counted and told
// that it accepts.
using AcceptRuns = std::function<Result<std::vector<bool>>(std::span<const NodeId> runs)>;
Result<Holders> HoldersOf(const storage::Catalog& catalog, const NodeId& member,
                          std::size_t holders_max, std::size_t runs_max,
                          const AcceptRuns& accepts_runs = nullptr);

}  // namespace reprise::lineage
