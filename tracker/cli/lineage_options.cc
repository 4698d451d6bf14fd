#include "tracker/cli/lineage_options.h"

#include <algorithm>

#include "lineage/query/parser.h"
#include "storage/base/clock.h"
#include "tracker/lineage_view.h"
#include "tracker/listed_run.h"

namespace reprise::cli {
namespace {

// The value of an option that is a number, `least` or more.
Result<std::optional<std::uint64_t>> Number(const po::variables_map& args, const std::string& name,
                                            std::int64_t least, const std::string& meaning) {
  if (args.count(name) == 0) return std::optional<std::uint64_t>();
  const auto number = args[name].as<std::int64_t>();
  if (number < least) {
    return Error{ErrorCode::kInvalidArgument,
                 "--" + name + " takes " + meaning + ", " + std::to_string(least) + " or more"};
  }
  return std::optional(static_cast<std::uint64_t>(number));
}

}  // namespace

void AddLineageFilters(Command& command) {
  command.options.add_options()("kind", po::value<std::vector<std::string>>(),
                                "KIND: show only nodes of this kind; may be given more than once");
  AddRunFilters(command);
  command.options.add_options()("depth", po::value<std::int64_t>(),
                                "N: at most so many edges away");
  command.choices["kind"] = {"run",         "artifact", "code", "commit",
                             "environment", "library",  "model"};
}

void AddRunFilters(Command& command) {
  auto add = command.options.add_options();
  add("where", po::value<std::string>(), "EXPR: show only these runs, as in `reprise runs`");
  add("since", po::value<std::string>(),
      "TIME: show only runs that started then or later; `7d`: in the last seven days");
}

void AddLineageLimit(Command& command) {
  command.options.add_options()("limit", po::value<std::int64_t>(),
                                "N: show at most so many nodes, the nearest ones");
}

std::string LineageFiltersHelp() {
  return "REF may also be a commit (7 digits or more), a registered model (NAME@VERSION), the "
         "digest or "
         "path of a library or of a file of the code, or a Python or conda package "
         "(`numpy==1.24.2`, `pkg:pypi/numpy@1.24.2`).\n\n"
         "--kind takes run, artifact, code, commit, environment, library or model. Nodes that the "
         "filters "
         "leave out are passed through: an edge `via` links the nodes on both sides of them. An "
         "environment is one node; --kind library shows what is in it, files and packages.\n\n"
         "Nothing is followed through an empty file or folder, which has nothing to do with others "
         "that are empty. Of folders with very many files not all are linked one by one; an answer "
         "that may lack something for that says so, under --json as `partial`.";
}

Result<void> ReadRunFilters(const po::variables_map& args, LineageFilters& filters) {
  if (const auto where = OptionalText(args, "where")) {
    REPRISE_ASSIGN_OR_RETURN(filters.where, tracker::RunFilter::Parse(*where));
  }
  if (const auto since = OptionalText(args, "since")) {
    auto time = lineage::query::ParseTimeOrAgo(*since, NowUnixMs());
    if (!time.ok()) return Annotate(std::move(time).error(), "--since takes a time");
    filters.since_unix_ms = *time;
  }
  return {};
}

Result<LineageFilters> ReadLineageFilters(const po::variables_map& args) {
  LineageFilters filters;
  for (const std::string& kind : Texts(args, "kind")) {
    const auto sort = lineage::ParseNodeSort(kind);
    if (!sort.has_value()) {
      return Error{
          ErrorCode::kInvalidArgument,
          "--kind takes run, artifact, code, commit, environment, library or model, and got '" +
              Printable(kind) + "'"};
    }
    filters.sorts.push_back(*sort);
  }
  REPRISE_TRY(ReadRunFilters(args, filters));
  REPRISE_ASSIGN_OR_RETURN(filters.depth_max, Number(args, "depth", 0, "a number of edges"));
  REPRISE_ASSIGN_OR_RETURN(filters.nodes_max, Number(args, "limit", 1, "a number of nodes"));
  return filters;
}

lineage::GraphQuestion QuestionOf(tracker::Store& store, const LineageFilters& filters,
                                  std::vector<lineage::NodeId> starts,
                                  lineage::Direction direction) {
  lineage::GraphQuestion question;
  if (filters.nodes_max.has_value()) {
    question.nodes_max = *filters.nodes_max - std::min(*filters.nodes_max, starts.size());
  }
  question.starts = std::move(starts);
  question.direction = direction;
  question.depth_max = filters.depth_max;
  question.sorts = filters.sorts;
  question.only_of_accepted = filters.only_of_accepted;
  question.accepts_runs = AcceptsRunsOf(store, filters);
  return question;
}

std::function<Result<std::vector<bool>>(std::span<const lineage::NodeId>)> AcceptsRunsOf(
    tracker::Store& store, const LineageFilters& filters) {
  if (!filters.where.has_value() && !filters.since_unix_ms.has_value()) return nullptr;
  return [&](std::span<const lineage::NodeId> nodes) -> Result<std::vector<bool>> {
    std::vector<Ulid> ids;
    ids.reserve(nodes.size());
    for (const lineage::NodeId& node : nodes) ids.push_back(node.run);
    std::ranges::sort(ids);
    REPRISE_ASSIGN_OR_RETURN(const auto runs, tracker::FindListedRuns(store.catalog(), ids));
    std::vector<bool> accepted;
    accepted.reserve(nodes.size());
    for (const lineage::NodeId& node : nodes) {
      const auto run = runs.find(node.run);
      accepted.push_back(run != runs.end() &&
                         (!filters.where.has_value() || filters.where->Matches(run->second)) &&
                         run->second.started_at_unix_ms >= filters.since_unix_ms.value_or(0));
    }
    return accepted;
  };
}

Result<std::vector<lineage::NodeId>> LineageNodes(tracker::Store& store, const Context& context,
                                                  const std::string& ref) {
  return tracker::ResolveNodes({.store = store, .working_directory = context.working_directory},
                               ref);
}

void WarnOfCut(const Context& context, const LineageFilters& filters, bool is_cut,
               std::size_t nodes_shown) {
  if (!is_cut) return;
  const bool is_limit = filters.nodes_max.has_value() && nodes_shown >= *filters.nodes_max;
  context.Warn(is_limit ? "there is more than the " + std::to_string(*filters.nodes_max) +
                              " nodes that --limit allows"
                        : "there are more links between the nodes that are shown than can be told; "
                          "show more kinds of nodes, or fewer nodes");
}

}  // namespace reprise::cli
