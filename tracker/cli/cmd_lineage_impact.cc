#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "lineage/graph_query.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_starts.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"
#include "tracker/listed_run.h"
#include "tracker/models.h"

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

// Everything below the starts, which are not counted themselves.
Result<Impact> Gather(tracker::Store& store, const lineage::GraphAnswer& answer,
                      std::size_t start_count) {
  constexpr std::size_t kAtOnce = 10'000;  // Of the rows of runs, which are not all kept.
  Impact impact;
  std::vector<Ulid> ids;
  std::map<std::string, std::set<std::string>> models;  // Versions, by the model's name.
  const auto add_runs = [&]() -> Result<void> {
    std::ranges::sort(ids);
    REPRISE_ASSIGN_OR_RETURN(const auto runs, tracker::FindListedRuns(store.catalog(), ids));
    for (const auto& [id, run] : runs) AddRun(run, impact);
    impact.unknown_runs += ids.size() - runs.size();
    ids.clear();
    return {};
  };
  for (std::size_t i = start_count; i < answer.nodes.size(); ++i) {
    const lineage::GraphNode& node = answer.nodes[i];
    ++impact.counts[node.sort];
    if (node.sort == NodeSort::kModel) {
      models[node.id.name.substr(0, node.id.name.rfind('@'))].insert(node.id.name);
    }
    if (node.sort == NodeSort::kRun) ids.push_back(node.id.run);
    if (ids.size() == kAtOnce) REPRISE_TRY(add_runs());
  }
  REPRISE_TRY(add_runs());
  for (const auto& [name, touched] : models) {
    REPRISE_ASSIGN_OR_RETURN(auto versions, tracker::VersionsOfModel(store.catalog(), name));
    for (tracker::RegisteredModel& model : versions) {
      if (touched.contains(model.Name())) impact.models.push_back(std::move(model));
    }
  }
  return impact;
}

Json ToJson(const Impact& impact, const std::vector<NodeId>& starts, bool is_cut) {
  Json from = Json::Array{};
  for (const NodeId& start : starts) from.Append(start.ToString());
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
  for (const NodeSort sort : {NodeSort::kRun, NodeSort::kArtifact, NodeSort::kCode,
                              NodeSort::kEnvironment, NodeSort::kLibrary, NodeSort::kModel}) {
    const auto found = impact.counts.find(sort);
    counts.Set(std::string(lineage::NodeSortName(sort)),
               found == impact.counts.end() ? 0 : found->second);
  }
  return Json()
      .Set("from", std::move(from))
      .Set("counts", std::move(counts))
      .Set("experiments", std::move(experiments))
      .Set("models", std::move(models))
      .Set("truncated", is_cut);
}

void Print(const Impact& impact, const std::string& ref, std::ostream& out) {
  const auto count = [&](NodeSort sort) {
    const auto found = impact.counts.find(sort);
    return found == impact.counts.end() ? std::uint64_t{0} : found->second;
  };
  out << Printable(ref) << " touches " << Counted(count(NodeSort::kRun), "run") << " and "
      << Counted(count(NodeSort::kArtifact), "artifact") << "\n";
  if (impact.models.empty()) {
    out << "no registered model\n";
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

Result<int> TellImpact(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const LineageFilters filters, ReadLineageFilters(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const LineageStarts starts, FindStarts(*store, context, ref));
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::GraphAnswer answer,
      AskFrom(*store, starts, filters, lineage::Direction::kDown, /*nodes_only=*/true));
  WarnOfCycle(context, answer.cycle);
  WarnOfCut(context, answer, filters);
  REPRISE_ASSIGN_OR_RETURN(const Impact impact, Gather(*store, answer, starts.nodes.size()));
  if (context.global.json) {
    context.PrintJson(ToJson(impact, starts.nodes, answer.is_cut));
  } else {
    Print(impact, ref, context.out);
  }
  return ToldStatus(*store, context, starts);
}

}  // namespace

Command LineageImpactCommand() {
  Command command{"lineage impact", "Which runs and registered models something has touched.",
                  "REF [--kind KIND]… [--where EXPR] [--since TIME] [--depth N] [--limit N]"};
  command.examples = {
      {"reprise lineage impact raw.csv", "what to make again when the data was wrong"},
      {"reprise lineage impact 4f1c2ab", "what a faulty commit has touched"},
      {"reprise lineage impact /usr/lib/x86_64-linux-gnu/libcrypto.so.3 "
       "--since 2026-01-01",
       "and a faulty library, this year"}};
  command.details = LineageFiltersHelp();
  TakeRef(command);
  AddLineageFilters(command);
  command.run = TellImpact;
  return command;
}

}  // namespace reprise::cli
