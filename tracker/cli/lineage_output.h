// How the commands that ask the lineage graph write their answers: as text, JSON or a picture.

#pragma once

#include <string>
#include <vector>

#include "lineage/graph.h"
#include "lineage/render/render_graph.h"
#include "storage/base/json.h"
#include "tracker/cli/command.h"

namespace reprise::cli {

// --format, and its paragraph of help.
void AddFormatOption(Command& command);
std::string FormatHelp();
// "json" under --json.  Errors: kInvalidArgument.
Result<std::string> ReadFormat(const po::variables_map& args, const Context& context);

// The graph in a format that is not "json"; folded, if it is large.  As text it is a tree in that
// direction.
std::string RenderFor(const Context& context, const lineage::RenderGraph& graph,
                      const std::string& format, lineage::Direction direction);

// Says on stderr what is to be said of any answer: a circle of runs, or folders in which there may
// be more.
void WarnOfCycle(const Context& context, const std::vector<lineage::NodeId>& cycle);
void WarnOfPartial(const Context& context, const std::vector<lineage::NodeId>& folders);
// "sha256:…" of each.
Json IdsToJson(const std::vector<lineage::NodeId>& nodes);

}  // namespace reprise::cli
