// How much is in a store.

#pragma once

#include <cstdint>

#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct StoreStats {
  int format = 0;
  std::uint64_t runs = 0;       // Adopted.
  std::uint64_t live_runs = 0;  // Not sealed yet.
  std::uint64_t objects = 0;
  std::uint64_t packs = 0;
  std::uint64_t ledger_entries = 0;
  std::uint64_t logical_bytes = 0;  // Content of all objects, as if each were stored whole.
  std::uint64_t stored_bytes = 0;   // Size of all packs.
};

Result<StoreStats> GatherStats(Store& store);

}  // namespace reprise::tracker
