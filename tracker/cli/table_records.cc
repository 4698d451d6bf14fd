#include "tracker/cli/table_records.h"

#include <algorithm>
#include <functional>
#include <set>

#include "lineage/table/header.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/leak.h"

namespace reprise::cli {
namespace {

// Bounds for what is looked at while somebody waits for the end of a run.
constexpr std::uint64_t kWaitedTableBytesMax = 32U << 20;
constexpr std::size_t kWaitedFilesMax = 2000;

Result<void> Record(const Context& context, tracker::Store& store,
                    const std::vector<tracker::TableFile>& tables) {
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(const tracker::ColumnSettings settings,
                           tracker::LoadColumnSettings(context.files, project));
  REPRISE_TRY(tracker::RecordProfiles(store, settings, tables,
                                      [] { return StopSignals::Received() != 0; }));
  return {};
}

using Tables = std::vector<tracker::TableFile>;

// Profiles the tables that `find` finds in the store.
void RecordFound(const Context& context,
                 const std::function<Result<Tables>(tracker::Store& store)>& find) {
  const auto record = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
    REPRISE_ASSIGN_OR_RETURN(const Tables tables, find(*store));
    return Record(context, *store, tables);
  };
  if (const auto recorded = record(); !recorded.ok()) {
    context.Warn("warning: the tables could not be profiled: " + recorded.error().message);
  }
}

bool MayBeTables(const lineage::ArtifactUse& use) {
  return use.kind == lineage::ArtifactKind::kFolder || lineage::IsTableName(use.path);
}

// Whether two of `inputs` may have different roles; only a look into a folder tells of its files.
bool MayHaveTwoRoles(const std::vector<lineage::ArtifactUse>& inputs) {
  std::set<tracker::SplitRole> roles;
  for (const lineage::ArtifactUse& use : inputs) {
    const auto role = use.role.empty() ? tracker::SplitRoleOfPath(use.path)
                                       : std::optional(tracker::GivenRole(use.role));
    if (role.has_value()) {
      roles.insert(*role);
    } else if (use.kind == lineage::ArtifactKind::kFolder && use.role.empty()) {
      return true;
    }
  }
  return roles.size() > 1;
}

}  // namespace

void RecordTables(const std::vector<tracker::TableFile>& tables, const Context& context) {
  if (tables.empty()) return;
  RecordFound(context, [&](tracker::Store&) -> Result<Tables> { return tables; });
}

void RecordTablesOf(const std::vector<lineage::ArtifactUse>& uses, const Context& context) {
  if (std::ranges::none_of(uses, MayBeTables)) return;
  RecordFound(context,
              [&](tracker::Store& store) { return tracker::TablesWithoutProfile(store, uses); });
}

void RecordTablesOfRun(const std::string& id, const Context& context) {
  RecordFound(context, [&](tracker::Store& store) -> Result<Tables> {
    REPRISE_ASSIGN_OR_RETURN(const Ulid run_id, Ulid::Parse(id));
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(run_id));
    return tracker::TablesOfRunWithoutProfile(store, run);
  });
}

void WarnOfLeaks(const tracker::StoredRun& run, const Context& context) {
  if (!run.recipe.has_value() || !MayHaveTwoRoles(run.recipe->inputs)) return;
  const auto find = [&]() -> Result<tracker::LeakReport> {
    REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
    return tracker::FindLeaks(
        store->objects(), run.recipe->inputs,
        {.ignored_columns = {},
         .table_bytes_max = kWaitedTableBytesMax,
         .files_max = kWaitedFilesMax,
         .sorting = {.is_cancelled = [] { return StopSignals::Received() != 0; }}});
  };
  const auto report = find();
  if (!report.ok()) {
    context.Warn("warning: whether inputs share content could not be checked: " +
                 report.error().message);
    return;
  }
  constexpr std::size_t kToldMax = 3;
  const std::vector<std::string> sentences = tracker::LeakSentences(*report);
  for (std::size_t i = 0; i < std::min(sentences.size(), kToldMax); ++i) {
    context.Warn("warning: " + sentences[i]);
  }
  const std::string told = "`reprise lineage leak " + run.record.name + "` tells all";
  if (!sentences.empty()) {
    context.Warn("warning: what the run was judged by may have been trained on; " + told);
  }
  // Formats that are never read are no news at the end of each run.
  if (!report->not_checked.empty()) {
    const std::size_t more = report->not_checked.size() - 1;
    context.Warn("warning: whether inputs share content was not fully checked: " +
                 report->not_checked.front() +
                 (more == 0 ? "" : ", and " + std::to_string(more) + " more") + "; " + told);
  }
}

}  // namespace reprise::cli
