#include "tracker/store_stats.h"

#include "storage/object_rows.h"
#include "tracker/index.h"
#include "tracker/live_runs.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

using storage::Space;

Result<StoreStats> GatherStats(Store& store) {
  StoreStats stats;
  stats.format = kStoreFormat;
  stats.ledger_entries = store.ledger().size();
  REPRISE_ASSIGN_OR_RETURN(const auto live, LiveRuns(store.files(), store.folder()));
  stats.live_runs = live.size();
  // The rows for lists are small; those in Space::kRun hold whole documents.
  REPRISE_TRY(store.catalog().Scan(Space::kName, {.prefix = std::string(kListedRunPrefix)},
                                   [&](std::string_view, std::string_view) {
                                     ++stats.runs;
                                     return true;
                                   }));
  REPRISE_TRY(
      store.catalog().Scan(Space::kObject, {}, [&](std::string_view, std::string_view value) {
        const auto row = storage::DecodePlaceRow(value);
        ++stats.objects;
        if (row.ok()) stats.logical_bytes += row->size_bytes;
        return true;
      }));
  REPRISE_TRY(store.catalog().Scan(Space::kPack, {}, [&](std::string_view, std::string_view value) {
    const auto row = storage::DecodePackRow(value);
    ++stats.packs;
    if (row.ok()) stats.stored_bytes += row->size_bytes;
    return true;
  }));
  return stats;
}

}  // namespace reprise::tracker
