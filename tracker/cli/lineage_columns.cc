#include "tracker/cli/lineage_columns.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "storage/base/text_value.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/lineage_output.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/refs.h"

namespace reprise::cli {
namespace {

using lineage::Direction;
using tracker::ColumnGraph;
using tracker::ColumnNode;

constexpr std::string_view kWholeFiles =
    "; columns are followed through all runs, so ask about the whole file instead";

// A column, or any of a table.
struct End {
  std::string ref;
  std::optional<ColumnNode> column;
  Digest content;

  bool Means(const ColumnNode& node) const {
    return column.has_value() ? node == *column : node.content == content;
  }
};

Result<End> EndOf(tracker::Store& store, const Context& context, const std::string& ref,
                  std::optional<ColumnNode> column) {
  End end{ref, std::move(column), {}};
  if (end.column.has_value()) {
    end.content = end.column->content;
    return end;
  }
  const tracker::RefContext where{.store = store, .working_directory = context.working_directory};
  REPRISE_ASSIGN_OR_RETURN(const auto resolved, tracker::ResolveRef(where, ref));
  const auto* const artifact = std::get_if<tracker::ArtifactRef>(&resolved);
  if (artifact == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 "columns lead to columns, and '" + Printable(ref) +
                     "' is a run; name a file, or FILE#COLUMN, at the other end of the way"};
  }
  end.content = artifact->digest;
  return end;
}

// The nearest way from the first column of `graph` to one that `end` means, as places of edges from
// there; absent: there is none.
std::optional<std::vector<std::size_t>> FindWay(const ColumnGraph& graph, Direction direction,
                                                const End& end) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  const bool is_up = direction == Direction::kUp;
  std::vector<std::vector<std::size_t>> leaving(graph.nodes.size());
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    leaving[is_up ? graph.edges[i].to : graph.edges[i].from].push_back(i);
  }
  const auto far = [&](std::size_t edge) {
    return is_up ? graph.edges[edge].from : graph.edges[edge].to;
  };
  std::vector<std::size_t> by(graph.nodes.size(), kNone);  // The edge that led to each.
  std::vector<std::size_t> reached = {0};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    std::size_t here = reached[i];
    if (i > 0 && end.Means(graph.nodes[here])) {
      std::vector<std::size_t> way;
      for (; here != 0; here = is_up ? graph.edges[by[here]].to : graph.edges[by[here]].from) {
        way.push_back(by[here]);
      }
      std::ranges::reverse(way);
      return way;
    }
    for (const std::size_t edge : leaving[here]) {
      const std::size_t next = far(edge);
      if (next == 0 || by[next] != kNone) continue;
      by[next] = edge;
      reached.push_back(next);
    }
  }
  return std::nullopt;
}

struct Way {
  ColumnGraph graph;  // Of nothing but the way, its nodes and edges as the data flowed.
  bool is_backward = false;
};

// The edges `way` of `graph` alone.
ColumnGraph GraphOf(const ColumnGraph& graph, std::vector<std::size_t> way, Direction direction) {
  if (direction == Direction::kUp) std::ranges::reverse(way);
  ColumnGraph only;
  only.is_cut = graph.is_cut;
  const auto add = [&](std::size_t node) {
    only.nodes.push_back(graph.nodes[node]);
    only.labels.push_back(graph.labels[node]);
  };
  for (const std::size_t place : way) {
    tracker::ColumnEdge edge = graph.edges[place];
    if (only.nodes.empty()) add(edge.from);
    add(edge.to);
    edge.from = only.nodes.size() - 2;
    edge.to = only.nodes.size() - 1;
    only.edges.push_back(std::move(edge));
  }
  return only;
}

// From A to B, else from B to A.
Result<std::optional<Way>> FindEitherWay(tracker::Store& store, const Context& context,
                                         const LineageFilters& filters, const End& a,
                                         const End& b) {
  const bool begins_at_a = a.column.has_value();
  const End& start = begins_at_a ? a : b;
  const End& goal = begins_at_a ? b : a;
  for (const bool is_backward : {false, true}) {
    const Direction direction = begins_at_a != is_backward ? Direction::kDown : Direction::kUp;
    REPRISE_ASSIGN_OR_RETURN(const ColumnGraph graph,
                             TraceFiltered(store, context, *start.column, filters, direction));
    if (auto way = FindWay(graph, direction, goal)) {
      return std::optional(Way{GraphOf(graph, *std::move(way), direction), is_backward});
    }
  }
  return std::optional<Way>();
}

Json ToJson(const std::optional<Way>& way) {
  Json json = tracker::ColumnGraphToJson(way.has_value() ? way->graph : ColumnGraph());
  Json ways = Json::Array{};
  if (way.has_value()) ways.Append(*json.Find("edges"));
  const auto length = way.has_value() ? Json(way->graph.edges.size()) : Json();
  const auto direction = way.has_value() ? Json(way->is_backward ? "backward" : "forward") : Json();
  return std::move(json)
      .Set("direction", direction)
      .Set("length", length)
      .Set("ways", std::move(ways))
      .Set("partial", Json::Array{});
}

void PrintWay(const Way& way, const End& a, const End& b, std::ostream& out) {
  const lineage::RenderGraph shown = tracker::RenderedColumns(way.graph);
  out << Printable(way.is_backward ? b.ref : a.ref) << " led to "
      << Printable(way.is_backward ? a.ref : b.ref) << " by " << Counted(shown.edges.size(), "step")
      << "\n\n";
  for (std::size_t i = 0; i < shown.nodes.size(); ++i) {
    if (i > 0) out << "  " << shown.edges[i - 1].kind << " ";
    out << shown.nodes[i].label << " (" << shown.nodes[i].detail << ")\n";
  }
}

}  // namespace

Result<std::optional<tracker::ColumnNode>> ColumnOf(tracker::Store& store, const Context& context,
                                                    const std::string& ref) {
  using Column = std::optional<tracker::ColumnNode>;
  std::size_t hash = ref.find('#');
  if (hash == ref.npos) return Column();
  const tracker::RefContext where{.store = store, .working_directory = context.working_directory};
  const auto whole = tracker::ResolveRef(where, ref);
  if (whole.ok()) return Column();
  if (whole.error().code != ErrorCode::kNotFound) return whole.error();
  for (; hash != ref.npos; hash = ref.find('#', hash + 1)) {
    if (hash == 0 || hash + 1 == ref.size()) continue;
    const auto artifact = tracker::ResolveArtifact(where, ref.substr(0, hash));
    if (artifact.ok()) return Column({artifact->digest, ref.substr(hash + 1)});
    if (artifact.error().code != ErrorCode::kNotFound) return artifact.error();
    if (ref.find('#', hash + 1) == ref.npos) return artifact.error();
  }
  return whole.error();
}

Result<ColumnGraph> TraceFiltered(tracker::Store& store, const Context& context,
                                  const ColumnNode& column, const LineageFilters& filters,
                                  Direction direction) {
  const bool has_kinds = !filters.sorts.empty();
  if (has_kinds || filters.where.has_value() || filters.since_unix_ms.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(has_kinds ? "--kind" : "--where and --since") +
                     " cannot be used with FILE#COLUMN" + std::string(kWholeFiles)};
  }
  tracker::ArtifactRef artifact;
  artifact.digest = column.content;
  REPRISE_TRY(tracker::GatherArtifactFacts(store, artifact));  // Unknown content is an error.
  const std::size_t nodes_max = std::min<std::size_t>(
      filters.nodes_max.value_or(tracker::kColumnNodesMax), tracker::kColumnNodesMax);
  REPRISE_ASSIGN_OR_RETURN(ColumnGraph graph, tracker::TraceColumn(store, column, direction,
                                                                   filters.depth_max, nodes_max));
  if (graph.is_cut) {
    context.Warn("there is more than is told: beyond " + std::to_string(nodes_max) +
                 " columns nothing is looked at");
  }
  return graph;
}

Result<std::optional<int>> TellColumnPath(tracker::Store& store, Context& context,
                                          const std::string& a, const std::string& b,
                                          const LineageFilters& filters, bool wants_all,
                                          const std::string& format) {
  REPRISE_ASSIGN_OR_RETURN(auto column_a, ColumnOf(store, context, a));
  REPRISE_ASSIGN_OR_RETURN(auto column_b, ColumnOf(store, context, b));
  if (!column_a.has_value() && !column_b.has_value()) return std::optional<int>();
  if (wants_all) {
    return Error{ErrorCode::kInvalidArgument,
                 "--all cannot be used with FILE#COLUMN" + std::string(kWholeFiles)};
  }
  REPRISE_ASSIGN_OR_RETURN(const End from, EndOf(store, context, a, std::move(column_a)));
  REPRISE_ASSIGN_OR_RETURN(const End to, EndOf(store, context, b, std::move(column_b)));
  REPRISE_ASSIGN_OR_RETURN(const auto way, FindEitherWay(store, context, filters, from, to));
  if (format == "json") {
    context.PrintJson(ToJson(way));
  } else if (format != "text") {
    const auto shown = tracker::RenderedColumns(way.has_value() ? way->graph : ColumnGraph());
    context.out << RenderFor(context, shown, format, Direction::kDown);
  } else if (way.has_value()) {
    PrintWay(*way, from, to, context.out);
  } else {
    context.out << "nothing leads from " << Printable(a) << " to " << Printable(b)
                << ", nor back\n";
  }
  const int told = ToldStatus(store);
  return std::optional(told != 0 || way.has_value() ? told : 1);
}

}  // namespace reprise::cli
