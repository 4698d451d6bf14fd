#include "tracker/lineage_view.h"

#include <set>

namespace reprise::tracker {
namespace {

// The paths under which the artifact occurs in the graph; the shortest list that tells it apart.
std::string PathsOf(const lineage::Subgraph& graph, const lineage::NodeId& node) {
  std::set<std::string> paths;
  for (const lineage::Edge& edge : graph.edges) {
    if ((edge.from == node || edge.to == node) && !edge.path.empty()) paths.insert(edge.path);
  }
  std::string label;
  for (const std::string& path : paths) label += (label.empty() ? "" : ", ") + Printable(path);
  return label;
}

}  // namespace

lineage::NodeId NodeOf(const Resolved& resolved) {
  if (const auto* const run = std::get_if<Ulid>(&resolved)) return lineage::NodeId::Run(*run);
  return lineage::NodeId::Artifact(std::get<ArtifactRef>(resolved).digest);
}

Result<lineage::RenderGraph> LabelGraph(Store& store, const lineage::Subgraph& graph) {
  lineage::RenderGraph labelled;
  for (const lineage::NodeId& node : graph.nodes) {
    lineage::RenderNode shown;
    shown.id = node.ToString();
    if (node.kind == lineage::NodeId::Kind::kRun) {
      shown.kind = lineage::RenderNodeKind::kRun;
      REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store.GetRun(node.run));
      shown.label = run.record.name;
      shown.group = run.record.experiment;
      shown.detail =
          run.record.experiment + ", " + std::string(lineage::RunStatusName(run.record.status));
    } else {
      shown.kind = lineage::RenderNodeKind::kArtifact;
      shown.label = PathsOf(graph, node);
      shown.detail = node.ToString().substr(0, 7 + 12);
      if (shown.label.empty()) shown.label = shown.detail;
    }
    labelled.nodes.push_back(std::move(shown));
  }
  for (const lineage::Edge& edge : graph.edges) {
    labelled.edges.push_back(
        {edge.from.ToString(), edge.to.ToString(), std::string(lineage::EdgeKindName(edge.kind))});
  }
  return labelled;
}

}  // namespace reprise::tracker
