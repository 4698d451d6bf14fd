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
  // "ledger", "pack" (damaged or missing), "stray" (a file that belongs nowhere), "object" (content
  // that is damaged), "missing" (content that is named and not there), "lineage" (runs that claim
  // to come from each other, in a circle), "index" (the catalog is wrong, or a name is lost:
  // rebuild it), "session" (one that cannot be adopted), "erasure" (one that is not finished),
  // "key" (that of keyed digests is lost or damaged), "store" (it cannot be opened).
  std::string kind;
  std::optional<Digest> digest;
  std::string message;
};

struct FsckOptions {
  // Read so many percent of all objects and compare them with their digests; 0 reads none.  Objects
  // are chosen by their digests, so that the same share is read each time.  With 100, every byte of
  // every pack is read besides.
  unsigned read_data_percent = 0;
  // Take what is whole out of damaged packs, put these into quarantine/, and rebuild the catalog.
  // Implies reading all packs.
  bool repair = false;
  std::function<void(std::uint64_t objects, std::uint64_t bytes)> progress{};
};

struct FsckReport {
  std::vector<FsckProblem> problems;  // That are there now.
  std::vector<std::string> repaired;  // What was done, as sentences.
  std::uint64_t packs = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t erased = 0;  // Contents that are named and were removed on purpose: no damage.
};

// Checks the ledger, every pack's header and index, that the catalog lists what the packs hold, and
// that every document and artifact that a run or dataset names is there, and that names lead to
// their runs.  Objects that are damaged, or lack a chunk, are marked, so that storing them again
// heals them.  Nothing is removed.
//
// The store is open only for parts of the check; packs are read without it, and whoever waits for
// the store gets it between two objects.
// Errors: those of Store::Open; the check could not be done.  Damage is in the report.
Result<FsckReport> CheckStore(FileSystem& files, const std::string& store_folder,
                              const StoreOptions& store_options, const FsckOptions& options);

}  // namespace reprise::tracker
