// What the commands that ask the lineage graph share: their filters, and where they begin.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph_query.h"
#include "tracker/cli/command.h"
#include "tracker/run_filter.h"

namespace reprise::cli {

// --kind, --where, --since, --depth, --limit.
struct LineageFilters {
  std::vector<lineage::NodeSort> sorts;
  std::optional<tracker::RunFilter> where;
  std::optional<std::int64_t> since_unix_ms;
  std::optional<std::uint64_t> depth_max;
  std::optional<std::uint64_t> nodes_max;
};
void AddLineageFilters(Command& command);
// Errors: kInvalidArgument.
Result<LineageFilters> ReadLineageFilters(const po::variables_map& args);

// The paragraphs of help about them.
std::string LineageFiltersHelp();

// The question that `filters` make of `starts`.  All arguments must outlive it.
lineage::GraphQuestion QuestionOf(tracker::Store& store, const LineageFilters& filters,
                                  std::vector<lineage::NodeId> starts,
                                  lineage::Direction direction);

// The nodes that `ref` names.  Errors: as tracker::ResolveNodes().
Result<std::vector<lineage::NodeId>> LineageNodes(tracker::Store& store, const Context& context,
                                                  const std::string& ref);

// Says on stderr what is to be said of any answer: a circle of runs, or that there is more.
void WarnOfCycle(const Context& context, const std::vector<lineage::NodeId>& cycle);
void WarnOfCut(const Context& context, const lineage::GraphAnswer& answer,
               const LineageFilters& filters);

}  // namespace reprise::cli
