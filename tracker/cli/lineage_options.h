// What the commands that ask the lineage graph share: their filters, and where they begin.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lineage/graph_query.h"
#include "tracker/cli/command.h"
#include "tracker/run_filter.h"

namespace reprise::cli {

// --kind, --where, --since, --depth, and --limit of those that have it.
struct LineageFilters {
  std::vector<lineage::NodeSort> sorts;
  std::optional<tracker::RunFilter> where;
  std::optional<std::int64_t> since_unix_ms;
  std::optional<std::uint64_t> depth_max;
  std::optional<std::uint64_t> nodes_max;  // Those that were asked about are among them.
  bool only_of_accepted = false;           // As in GraphQuestion.
};
void AddLineageFilters(Command& command);
void AddLineageLimit(Command& command);
// --where and --since alone.
void AddRunFilters(Command& command);
// Errors: kInvalidArgument.
Result<LineageFilters> ReadLineageFilters(const po::variables_map& args);
Result<void> ReadRunFilters(const po::variables_map& args, LineageFilters& filters);

// The paragraphs of help about them.
std::string LineageFiltersHelp();

// Which runs `filters` accept; empty: all.  Both must outlive it.
std::function<Result<std::vector<bool>>(std::span<const lineage::NodeId>)> AcceptsRunsOf(
    tracker::Store& store, const LineageFilters& filters);

// The question that `filters` make of `starts`.  All arguments must outlive it.
lineage::GraphQuestion QuestionOf(tracker::Store& store, const LineageFilters& filters,
                                  std::vector<lineage::NodeId> starts,
                                  lineage::Direction direction);

// The nodes that `ref` names.  Errors: as tracker::ResolveNodes().
Result<std::vector<lineage::NodeId>> LineageNodes(tracker::Store& store, const Context& context,
                                                  const std::string& ref);

// Says on stderr that there is more.
void WarnOfCut(const Context& context, const LineageFilters& filters, bool is_cut,
               std::size_t nodes_shown);

}  // namespace reprise::cli
