#include "tracker/column_lineage.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lineage/table/header.h"
#include "storage/base/text_value.h"
#include "tracker/column_settings.h"
#include "tracker/profile_rows.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

using lineage::Direction;
using lineage::Edge;
using lineage::NodeId;

// How many values must agree for columns that no run joins to be taken for one.
constexpr std::uint64_t kTellingRowsMin = 8;
constexpr std::size_t kSameColumnsMax = 10'000;

// Whether the name that a program gave, NAME or PATH#NAME, means the column `name` of `path`.
bool Means(const std::string& given, const std::string& path, const std::string& name) {
  if (given == name) return true;
  if (!given.ends_with("#" + name)) return false;
  const std::string file = given.substr(0, given.size() - name.size() - 1);
  return path == file || path.ends_with("/" + file);
}

// The column that `given` means in a file that has no profile, which only a path can say.
std::optional<std::string> ClaimedColumn(const std::string& given, const std::string& path) {
  for (std::size_t hash = given.find('#'); hash != given.npos; hash = given.find('#', hash + 1)) {
    const std::string name = given.substr(hash + 1);
    if (!name.empty() && hash > 0 && Means(given, path, name)) return name;
  }
  return std::nullopt;
}

// What is needed of a run, of which a popular table has very many.
struct TracedRun {
  Ulid id;
  std::string name;
  std::vector<lineage::Derivation> derivations;
  std::vector<lineage::ArtifactUse> uses;  // What the walk goes on to: inputs or outputs.
};
constexpr std::size_t kRunsKeptMax = 1024;

// What is needed of a profile.
struct TracedColumn {
  std::string name;
  std::optional<Digest> digest;  // None of withheld columns with few values.
  std::uint64_t distinct = 0;
  std::uint64_t missing = 0;
};
struct TracedTable {
  std::uint64_t rows = 0;
  std::vector<TracedColumn> columns;

  const TracedColumn* FindColumn(const std::string& name) const {
    const auto found = std::ranges::find(columns, name, &TracedColumn::name);
    return found == columns.end() ? nullptr : &*found;
  }
};

TracedTable TracedTableOf(const lineage::Profile& profile) {
  TracedTable table{profile.rows, {}};
  for (const lineage::ColumnProfile& column : profile.columns) {
    table.columns.push_back({column.name, column.digest, column.distinct, column.missing});
  }
  return table;
}

class ColumnTracer {
 public:
  ColumnTracer(Store& store, Direction direction, std::size_t nodes_max)
      : store_(store), direction_(direction), nodes_max_(nodes_max) {}

  Result<ColumnGraph> Trace(const ColumnNode& start, std::optional<std::uint64_t> depth_max) {
    std::size_t done = 0;
    REPRISE_TRY(CheckStart(start));
    REPRISE_ASSIGN_OR_RETURN(const std::string path, AnyPathOf(start.content));
    PlaceOf(start, path);
    for (std::uint64_t depth = 0; done < graph_.nodes.size(); ++depth) {
      if (depth_max.has_value() && depth >= *depth_max) break;
      const std::size_t end = graph_.nodes.size();
      for (; done < end; ++done) {
        const ColumnNode node = graph_.nodes[done];
        REPRISE_TRY(FollowRuns(done, node));
        REPRISE_TRY(FollowValues(done, node));
      }
    }
    return std::move(graph_);
  }

 private:
  bool goes_up() const { return direction_ == Direction::kUp; }

  Result<void> CheckStart(const ColumnNode& start) {
    REPRISE_ASSIGN_OR_RETURN(const TracedTable* const profile, ProfileOf(start.content));
    if (profile != nullptr && profile->FindColumn(start.name) != nullptr) return {};
    // A run may have claimed a column of a file that is no table.
    REPRISE_ASSIGN_OR_RETURN(const bool is_claimed, IsClaimed(start));
    if (is_claimed) return {};
    if (profile == nullptr || profile->columns.empty()) {
      return Error{ErrorCode::kNotFound, start.content.ToString() +
                                             " is no table, or too large "
                                             "to be profiled, so that its columns are not known"};
    }
    std::string names;
    for (const TracedColumn& column : profile->columns) {
      if (names.size() > 200) {
        names += ", …";
        break;
      }
      names += (names.empty() ? "" : ", ") + Printable(column.name);
    }
    return Error{ErrorCode::kNotFound,
                 "the table has no column '" + Printable(start.name) + "'; it has " + names};
  }

  Result<bool> IsClaimed(const ColumnNode& node) {
    REPRISE_ASSIGN_OR_RETURN(const auto edges,
                             lineage::EdgesInto(store_.catalog(), NodeId::Artifact(node.content)));
    for (const Edge& edge : edges) {
      if (edge.kind != lineage::EdgeKind::kProduced) continue;
      REPRISE_ASSIGN_OR_RETURN(const TracedRun* const run, RunOf(edge.from.run));
      for (const lineage::Derivation& derivation : run->derivations) {
        if (Means(derivation.column, edge.path, node.name)) return true;
      }
    }
    return false;
  }

  // nullptr: it is no table that can be known.
  Result<const TracedTable*> ProfileOf(const Digest& content) {
    const auto known = tables_.find(content);
    if (known != tables_.end()) return known->second.has_value() ? &*known->second : nullptr;
    REPRISE_ASSIGN_OR_RETURN(auto profile, StoredProfile(store_, content));
    REPRISE_ASSIGN_OR_RETURN(const std::string path, AnyPathOf(content));
    if (!profile.has_value() && lineage::IsTableName(path)) {
      const auto info = store_.objects().Describe(content);
      if (info.ok() && info->size_bytes <= kProfileMibMaxDefault << 20) {
        auto made = ComputeProfile(store_.objects(), content);
        if (made.ok() && !made->problem.has_value()) profile = *std::move(made);
      }
    }
    auto& kept = tables_[content];
    if (profile.has_value()) kept = TracedTableOf(*profile);
    return kept.has_value() ? &*kept : nullptr;
  }

  // Valid until the next call.
  Result<const TracedRun*> RunOf(const Ulid& id) {
    const auto known = runs_.find(id);
    if (known != runs_.end()) return &known->second;
    REPRISE_ASSIGN_OR_RETURN(StoredRun stored, store_.GetRun(id));
    TracedRun run{id, std::move(stored.record.name), std::move(stored.record.derivations), {}};
    if (!goes_up()) {
      run.uses = std::move(stored.record.outputs);
    } else if (stored.recipe.has_value()) {
      run.uses = std::move(stored.recipe->inputs);
    }
    if (runs_.size() >= kRunsKeptMax) runs_.clear();
    return &runs_.emplace(id, std::move(run)).first->second;
  }

  Result<void> FindEdgesOf(const Digest& content) {
    if (edges_of_ == content) return {};
    const NodeId id = NodeId::Artifact(content);
    edges_of_.reset();
    REPRISE_ASSIGN_OR_RETURN(table_edges_, goes_up() ? lineage::EdgesInto(store_.catalog(), id)
                                                     : lineage::EdgesFrom(store_.catalog(), id));
    const auto wanted = goes_up() ? lineage::EdgeKind::kProduced : lineage::EdgeKind::kUsed;
    std::erase_if(table_edges_, [&](const Edge& edge) { return edge.kind != wanted; });
    edges_of_ = content;
    return {};
  }

  std::size_t PlaceOf(const ColumnNode& node, const std::string& path) {
    const auto [known, is_new] = places_.emplace(node, graph_.nodes.size());
    if (is_new) {
      graph_.nodes.push_back(node);
      graph_.labels.emplace_back();
    }
    std::string& label = graph_.labels[known->second];
    if (label.empty() && !path.empty()) label = path + "#" + node.name;
    return known->second;
  }

  Result<void> Link(std::size_t place, const ColumnNode& other, const std::string& path,
                    ColumnEdgeKind kind, const TracedRun* run) {
    if (graph_.nodes.size() >= nodes_max_ && !places_.contains(other)) {
      graph_.is_cut = true;
      return {};
    }
    const std::size_t found = PlaceOf(other, path);
    if (found == place) return {};
    ColumnEdge edge{goes_up() ? found : place, goes_up() ? place : found, kind, std::nullopt, ""};
    if (run != nullptr) {
      edge.run = run->id;
      edge.run_name = run->name;
    }
    if (linked_.insert({edge.from, edge.to, kind, edge.run}).second) graph_.edges.push_back(edge);
    joined_.insert(std::minmax(found, place));
    return {};
  }

  // By the runs that wrote (read) the table, to the tables that they read (wrote).
  Result<void> FollowRuns(std::size_t place, const ColumnNode& node) {
    REPRISE_TRY(FindEdgesOf(node.content));
    for (const Edge& edge : table_edges_) {
      REPRISE_ASSIGN_OR_RETURN(const TracedRun* const run,
                               RunOf(goes_up() ? edge.from.run : edge.to.run));
      PlaceOf(node, edge.path);  // Names it.
      REPRISE_TRY(FollowRun(place, node, edge.path, *run));
    }
    return {};
  }

  // The names that `run` joins with the column, as it gave them.
  std::vector<std::string> JoinedNames(const ColumnNode& node, const std::string& path,
                                       const TracedRun& run) const {
    std::vector<std::string> names;
    for (const lineage::Derivation& derivation : run.derivations) {
      if (goes_up()) {
        if (!Means(derivation.column, path, node.name)) continue;
        names.insert(names.end(), derivation.sources.begin(), derivation.sources.end());
      } else if (std::ranges::any_of(derivation.sources, [&](const std::string& source) {
                   return Means(source, path, node.name);
                 })) {
        names.push_back(derivation.column);
      }
    }
    return names;
  }

  Result<void> FollowRun(std::size_t place, const ColumnNode& node, const std::string& path,
                         const TracedRun& run) {
    const std::vector<std::string> names = JoinedNames(node, path, run);
    const TracedColumn* column = nullptr;
    REPRISE_ASSIGN_OR_RETURN(const TracedTable* const profile, ProfileOf(node.content));
    if (profile != nullptr) column = profile->FindColumn(node.name);
    REPRISE_ASSIGN_OR_RETURN(const auto tables, TablesOf(store_, run.uses));
    for (const TableFile& table : tables) {
      REPRISE_ASSIGN_OR_RETURN(const TracedTable* const other, ProfileOf(table.content));
      if (other == nullptr) continue;
      for (const TracedColumn& found : other->columns) {
        const ColumnNode there{table.content, found.name};
        const bool is_joined = std::ranges::any_of(
            names, [&](const std::string& name) { return Means(name, table.path, found.name); });
        if (is_joined) {
          REPRISE_TRY(Link(place, there, table.path, ColumnEdgeKind::kDerived, &run));
        } else if (column != nullptr && column->digest.has_value() &&
                   found.digest == column->digest && found.distinct > 1) {
          REPRISE_TRY(Link(place, there, table.path, ColumnEdgeKind::kSameColumn, &run));
        }
      }
    }
    return FollowClaims(place, names, run);
  }

  // To columns of files that are no tables, which a run names by their paths.
  Result<void> FollowClaims(std::size_t place, const std::vector<std::string>& names,
                            const TracedRun& run) {
    for (const lineage::ArtifactUse& use : run.uses) {
      if (use.kind != lineage::ArtifactKind::kFile || lineage::IsTableName(use.path)) continue;
      for (const std::string& name : names) {
        const auto column = ClaimedColumn(name, use.path);
        if (!column.has_value()) continue;
        REPRISE_TRY(Link(place, {use.digest, *column}, use.path, ColumnEdgeKind::kDerived, &run));
      }
    }
    return {};
  }

  // To the table that had the same values just before (after) this one, in the order in which the
  // store came to know them.
  Result<void> FollowValues(std::size_t place, const ColumnNode& node) {
    REPRISE_ASSIGN_OR_RETURN(const TracedTable* const profile, ProfileOf(node.content));
    const auto* const column = profile == nullptr ? nullptr : profile->FindColumn(node.name);
    if (column == nullptr || !column->digest.has_value() || column->distinct < 2 ||
        profile->rows - column->missing < kTellingRowsMin) {
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(const auto own, FindProfile(store_.catalog(), node.content));
    if (!own.has_value()) return {};
    REPRISE_ASSIGN_OR_RETURN(const auto places,
                             FindColumns(store_.catalog(), *column->digest, kSameColumnsMax));
    graph_.is_cut = graph_.is_cut || places.size() == kSameColumnsMax;
    const ColumnPlace* nearest = nullptr;
    for (const ColumnPlace& other : places) {
      if (goes_up() ? other.sequence >= own->sequence : other.sequence <= own->sequence) continue;
      const bool is_nearer = nearest == nullptr || (goes_up() ? other.sequence > nearest->sequence
                                                              : other.sequence < nearest->sequence);
      if (is_nearer) nearest = &other;
    }
    if (nearest == nullptr || IsLinked(place, {nearest->content, nearest->column})) return {};
    REPRISE_ASSIGN_OR_RETURN(const std::string path, AnyPathOf(nearest->content));
    return Link(place, {nearest->content, nearest->column}, path, ColumnEdgeKind::kSameColumn,
                nullptr);
  }

  // Whether a run joins the two already.
  bool IsLinked(std::size_t place, const ColumnNode& other) const {
    const auto known = places_.find(other);
    if (known == places_.end()) return false;
    return joined_.contains(std::minmax(place, std::size_t{known->second}));
  }

  // "" if only its digest is known.
  Result<std::string> AnyPathOf(const Digest& content) {
    REPRISE_ASSIGN_OR_RETURN(auto path, lineage::AnyPathOf(store_.catalog(), content));
    if (path.has_value()) return *std::move(path);
    if (!dataset_paths_.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(const auto datasets, store_.Datasets());
      dataset_paths_.emplace();
      for (const Dataset& dataset : datasets) {
        dataset_paths_->emplace(dataset.artifact.digest, dataset.artifact.path);
      }
    }
    const auto added = dataset_paths_->find(content);
    return added == dataset_paths_->end() ? std::string() : added->second;
  }

  Store& store_;
  const Direction direction_;
  const std::size_t nodes_max_;
  ColumnGraph graph_;
  std::map<ColumnNode, std::size_t> places_;
  std::set<std::tuple<std::size_t, std::size_t, ColumnEdgeKind, std::optional<Ulid>>> linked_;
  std::set<std::pair<std::size_t, std::size_t>> joined_;  // The lesser place first.
  std::map<Digest, std::optional<TracedTable>> tables_;
  std::map<Ulid, TracedRun> runs_;
  std::optional<std::map<Digest, std::string>> dataset_paths_;
  // Those of the table that was asked for last: its columns are asked for one after the other.
  std::optional<Digest> edges_of_;
  std::vector<Edge> table_edges_;
};

std::string LabelOf(const ColumnGraph& graph, std::size_t place) {
  const ColumnNode& node = graph.nodes[place];
  if (!graph.labels[place].empty()) return Printable(graph.labels[place]);
  return node.content.ToString().substr(0, 7 + 12) + "#" + Printable(node.name);
}

std::string LabelOf(const ColumnEdge& edge) {
  if (edge.kind == ColumnEdgeKind::kDerived) return "[computed by " + edge.run_name + "]";
  return edge.run.has_value() ? "[the same values, by " + edge.run_name + "]" : "[the same values]";
}

std::string_view KindName(ColumnEdgeKind kind) {
  return kind == ColumnEdgeKind::kDerived ? "derived" : "same_column";
}

}  // namespace

std::string ColumnNode::ToString() const { return content.ToString() + "#" + Printable(name); }

Result<ColumnGraph> TraceColumn(Store& store, const ColumnNode& start, Direction direction,
                                std::optional<std::uint64_t> depth_max, std::size_t nodes_max) {
  return ColumnTracer(store, direction, nodes_max).Trace(start, depth_max);
}

Result<std::vector<NamedColumn>> ColumnsMeant(Store& store,
                                              const std::vector<lineage::ArtifactUse>& uses,
                                              const std::string& given) {
  std::vector<NamedColumn> columns;
  REPRISE_ASSIGN_OR_RETURN(const auto tables, TablesOf(store, uses));
  for (const TableFile& table : tables) {
    REPRISE_ASSIGN_OR_RETURN(const auto profile, StoredProfile(store, table.content));
    if (!profile.has_value()) continue;
    for (const lineage::ColumnProfile& column : profile->columns) {
      if (Means(given, table.path, column.name)) columns.push_back({table.path, column.name});
    }
  }
  for (const lineage::ArtifactUse& use : uses) {
    if (use.kind != lineage::ArtifactKind::kFile || lineage::IsTableName(use.path)) continue;
    if (auto name = ClaimedColumn(given, use.path)) columns.push_back({use.path, *std::move(name)});
  }
  return columns;
}

lineage::RenderGraph RenderedColumns(const ColumnGraph& graph) {
  lineage::RenderGraph rendered;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    rendered.nodes.push_back({graph.nodes[i].ToString(), lineage::RenderNodeKind::kArtifact,
                              LabelOf(graph, i),
                              graph.nodes[i].content.ToString().substr(0, 7 + 12)});
  }
  for (const ColumnEdge& edge : graph.edges) {
    rendered.edges.push_back(
        {graph.nodes[edge.from].ToString(), graph.nodes[edge.to].ToString(), LabelOf(edge)});
  }
  return rendered;
}

Json ColumnGraphToJson(const ColumnGraph& graph) {
  Json nodes = Json::Array{};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    nodes.Append(Json()
                     .Set("id", graph.nodes[i].ToString())
                     .Set("kind", "column")
                     .Set("label", LabelOf(graph, i))
                     .Set("artifact", graph.nodes[i].content.ToString())
                     .Set("column", BytesToJson(graph.nodes[i].name)));
  }
  Json edges = Json::Array{};
  for (const ColumnEdge& edge : graph.edges) {
    edges.Append(Json()
                     .Set("from", graph.nodes[edge.from].ToString())
                     .Set("to", graph.nodes[edge.to].ToString())
                     .Set("kind", KindName(edge.kind))
                     .Set("run", edge.run.has_value() ? Json(edge.run->ToString()) : Json())
                     .Set("label", LabelOf(edge)));
  }
  return Json()
      .Set("nodes", std::move(nodes))
      .Set("edges", std::move(edges))
      .Set("truncated", graph.is_cut);
}

}  // namespace reprise::tracker
