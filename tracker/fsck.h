// Checking a store: is everything there, and is it what it was?

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct FsckProblem {
  std::string kind;  // "ledger", "pack", "object", "missing", "index"
  std::optional<Digest> digest;
  std::string message;
};

struct FsckOptions {
  // Read so many percent of all objects and compare them with their digests; 0 reads none.
  // Objects are chosen by their digests, so that the same share is read each time.
  unsigned read_data_percent = 0;
  std::function<void(std::uint64_t objects, std::uint64_t bytes)> progress{};
};

struct FsckReport {
  std::vector<FsckProblem> problems;
  std::uint64_t packs = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes_read = 0;
};

// Checks the ledger, every pack's header and index, that the catalog lists what the packs hold, and
// that every document and artifact that a run or dataset names is there.  Damaged objects are
// marked, so that storing them again heals them.  Nothing is removed. Errors: the check could not
// be done; damage is in the report.
Result<FsckReport> CheckStore(Store& store, const FsckOptions& options);

}  // namespace reprise::tracker
