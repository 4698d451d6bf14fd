#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "lineage/graph_query.h"
#include "lineage/render/render.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_columns.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_output.h"
#include "tracker/cli/lineage_starts.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"
#include "tracker/listed_run.h"
#include "tracker/models.h"
#include "tracker/partial_folders.h"

namespace reprise::cli {
namespace {

using lineage::NodeId;
using lineage::NodeSort;

// The runs of one experiment that are touched.
struct Group {
  std::uint64_t count = 0;
  std::map<std::string, std::uint64_t> by_status;
  std::optional<tracker::ListedRun> newest;  // By start, then id.
};

struct Impact {
  std::map<std::string, Group> experiments;
  std::vector<tracker::RegisteredModel> models;  // By name, then version.
  std::map<NodeSort, std::uint64_t> counts;
  std::uint64_t unknown_runs = 0;  // That other runs come from, and this store does not have.
};

void AddRun(const tracker::ListedRun& run, Impact& impact) {
  Group& group = impact.experiments[run.experiment];
  ++group.count;
  ++group.by_status[std::string(lineage::RunStatusName(run.status))];
  const auto age = [](const tracker::ListedRun& one) {
    return std::pair(one.started_at_unix_ms, one.id);
  };
  if (!group.newest.has_value() || age(*group.newest) < age(run)) group.newest = run;
}

// Takes what is below the starts, some nodes at a time.
class Gatherer {
 public:
  explicit Gatherer(const storage::Catalog& catalog) : catalog_(catalog) {}

  Result<void> Add(std::span<const lineage::GraphNode> nodes) {
    for (const lineage::GraphNode& node : nodes) {
      ++impact_.counts[node.sort];
      if (node.sort == NodeSort::kModel) {
        models_[node.id.name.substr(0, node.id.name.rfind('@'))].insert(node.id.name);
      }
      if (node.sort != NodeSort::kRun) continue;
      runs_.push_back(node.id.run);
      if (runs_.size() == kAtOnce) REPRISE_TRY(AddRuns());
    }
    return {};
  }

  Result<Impact> Finish() {
    REPRISE_TRY(AddRuns());
    for (const auto& [name, touched] : models_) {
      REPRISE_ASSIGN_OR_RETURN(auto versions, tracker::VersionsOfModel(catalog_, name));
      for (tracker::RegisteredModel& model : versions) {
        if (touched.contains(model.Name())) impact_.models.push_back(std::move(model));
      }
    }
    return std::move(impact_);
  }

 private:
  static constexpr std::size_t kAtOnce = 10'000;  // Of the rows of runs, which are not all kept.

  Result<void> AddRuns() {
    std::ranges::sort(runs_);
    REPRISE_ASSIGN_OR_RETURN(const auto found, tracker::FindListedRuns(catalog_, runs_));
    for (const auto& [id, run] : found) AddRun(run, impact_);
    impact_.unknown_runs += runs_.size() - found.size();
    runs_.clear();
    return {};
  }

  const storage::Catalog& catalog_;
  Impact impact_;
  std::vector<Ulid> runs_;
  std::map<std::string, std::set<std::string>> models_;  // Versions, by the model's name.
};

// Adds to the graph what it comes to.
Json ToJson(const Impact& impact, Json starts, Json graph) {
  Json experiments = Json::Array{};
  for (const auto& [name, group] : impact.experiments) {
    Json by_status = Json::Object{};
    for (const auto& [status, count] : group.by_status) by_status.Set(status, count);
    experiments.Append(Json()
                           .Set("name", name)
                           .Set("runs", group.count)
                           .Set("by_status", std::move(by_status))
                           .Set("newest_run", group.newest->id.ToString()));
  }
  Json models = Json::Array{};
  for (const tracker::RegisteredModel& model : impact.models) {
    models.Append(Json()
                      .Set("name", model.version.name)
                      .Set("version", model.version.version)
                      .Set("stage", model.stage()));
  }
  Json counts = Json::Object{};
  for (const NodeSort sort :
       {NodeSort::kRun, NodeSort::kArtifact, NodeSort::kCode, NodeSort::kEnvironment,
        NodeSort::kLibrary, NodeSort::kModel, NodeSort::kCommit}) {
    const auto found = impact.counts.find(sort);
    counts.Set(std::string(lineage::NodeSortName(sort)),
               found == impact.counts.end() ? 0 : found->second);
  }
  return std::move(graph)
      .Set("from", std::move(starts))
      .Set("counts", std::move(counts))
      .Set("experiments", std::move(experiments))
      .Set("models", std::move(models));
}

// How many there are of what was asked for: without --kind of runs and artifacts.
std::string CountsOf(const Impact& impact, std::vector<NodeSort> sorts) {
  if (sorts.empty()) sorts = {NodeSort::kRun, NodeSort::kArtifact};
  std::string text;
  for (std::size_t i = 0; i < sorts.size(); ++i) {
    const auto found = impact.counts.find(sorts[i]);
    const std::uint64_t count = found == impact.counts.end() ? 0 : found->second;
    if (i > 0) text += i + 1 == sorts.size() ? " and " : ", ";
    text += Counted(count, std::string(lineage::NodeSortName(sorts[i])));
  }
  return text;
}

// `counts`: how much `ref` touches.
void Print(const Impact& impact, const std::string& ref, const std::string& counts,
           bool wants_models, std::ostream& out) {
  out << Printable(ref) << " touches " << counts << "\n";
  if (impact.models.empty()) {
    if (wants_models) out << "no registered model\n";
  } else {
    for (const tracker::RegisteredModel& model : impact.models) {
      out << "model  " << model.Name() << ", " << model.stage() << "\n";
    }
  }
  if (impact.experiments.empty()) return;
  out << "\n";
  Table table({"EXPERIMENT", ">RUNS", "STATUS", "NEWEST"});
  for (const auto& [name, group] : impact.experiments) {
    std::string statuses;
    for (const auto& [status, runs] : group.by_status) {
      statuses += (statuses.empty() ? "" : ", ") + std::to_string(runs) + " " + status;
    }
    table.Add({Printable(name), std::to_string(group.count), statuses,
               group.newest->name + "  " + group.newest->id.ToString()});
  }
  table.Print(out);
  if (impact.unknown_runs > 0) {
    out << "and " << Counted(impact.unknown_runs, "run") << " that this store does not have\n";
  }
}

// In words, without keeping what is counted.
Result<void> CountImpact(tracker::Store& store, const std::string& ref, const LineageStarts& starts,
                         const LineageFilters& filters, Context& context) {
  Gatherer gatherer(store.catalog());
  std::size_t nodes = 0;
  lineage::GraphSummary summary;
  if (starts.uses.has_value() && !starts.uses->uses.empty()) {
    REPRISE_ASSIGN_OR_RETURN(lineage::GraphAnswer answer,
                             AskFrom(store, starts, filters, lineage::Direction::kDown));
    nodes = answer.nodes.size();
    REPRISE_TRY(gatherer.Add(std::span(answer.nodes).subspan(starts.nodes.size())));
    nodes -= starts.nodes.size();
    summary.is_cut = answer.is_cut;
    summary.cycle = std::move(answer.cycle);
    summary.partial = std::move(answer.partial);
  } else {
    REPRISE_ASSIGN_OR_RETURN(
        summary,
        lineage::AskForNodes(store.catalog(),
                             QuestionOf(store, filters, starts.nodes, lineage::Direction::kDown),
                             [&](std::span<const lineage::GraphNode> part) {
                               nodes += part.size();
                               return gatherer.Add(part);
                             }));
  }
  REPRISE_TRY(tracker::AddPartialFoldersAround(store, starts.nodes, summary.partial));
  WarnOfCycle(context, summary.cycle);
  WarnOfCut(context, filters, summary.is_cut, starts.nodes.size() + nodes);
  WarnOfPartial(context, summary.partial);
  REPRISE_ASSIGN_OR_RETURN(const Impact impact, gatherer.Finish());
  Print(impact, ref, CountsOf(impact, filters.sorts),
        lineage::Includes(filters.sorts, NodeSort::kModel), context.out);
  return {};
}

// As a graph: that of `lineage down`, and under json what it comes to.
Result<void> ShowImpact(tracker::Store& store, const LineageStarts& starts,
                        const LineageFilters& filters, const std::string& format,
                        Context& context) {
  REPRISE_ASSIGN_OR_RETURN(lineage::GraphAnswer answer,
                           AskFrom(store, starts, filters, lineage::Direction::kDown));
  REPRISE_TRY(tracker::AddPartialFoldersAround(store, starts.nodes, answer.partial));
  WarnOfCycle(context, answer.cycle);
  WarnOfCut(context, filters, answer.is_cut, answer.nodes.size());
  WarnOfPartial(context, answer.partial);
  const tracker::LabelOptions labels{.direction = lineage::Direction::kDown};
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled,
                           tracker::LabelAnswer(store, answer, labels));
  if (format != "json") {
    context.out << RenderFor(context, labelled, format, lineage::Direction::kDown);
    return {};
  }
  Gatherer gatherer(store.catalog());
  REPRISE_TRY(gatherer.Add(std::span(answer.nodes).subspan(starts.nodes.size())));
  REPRISE_ASSIGN_OR_RETURN(const Impact impact, gatherer.Finish());
  context.PrintJson(ToJson(impact, IdsToJson(starts.nodes),
                           lineage::RenderJson(labelled)
                               .Set("partial", IdsToJson(answer.partial))
                               .Set("truncated", answer.is_cut)));
  return {};
}

// The runs and tables behind a column, and the models that those tables were registered as.
Result<std::vector<lineage::GraphNode>> NodesBehind(const storage::Catalog& catalog,
                                                    const tracker::ColumnGraph& graph) {
  std::set<NodeId> runs;
  std::set<NodeId> tables;
  for (const tracker::ColumnEdge& edge : graph.edges) {
    if (edge.run.has_value()) runs.insert(NodeId::Run(*edge.run));
  }
  for (const tracker::ColumnNode& column : graph.nodes) {
    if (column.content != graph.nodes.front().content) {
      tables.insert(NodeId::Artifact(column.content));
    }
  }
  lineage::GraphQuestion models;
  models.starts.assign(tables.begin(), tables.end());
  models.direction = lineage::Direction::kDown;
  models.depth_max = 1;
  models.sorts = {NodeSort::kModel};
  REPRISE_ASSIGN_OR_RETURN(const lineage::GraphAnswer answer, lineage::Ask(catalog, models));
  std::vector<lineage::GraphNode> nodes;
  nodes.reserve(runs.size() + answer.nodes.size());
  for (const NodeId& run : runs) nodes.push_back({run, NodeSort::kRun});
  for (const NodeId& table : tables) nodes.push_back({table, NodeSort::kArtifact});
  nodes.insert(nodes.end(), answer.nodes.begin() + static_cast<std::ptrdiff_t>(tables.size()),
               answer.nodes.end());
  return nodes;
}

Result<int> TellColumnImpact(tracker::Store& store, const std::string& ref,
                             const tracker::ColumnNode& column, const LineageFilters& filters,
                             const std::string& format, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::ColumnGraph graph,
      TraceFiltered(store, context, column, filters, lineage::Direction::kDown));
  if (format != "text" && format != "json") {
    context.out << RenderFor(context, tracker::RenderedColumns(graph), format,
                             lineage::Direction::kDown);
    return ToldStatus(store);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto nodes, NodesBehind(store.catalog(), graph));
  Gatherer gatherer(store.catalog());
  REPRISE_TRY(gatherer.Add(nodes));
  REPRISE_ASSIGN_OR_RETURN(const Impact impact, gatherer.Finish());
  if (format == "json") {
    Json from = Json::Array{};
    from.Append(column.ToString());
    context.PrintJson(ToJson(impact, std::move(from),
                             tracker::ColumnGraphToJson(graph).Set("partial", Json::Array{})));
  } else {
    Print(impact, ref,
          Counted(graph.nodes.size() - 1, "column") + ", in " +
              CountsOf(impact, {NodeSort::kRun, NodeSort::kArtifact}),
          true, context.out);
  }
  return ToldStatus(store);
}

Result<int> TellImpact(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(LineageFilters filters, ReadLineageFilters(args));
  filters.only_of_accepted = true;
  REPRISE_ASSIGN_OR_RETURN(const std::string format, ReadFormat(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto column, ColumnOf(*store, context, ref));
  if (column.has_value()) {
    return TellColumnImpact(*store, ref, *column, filters, format, context);
  }
  REPRISE_ASSIGN_OR_RETURN(const LineageStarts starts, FindStarts(*store, context, ref));
  if (format == "text") {
    REPRISE_TRY(CountImpact(*store, ref, starts, filters, context));
  } else {
    REPRISE_TRY(ShowImpact(*store, starts, filters, format, context));
  }
  return ToldStatus(*store, context, starts);
}

}  // namespace

Command LineageImpactCommand() {
  Command command{"lineage impact", "Which runs and registered models something has touched.",
                  "REF [--kind KIND]… [--where EXPR] [--since TIME] [--depth N] [--limit N] "
                  "[--format text|json|dot|svg|mermaid]"};
  command.examples = {
      {"reprise lineage impact raw.csv", "what to make again when the data was wrong"},
      {"reprise lineage impact 'raw.csv#age'", "when one column of it was wrong"},
      {"reprise lineage impact 4f1c2ab", "what a faulty commit has touched"},
      {"reprise lineage impact /usr/lib/x86_64-linux-gnu/libcrypto.so.3 "
       "--since 7d",
       "and a faulty library, this week"}};
  command.details =
      LineageFiltersHelp() +
      "\n\nWith --where or --since neither runs that they leave out nor what these alone made is "
      "touched. A picture shows what is counted, as `reprise lineage down` does; json has that "
      "graph and what it comes to.";
  TakeRef(command);
  AddLineageFilters(command);
  AddLineageLimit(command);
  AddFormatOption(command);
  command.run = TellImpact;
  return command;
}

}  // namespace reprise::cli
