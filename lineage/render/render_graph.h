// A graph as it is shown: nodes with labels for people, edges with the names of their kinds.

#pragma once

#include <string>
#include <vector>

namespace reprise::lineage {

enum class RenderNodeKind { kArtifact, kRun, kCode, kCommit, kEnvironment, kLibrary, kModel };

struct RenderNode {
  std::string id;  // "sha256:…" or a run's id; unique in its graph.
  RenderNodeKind kind = RenderNodeKind::kArtifact;
  std::string label;   // One line, printable.
  std::string detail;  // Likewise; may be empty.
  std::string group;   // What runs of one purpose share: their experiment; may be empty.
};

struct RenderEdge {
  std::string from;  // Ids of nodes; an edge whose end is not in the graph is not drawn.
  std::string to;
  std::string kind;  // "used", "produced", …
};

struct RenderGraph {
  std::vector<RenderNode> nodes;  // The one that was asked for first.
  std::vector<RenderEdge> edges;
};

}  // namespace reprise::lineage
