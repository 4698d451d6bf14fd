#include <algorithm>
#include <utility>

#include "lineage/folder_members.h"
#include "lineage/holders.h"
#include "lineage/package.h"
#include "storage/base/text_value.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_columns.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_output.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/closure_search.h"
#include "tracker/listed_run.h"

namespace reprise::cli {
namespace {

constexpr std::int64_t kDefaultLimit = 100;

struct Answer {
  tracker::ArtifactFacts facts;
  lineage::Holders holders;
  tracker::ClosureUses closures;           // Of what nothing else knows.
  std::optional<lineage::NodeId> package;  // Of which there are holders alone, and no bytes.
  std::map<Ulid, tracker::ListedRun> runs;
};

// Of the runs that are told, what lists know.
Result<void> FindRuns(const storage::Catalog& catalog, std::size_t limit, Answer& answer) {
  std::vector<Ulid> ids;
  const auto add = [&](const std::vector<lineage::Edge>& edges,
                       lineage::NodeId lineage::Edge::*end) {
    for (std::size_t i = 0; i < std::min(edges.size(), limit); ++i) {
      ids.push_back((edges[i].*end).run);
    }
  };
  add(answer.facts.produced_by, &lineage::Edge::from);
  add(answer.facts.used_by, &lineage::Edge::to);
  for (const lineage::Holder& holder : answer.holders.holders) {
    for (const lineage::NodeId& run : holder.newest_runs) ids.push_back(run.run);
  }
  for (const tracker::ClosureUse& use : answer.closures.uses) ids.push_back(use.run);
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  REPRISE_ASSIGN_OR_RETURN(answer.runs, tracker::FindListedRuns(catalog, ids));
  return {};
}

// Keeps of `items` those whose run `accepts` accepts, if it is given; their order may change.
template <typename Item, typename RunOf>
Result<void> KeepAccepted(const lineage::AcceptRuns& accepts, RunOf run_of,
                          std::vector<Item>& items) {
  if (accepts == nullptr) return {};
  std::vector<lineage::NodeId> runs;
  runs.reserve(items.size());
  for (const Item& item : items) runs.push_back(run_of(item));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> accepted, accepts(runs));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (accepted[i]) std::swap(items[kept++], items[i]);
  }
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(kept), items.end());
  return {};
}

std::string Describe(const Answer& answer, const Ulid& id) {
  const auto run = answer.runs.find(id);
  if (run == answer.runs.end()) return id.ToString();
  return run->second.name + " (" + run->second.experiment + ", " + id.ToString() + ")";
}

std::string HolderName(const lineage::Holder& holder) {
  return holder.node.kind == lineage::NodeId::Kind::kCode ? "code" : "environment";
}

Json ToJson(const Answer& answer) {
  Json holders = Json::Array{};
  for (const lineage::Holder& holder : answer.holders.holders) {
    Json runs = Json::Array{};
    for (const lineage::NodeId& run : holder.newest_runs) runs.Append(run.ToString());
    holders.Append(Json()
                       .Set("kind", HolderName(holder))
                       .Set("digest", holder.node.artifact.ToString())
                       .Set("path", BytesToJson(holder.path))
                       .Set("runs", holder.run_count)
                       .Set("newest_runs", std::move(runs)));
  }
  Json files = Json::Array{};
  for (const tracker::ClosureUse& use : answer.closures.uses) {
    files.Append(Json()
                     .Set("run", use.run.ToString())
                     .Set("class", lineage::FileClassName(use.file_class))
                     .Set("path", BytesToJson(use.path)));
  }
  return Json()
      .Set("artifact",
           answer.package.has_value() ? Json() : tracker::ArtifactFactsToJson(answer.facts))
      .Set("package", answer.package.has_value() ? Json(answer.package->ToString()) : Json())
      .Set("part_of", std::move(holders))
      .Set("file_of", std::move(files))
      .Set("truncated", answer.holders.is_cut);
}

void PrintEdges(const Answer& answer, const std::vector<lineage::Edge>& edges,
                lineage::NodeId lineage::Edge::*end, const std::string& phrase, std::size_t limit,
                std::ostream& out) {
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (i == limit) {
      out << phrase << Counted(edges.size() - limit, "more run") << "\n";
      return;
    }
    out << phrase << Describe(answer, (edges[i].*end).run) << " as " << Printable(edges[i].path)
        << "\n";
  }
}

void PrintFacts(const tracker::Store& store, const Answer& answer, std::size_t limit,
                bool is_filtered, std::ostream& out) {
  const tracker::ArtifactFacts& facts = answer.facts;
  out << facts.digest.ToString() << "\n";
  PrintEdges(answer, facts.produced_by, &lineage::Edge::from, "produced by ", limit, out);
  if (facts.produced_by.empty() && is_filtered) {
    out << "produced by none of the runs that are asked for\n";
  } else if (facts.produced_by.empty()) {
    out << (store.may_lack_entries() ? "produced by no run that can be read\n"
                                     : "produced by no recorded run\n");
  }
  PrintEdges(answer, facts.used_by, &lineage::Edge::to, "used by     ", limit, out);
  for (const std::string& name : facts.names) out << "dataset     " << Printable(name) << "\n";
  PrintModels(facts, out);
}

void Print(const tracker::Store& store, const Answer& answer, std::size_t limit, bool is_filtered,
           std::ostream& out) {
  if (answer.package.has_value()) {
    out << answer.package->ToString() << "\n";
    if (answer.holders.holders.empty()) out << "part of none of the runs that are asked for\n";
  } else {
    PrintFacts(store, answer, limit, is_filtered, out);
  }
  for (const lineage::Holder& holder : answer.holders.holders) {
    out << "part of     " << HolderName(holder) << " "
        << ShortDigest(holder.node.artifact.ToString()) << " as " << Printable(holder.path)
        << ", of " << Counted(holder.run_count, "run") << ":\n";
    for (const lineage::NodeId& run : holder.newest_runs) {
      out << "              " << Describe(answer, run.run) << "\n";
    }
    if (holder.run_count > holder.newest_runs.size()) {
      out << "              and "
          << Counted(holder.run_count - holder.newest_runs.size(), "earlier run") << "\n";
    }
  }
  const std::vector<tracker::ClosureUse>& uses = answer.closures.uses;
  for (std::size_t i = 0; i < uses.size() && i < limit; ++i) {
    out << lineage::FileClassName(uses[i].file_class) << " file of "
        << Describe(answer, uses[i].run) << " as " << Printable(uses[i].path) << "\n";
  }
  if (uses.size() > limit) out << "and of " << Counted(uses.size() - limit, "more run") << "\n";
}

bool IsKnown(const Answer& answer) {
  return !answer.facts.produced_by.empty() || !answer.facts.used_by.empty();
}

// What the store knows of `artifact`; what no index knows may stand in the closures of runs.
// `accepts`: which runs are told; empty: all.
Result<Answer> GatherAnswer(tracker::Store& store, const tracker::ArtifactRef& artifact,
                            std::size_t limit, const lineage::AcceptRuns& accepts) {
  Answer answer;
  bool is_known = false;
  auto facts = tracker::GatherArtifactFacts(store, artifact);
  if (facts.ok()) {
    answer.facts = *std::move(facts);
    REPRISE_TRY(tracker::AddUsesWithinFolders(store, answer.facts));
    is_known = IsKnown(answer);
    REPRISE_TRY(KeepAccepted(
        accepts, [](const lineage::Edge& edge) { return edge.from; }, answer.facts.produced_by));
    REPRISE_TRY(KeepAccepted(
        accepts, [](const lineage::Edge& edge) { return edge.to; }, answer.facts.used_by));
    REPRISE_ASSIGN_OR_RETURN(
        answer.holders,
        lineage::HoldersOf(store.catalog(), lineage::NodeId::Artifact(artifact.digest), limit,
                           limit, accepts));
    is_known = is_known || !answer.holders.holders.empty();
    if (accepts != nullptr) {
      std::erase_if(answer.holders.holders,
                    [](const lineage::Holder& holder) { return holder.run_count == 0; });
    }
  } else {
    if (facts.error().code != ErrorCode::kNotFound) return facts.error();
    answer.facts.digest = artifact.digest;
    answer.facts.kind = "file";
  }
  if (!is_known) {
    REPRISE_ASSIGN_OR_RETURN(answer.closures, tracker::FindInClosures(store, artifact.digest));
    REPRISE_TRY(KeepAccepted(
        accepts, [](const tracker::ClosureUse& use) { return lineage::NodeId::Run(use.run); },
        answer.closures.uses));
    if (!facts.ok() && answer.closures.uses.empty() && !answer.closures.is_cut)
      return facts.error();
  }
  REPRISE_TRY(FindRuns(store.catalog(), limit, answer));
  return answer;
}

// Of a Python or conda package, what environments have it; absent: `ref` is none that the store
// knows.
Result<std::optional<Answer>> GatherPackage(tracker::Store& store, const std::string& ref,
                                            std::size_t limit, const lineage::AcceptRuns& accepts) {
  const std::vector<lineage::NodeId> meant = lineage::PackagesMeant(ref);
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, lineage::FindNumbers(store.catalog(), meant));
  for (std::size_t i = 0; i < meant.size(); ++i) {
    if (!numbers[i].has_value()) continue;
    Answer answer;
    answer.package = meant[i];
    REPRISE_ASSIGN_OR_RETURN(answer.holders,
                             lineage::HoldersOf(store.catalog(), meant[i], limit, limit, accepts));
    std::erase_if(answer.holders.holders,
                  [](const lineage::Holder& holder) { return holder.run_count == 0; });
    REPRISE_TRY(FindRuns(store.catalog(), limit, answer));
    return std::optional(std::move(answer));
  }
  return std::optional<Answer>();
}

Result<Answer> AnswerFor(tracker::Store& store, const Context& context, const std::string& ref,
                         std::size_t limit, const lineage::AcceptRuns& accepts) {
  REPRISE_ASSIGN_OR_RETURN(auto package, GatherPackage(store, ref, limit, accepts));
  if (package.has_value()) return *std::move(package);
  const auto column = ColumnOf(store, context, ref);
  if (column.ok() && column->has_value()) {
    return Error{ErrorCode::kInvalidArgument, "whence tells of whole files; `reprise lineage up '" +
                                                  Printable(ref) +
                                                  "'` tells where a column came from"};
  }
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::ArtifactRef artifact,
      tracker::ResolveArtifact({.store = store, .working_directory = context.working_directory},
                               ref));
  return GatherAnswer(store, artifact, limit, accepts);
}

int StatusOf(const tracker::Store& store, const Answer& answer, std::size_t limit,
             const Context& context) {
  if (answer.holders.is_cut) {
    context.Warn("more than " + Counted(limit, "state") +
                 " of code and environments hold it; --limit N shows more");
  }
  if (!answer.closures.is_cut) return ToldStatus(store);
  context.Warn(tracker::SentenceOfCutSearch());
  return ExitStatus(ErrorCode::kCorruption);
}

Result<int> Whence(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "file"));
  const auto limit_given = args["limit"].as<std::int64_t>();
  if (limit_given < 1) {
    return Error{ErrorCode::kInvalidArgument, "--limit takes a number of runs, 1 or more"};
  }
  const auto limit = static_cast<std::size_t>(limit_given);
  // --limit means another thing here.
  LineageFilters filters;
  REPRISE_TRY(ReadRunFilters(args, filters));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  const auto accepts = AcceptsRunsOf(*store, filters);
  REPRISE_ASSIGN_OR_RETURN(const Answer answer, AnswerFor(*store, context, ref, limit, accepts));
  WarnOfPartial(context, answer.facts.unread_folders);
  if (context.global.json) {
    context.PrintJson(ToJson(answer));
  } else {
    Print(*store, answer, limit, accepts != nullptr, context.out);
  }
  return StatusOf(*store, answer, limit, context);
}

}  // namespace

Command WhenceCommand() {
  Command command{"whence", "Who made these bytes, and where else are they used.",
                  "FILE [--where EXPR] [--since TIME] [--limit N]"};
  command.examples = {
      {"reprise whence model.json", "the file is known by its content"},
      {"reprise whence images/cat.png", "also within a folder that a run used"},
      {"reprise whence src/train.py", "runs whose code held this file"},
      {"reprise whence /usr/lib/x86_64-linux-gnu/libcrypto.so.3", "runs that used a library"},
      {"reprise whence /usr/lib/python3.11/csv.py", "or a module of Python"},
      {"reprise whence numpy==1.24.2", "runs whose environment had a package"},
      {"reprise whence model.json --where 'experiment = credit' --since 7d",
       "of these runs alone"}};
  command.details =
      "What no run named, and no code or environment holds, is looked for among all files that the "
      "newest 1,000 traced runs used. Exit status 4: there are older ones, which may have used it.";
  TakeRef(command, "file");
  AddRunFilters(command);
  command.options.add_options()("limit", po::value<std::int64_t>()->default_value(kDefaultLimit),
                                "N: name at most so many runs in each place");
  command.run = Whence;
  return command;
}

}  // namespace reprise::cli
