// Questions about one column of a table, REF#COLUMN, where a question about the graph may begin.

#pragma once

#include <optional>
#include <string>

#include "lineage/graph.h"
#include "tracker/cli/command.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/column_lineage.h"
#include "tracker/store.h"

namespace reprise::cli {

// What REF#COLUMN names; absent where `ref` as a whole names something, or has no '#'.  Both names
// may have one of their own: the shortest REF that names something counts.
Result<std::optional<tracker::ColumnNode>> ColumnOf(tracker::Store& store, const Context& context,
                                                    const std::string& ref);

// tracker::TraceColumn() as far as `filters` go.
// Errors: also kInvalidArgument  filters that mean nothing to columns.
Result<tracker::ColumnGraph> TraceFiltered(tracker::Store& store, const Context& context,
                                           const tracker::ColumnNode& column,
                                           const LineageFilters& filters,
                                           lineage::Direction direction);

// `reprise lineage path A B` where A or B is a column, the other a column or a table; absent:
// neither is a column.  Returns the exit status.
Result<std::optional<int>> TellColumnPath(tracker::Store& store, Context& context,
                                          const std::string& a, const std::string& b,
                                          const LineageFilters& filters, bool wants_all,
                                          const std::string& format);

}  // namespace reprise::cli
