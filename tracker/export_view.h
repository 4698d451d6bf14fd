// What a store knows of the lineage of one thing, for other tools.

#pragma once

#include <cstdint>
#include <optional>

#include "lineage/export/lineage_export.h"
#include "lineage/graph.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// `subject` and everything upstream of it, at most `depth_max` edges away (nullopt: no bound);
// every run in it with all that it read and wrote.  Values that look secret are `<redacted>`.  What
// the store has lost of it is left out and named (lineage::MissingParts).
// Errors: kCorruption, kNotFound  the run that was asked for is lost.  Others: of reading the
// store.
Result<lineage::LineageExport> GatherExport(Store& store, const lineage::NodeId& subject,
                                            std::optional<std::uint64_t> depth_max);

// Likewise of a graph that was walked already.
Result<lineage::LineageExport> GatherExportOf(Store& store, const lineage::NodeId& subject,
                                              const lineage::Subgraph& graph);

}  // namespace reprise::tracker
