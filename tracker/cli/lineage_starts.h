// Where a question about the graph begins, a file that only the closures of runs name included.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lineage/graph_query.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/closure_search.h"

namespace reprise::cli {

struct LineageStarts {
  std::vector<lineage::NodeId> nodes;
  // Of a file that the graph does not have.
  std::optional<tracker::ClosureUses> uses;
};

// Errors: as LineageNodes().
Result<LineageStarts> FindStarts(tracker::Store& store, const Context& context,
                                 const std::string& ref);

// lineage::Ask() of those starts, which come first in the answer.  The runs of `uses` are one edge
// kUsed below the file.
Result<lineage::GraphAnswer> AskFrom(tracker::Store& store, const LineageStarts& starts,
                                     const LineageFilters& filters, lineage::Direction direction);

// As ToldStatus(), and kCorruption's where `starts` may lack runs, which is then said.
int ToldStatus(const tracker::Store& store, const Context& context, const LineageStarts& starts);

}  // namespace reprise::cli
