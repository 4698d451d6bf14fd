#include "tracker/lineage_view.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "lineage/edge_keys.h"
#include "lineage/folder_members.h"
#include "lineage/package.h"
#include "tracker/artifact_facts.h"
#include "tracker/listed_run.h"
#include "tracker/live_runs.h"
#include "tracker/models.h"

namespace reprise::tracker {
namespace {

using lineage::NodeId;
using lineage::RenderNodeKind;
using storage::Space;

constexpr std::size_t kPathsShownMax = 4;
constexpr std::size_t kDigestTextShown = 7 + 12;  // "sha256:" and some digits.

RenderNodeKind RenderKindOf(NodeId::Kind kind) {
  switch (kind) {
    case NodeId::Kind::kRun:
      return RenderNodeKind::kRun;
    case NodeId::Kind::kCode:
      return RenderNodeKind::kCode;
    case NodeId::Kind::kCommit:
      return RenderNodeKind::kCommit;
    case NodeId::Kind::kEnvironment:
      return RenderNodeKind::kEnvironment;
    case NodeId::Kind::kPackage:
      return RenderNodeKind::kLibrary;
    case NodeId::Kind::kModel:
      return RenderNodeKind::kModel;
    case NodeId::Kind::kArtifact:
      break;
  }
  return RenderNodeKind::kArtifact;
}

// The paths under which each artifact occurs in the graph, some of them where there are many.
class PathLabels {
 public:
  PathLabels(const lineage::Subgraph& graph, const LabelOptions& options) : given_(options.names) {
    for (const lineage::Edge& edge : graph.edges) {
      const NodeId* const named = NamedEnd(edge, options.direction);
      if (edge.path.empty() || named == nullptr) continue;
      std::set<std::string>& paths = paths_[*named];
      if (paths.size() <= kPathsShownMax) paths.insert(edge.path);
    }
  }

  std::string Of(const NodeId& node) const {
    const auto found = paths_.find(node);
    if (found == paths_.end()) {
      const auto given = given_.find(node);
      return given == given_.end() ? "" : Printable(given->second);
    }
    std::string label;
    std::size_t count = 0;
    for (const std::string& path : found->second) {
      label += label.empty() ? "" : ", ";
      if (count++ == kPathsShownMax) return label + "…";
      label += Printable(path);
    }
    return label;
  }

 private:
  // The artifact that the edge's path is the name of; null: none.
  static const NodeId* NamedEnd(const lineage::Edge& edge,
                                std::optional<lineage::Direction> direction) {
    const NodeId* named = nullptr;
    switch (edge.kind) {
      case lineage::EdgeKind::kContains:  // Its other end is the folder.
        named = &edge.to;
        break;
      case lineage::EdgeKind::kPartOf:
        named = &edge.from;
        break;
      case lineage::EdgeKind::kVia:  // It is the path of the last step behind hidden nodes.
        if (!direction.has_value()) return nullptr;
        named = *direction == lineage::Direction::kUp ? &edge.from : &edge.to;
        break;
      default:  // Its other end is a run.
        named = edge.from.kind == NodeId::Kind::kArtifact ? &edge.from : &edge.to;
        break;
    }
    return named->kind == NodeId::Kind::kArtifact ? named : nullptr;
  }

  std::map<NodeId, std::set<std::string>> paths_;
  const std::map<NodeId, std::string>& given_;
};

// The rows for lists of the runs among `nodes`, by their keys in sorted batches.
Result<std::map<Ulid, ListedRun>> ListedRunsOf(Store& store, const std::vector<NodeId>& nodes) {
  std::vector<Ulid> ids;
  for (const NodeId& node : nodes) {
    if (node.kind == NodeId::Kind::kRun) ids.push_back(node.run);
  }
  std::ranges::sort(ids);
  return FindListedRuns(store.catalog(), ids);
}

void LabelOne(const NodeId& node, const PathLabels& paths, const std::map<Ulid, ListedRun>& runs,
              lineage::RenderNode& shown) {
  const std::string digest = node.artifact.ToString().substr(0, kDigestTextShown);
  switch (node.kind) {
    case NodeId::Kind::kRun: {
      const auto run = runs.find(node.run);
      if (run == runs.end()) {
        shown.label = shown.id;
        shown.detail = "not in this store";
        return;
      }
      shown.label = run->second.name;
      shown.group = run->second.experiment;
      shown.detail =
          run->second.experiment + ", " + std::string(lineage::RunStatusName(run->second.status));
      return;
    }
    case NodeId::Kind::kArtifact:
      shown.label = paths.Of(node);
      shown.detail = digest;
      if (shown.label.empty()) shown.label = digest;
      return;
    case NodeId::Kind::kCode:
      shown.label = "code";
      shown.detail = digest;
      return;
    case NodeId::Kind::kEnvironment:
      shown.label = "environment";
      shown.detail = digest;
      return;
    case NodeId::Kind::kModel:
      shown.label = Printable(node.name);
      shown.detail = "model version";
      return;
    case NodeId::Kind::kCommit:
      shown.label = "commit " + Printable(node.name.substr(0, 12));
      return;
    case NodeId::Kind::kPackage:
      shown.label = Printable(lineage::PackageLabel(node));
      shown.detail = Printable(node.name);
      return;
  }
}

bool IsHexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The commits of the graph whose ids begin with `prefix`.
Result<std::vector<NodeId>> FindCommits(const storage::Catalog& catalog,
                                        const std::string& prefix) {
  std::vector<NodeId> commits;
  REPRISE_TRY(catalog.Scan(Space::kNode, {.prefix = lineage::NodeKey(NodeId::Commit(prefix))},
                           [&](std::string_view key, std::string_view) {
                             if (auto node = lineage::ParseNodeKey(key)) {
                               commits.push_back(*std::move(node));
                             }
                             return commits.size() < 2;
                           }));
  return commits;
}

Result<std::vector<NodeId>> OneCommit(const storage::Catalog& catalog, const std::string& prefix) {
  REPRISE_ASSIGN_OR_RETURN(auto commits, FindCommits(catalog, prefix));
  if (commits.size() > 1) {
    return Error{ErrorCode::kAmbiguous, "several commits begin with '" + Printable(prefix) +
                                            "': " + commits[0].name + ", " + commits[1].name};
  }
  return commits;
}

Result<std::vector<NodeId>> KeepKnown(const storage::Catalog& catalog,
                                      const std::vector<NodeId>& nodes) {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, lineage::FindNumbers(catalog, nodes));
  std::vector<NodeId> known;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (numbers[i].has_value()) known.push_back(nodes[i]);
  }
  return known;
}

Error NotInGraph(const std::string& ref) {
  return {ErrorCode::kNotFound, "no run of this store used or made '" + Printable(ref) + "'"};
}

// What `ref` names that only the graph knows; empty: nothing.
Result<std::vector<NodeId>> ResolveGraphOnly(const storage::Catalog& catalog,
                                             const std::string& ref) {
  for (const auto& [prefix, kind] : {std::pair{"code:", NodeId::Kind::kCode},
                                     std::pair{"environment:", NodeId::Kind::kEnvironment}}) {
    if (!ref.starts_with(prefix)) continue;
    const auto digest = Digest::Parse(ref.substr(std::string_view(prefix).size()));
    if (!digest.ok()) continue;
    REPRISE_ASSIGN_OR_RETURN(auto known, KeepKnown(catalog, {NodeId{kind, *digest, {}, {}}}));
    if (known.empty()) return NotInGraph(ref);
    return known;
  }
  if (ref.starts_with("commit:")) {
    REPRISE_ASSIGN_OR_RETURN(auto commits, OneCommit(catalog, ref.substr(7)));
    if (commits.empty() || ref.size() == 7) return NotInGraph(ref);
    return commits;
  }
  if (const auto packages = lineage::PackagesMeant(ref); !packages.empty()) {
    REPRISE_ASSIGN_OR_RETURN(auto known, KeepKnown(catalog, packages));
    if (known.empty() && packages.size() == 1) return NotInGraph(ref);
    return known;
  }
  std::string model = ref.starts_with("model:") ? ref.substr(6) : ref;
  const std::size_t at = model.rfind('@');
  if (at == std::string::npos || at == 0) return std::vector<NodeId>();
  // By its stage, too.
  const auto found = FindModel(catalog, model);
  if (found.ok() && found->has_value()) model = (*found)->Name();
  REPRISE_ASSIGN_OR_RETURN(auto known,
                           KeepKnown(catalog, {NodeId{NodeId::Kind::kModel, {}, {}, model}}));
  if (known.empty() && ref.starts_with("model:")) return NotInGraph(ref);
  return known;
}

}  // namespace

NodeId NodeOf(const Resolved& resolved) {
  if (const auto* const run = std::get_if<Ulid>(&resolved)) return NodeId::Run(*run);
  return NodeId::Artifact(std::get<ArtifactRef>(resolved).digest);
}

Result<std::vector<NodeId>> ResolveNodes(const RefContext& context, const std::string& ref) {
  const storage::Catalog& catalog = context.store.catalog();
  REPRISE_ASSIGN_OR_RETURN(auto known, ResolveGraphOnly(catalog, ref));
  if (!known.empty()) return known;
  const auto resolved = ResolveRef(context, ref);
  if (!resolved.ok()) {
    if (resolved.error().code != ErrorCode::kNotFound) return resolved.error();
    if (ref.size() >= 7 && IsHexadecimal(ref)) {
      REPRISE_ASSIGN_OR_RETURN(known, OneCommit(catalog, ref));
    }
    if (!known.empty()) return known;
    // A digest of what is not stored, such as that of a library, is known to the graph all the
    // same.
    const auto digest = Digest::Parse(ref);
    if (!digest.ok()) return resolved.error();
    REPRISE_ASSIGN_OR_RETURN(known,
                             KeepKnown(catalog, {NodeId::Artifact(*digest), NodeId::Code(*digest),
                                                 NodeId::Environment(*digest)}));
    if (known.empty()) return resolved.error();
    return known;
  }
  if (const auto* const run = std::get_if<Ulid>(&*resolved)) {
    REPRISE_TRY(GetEndedRun(context.store, *run));
    return std::vector<NodeId>{NodeId::Run(*run)};
  }
  const ArtifactRef& artifact = std::get<ArtifactRef>(*resolved);
  const Digest& digest = artifact.digest;
  REPRISE_ASSIGN_OR_RETURN(known,
                           KeepKnown(catalog, {NodeId::Artifact(digest), NodeId::Code(digest),
                                               NodeId::Environment(digest)}));
  if (!known.empty()) return known;
  // Content that is stored and that nothing has to do with stands alone; other is an error.
  REPRISE_TRY(GatherArtifactFacts(context.store, artifact));
  return std::vector<NodeId>{NodeId::Artifact(digest)};
}

Result<std::map<NodeId, std::string>> NamesOf(Store& store, const std::vector<NodeId>& nodes,
                                              const std::string& ref) {
  std::map<NodeId, std::string> names;
  const bool is_name =
      !Digest::Parse(ref).ok() && !IsHexadecimal(ref) && !ref.starts_with("sha256:");
  bool wants_names = false;
  for (const NodeId& node : nodes) {
    if (node.kind != NodeId::Kind::kArtifact) continue;
    if (is_name) names.emplace(node, ref);
    wants_names = wants_names || !is_name;
  }
  if (!wants_names) return names;
  REPRISE_ASSIGN_OR_RETURN(const auto datasets, store.Datasets());
  for (const Dataset& dataset : datasets) {
    const NodeId node = NodeId::Artifact(dataset.artifact.digest);
    if (std::ranges::find(nodes, node) == nodes.end()) continue;
    // The newest name counts.
    names[node] = dataset.name.empty() ? dataset.artifact.path : dataset.name;
  }
  return names;
}

Result<lineage::RenderGraph> LabelGraph(Store& store, const lineage::Subgraph& graph,
                                        const LabelOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(const auto runs, ListedRunsOf(store, graph.nodes));
  const PathLabels paths(graph, options);
  lineage::RenderGraph labelled;
  for (const NodeId& node : graph.nodes) {
    lineage::RenderNode& shown = labelled.nodes.emplace_back();
    shown.id = node.ToString();
    shown.kind = RenderKindOf(node.kind);
    LabelOne(node, paths, runs, shown);
  }
  for (const lineage::Edge& edge : graph.edges) {
    labelled.edges.push_back(
        {edge.from.ToString(), edge.to.ToString(), std::string(lineage::EdgeKindName(edge.kind))});
  }
  return labelled;
}

Result<lineage::RenderGraph> LabelAnswer(Store& store, const lineage::GraphAnswer& answer,
                                         const LabelOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(lineage::RenderGraph labelled,
                           LabelGraph(store, lineage::ToSubgraph(answer), options));
  for (std::size_t i = 0; i < answer.nodes.size(); ++i) {
    if (answer.nodes[i].sort == lineage::NodeSort::kLibrary) {
      labelled.nodes[i].kind = RenderNodeKind::kLibrary;
    }
  }
  return labelled;
}

std::string SentenceOfCycle(const std::vector<NodeId>& cycle) {
  std::string names;
  for (const NodeId& run : cycle) names += run.ToString() + ", ";
  return "damage: the store claims that each of the runs " + names +
         "came from the next, and the last from the first, which no recording makes; "
         "compare `reprise ledger verify --since CHECKPOINT` with a checkpoint that you kept";
}

}  // namespace reprise::tracker
