#include "lineage/holders.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "lineage/edge_keys.h"
#include "lineage/folder_members.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;
using storage::Space;
using Kind = NodeId::Kind;

// Fills in the runs of `holder`, whose number is `number`.
Result<void> AddRuns(const Catalog& catalog, NodeNumber number, std::size_t runs_max,
                     const AcceptRuns& accepts_runs, Holder& holder) {
  constexpr std::size_t kAtOnce = 4096;
  const EdgeKind kind =
      holder.node.kind == Kind::kCode ? EdgeKind::kCodeOf : EdgeKind::kEnvironmentOf;
  std::vector<NodeNumber> newest;   // Of all.
  std::vector<NodeNumber> waiting;  // To be accepted.
  bool damaged = false;
  std::optional<Error> failed;
  const auto settle = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto runs, FindNodes(catalog, waiting));
    waiting.clear();
    REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> accepted, accepts_runs(runs));
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (!accepted[i]) continue;
      ++holder.run_count;
      if (holder.newest_runs.size() < runs_max) holder.newest_runs.push_back(runs[i]);
    }
    return {};
  };
  REPRISE_TRY(catalog.Scan(
      Space::kEdge,
      {.prefix = EdgePrefix(kFromPart, number, kind), .from = std::nullopt, .reverse = true},
      [&](std::string_view key, std::string_view value) {
        const auto edge = ReadEdge(key, value);
        damaged = !edge.has_value();
        if (damaged) return false;
        if (accepts_runs != nullptr) {
          waiting.push_back(edge->to);
          if (waiting.size() < kAtOnce) return true;
          if (auto settled = settle(); !settled.ok()) failed = settled.error();
          return !failed.has_value();
        }
        ++holder.run_count;
        if (newest.size() < runs_max) newest.push_back(edge->to);
        return true;
      }));
  if (damaged) return MalformedRow();
  if (failed.has_value()) return *failed;
  if (accepts_runs != nullptr) return settle();
  REPRISE_ASSIGN_OR_RETURN(holder.newest_runs, FindNodes(catalog, newest));
  return {};
}

}  // namespace

Result<Holders> HoldersOf(const Catalog& catalog, const NodeId& member, std::size_t holders_max,
                          std::size_t runs_max, const AcceptRuns& accepts_runs) {
  Holders answer;
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog, {&member, 1}));
  if (!numbers.front().has_value()) return answer;
  std::vector<Member> around;
  for (const FolderRole role : {FolderRole::kCode, FolderRole::kEnvironment}) {
    REPRISE_ASSIGN_OR_RETURN(const auto found, FoldersAround(catalog, role).Find(*numbers.front()));
    std::ranges::copy_if(found, std::back_inserter(around),
                         [](const Member& folder) { return folder.kind != Kind::kArtifact; });
  }
  answer.is_cut = around.size() > holders_max;
  around.resize(std::min(around.size(), holders_max));
  std::vector<NodeNumber> ids;
  for (const Member& holder : around) ids.push_back(holder.number);
  REPRISE_ASSIGN_OR_RETURN(const auto nodes, FindNodes(catalog, ids));
  for (std::size_t i = 0; i < around.size(); ++i) {
    Holder& holder = answer.holders.emplace_back();
    holder.node = nodes[i];
    holder.path = around[i].path;
    REPRISE_TRY(AddRuns(catalog, around[i].number, runs_max, accepts_runs, holder));
  }
  return answer;
}

}  // namespace reprise::lineage
