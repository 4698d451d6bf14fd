// A part of the lineage graph with labels for people, and the nodes that references name.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "lineage/graph_query.h"
#include "lineage/render/render_graph.h"
#include "storage/base/result.h"
#include "tracker/refs.h"
#include "tracker/store.h"

namespace reprise::tracker {

// The node of data that a reference names.
lineage::NodeId NodeOf(const Resolved& resolved);

// The nodes of the graph that a reference names: those of ResolveRef(), and besides
// "commit:HEX" or the first 7 or more digits of a commit, "NAME@VERSION" of a registered model, and
// "code:sha256:…" and "environment:sha256:…", of which the digest alone will do, and
// "pkg:pypi/numpy@1.24.2" or "numpy==1.24.2".  Content may be
// several nodes: a folder that is the code of runs and the data of others.
// Errors: as ResolveRef(); kNotFound  also for what is not in the graph, and for a run that is
//         still running.
Result<std::vector<lineage::NodeId>> ResolveNodes(const RefContext& context,
                                                  const std::string& ref);

// What to call the artifacts among `nodes` that `ref` named, where the graph has no path of theirs:
// what was asked for, or, where that is a digest, the dataset of that content.
Result<std::map<lineage::NodeId, std::string>> NamesOf(Store& store,
                                                       const std::vector<lineage::NodeId>& nodes,
                                                       const std::string& ref);

struct LabelOptions {
  // Of the walk, which tells whose path an edge kVia has; absent: unknown, and it names nothing.
  std::optional<lineage::Direction> direction{};
  std::map<lineage::NodeId, std::string> names{};  // Of artifacts without a path in the graph.
};

// Labels runs by name and experiment, artifacts by the paths under which they are known.
Result<lineage::RenderGraph> LabelGraph(Store& store, const lineage::Subgraph& graph,
                                        const LabelOptions& options = {});
// Likewise, with what each node is to the question.
Result<lineage::RenderGraph> LabelAnswer(Store& store, const lineage::GraphAnswer& answer,
                                         const LabelOptions& options);

// The damage that runs which come from each other in a circle are (lineage::FindCycleOfRuns).
std::string SentenceOfCycle(const std::vector<lineage::NodeId>& cycle);

}  // namespace reprise::tracker
