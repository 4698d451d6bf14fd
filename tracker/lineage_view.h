// A part of the lineage graph with labels for people.

#pragma once

#include <optional>

#include "lineage/graph.h"
#include "lineage/render/render_graph.h"
#include "storage/base/result.h"
#include "tracker/refs.h"
#include "tracker/store.h"

namespace reprise::tracker {

// The node that a reference names.
lineage::NodeId NodeOf(const Resolved& resolved);

// Labels runs by name and experiment, artifacts by the paths under which they are known.
Result<lineage::RenderGraph> LabelGraph(Store& store, const lineage::Subgraph& graph);

}  // namespace reprise::tracker
