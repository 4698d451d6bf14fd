#include "tracker/recorder/live_run.h"

#include <algorithm>

#include "lineage/artifact.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/log_text.h"
#include "tracker/recorder/metric_store.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/started_run.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

// What could not be read is left out: sealing will say so in the record.
std::vector<lineage::ArtifactUse> UsesOf(const std::vector<v1::Artifact>& artifacts,
                                         const std::string& project_folder) {
  std::vector<lineage::ArtifactUse> uses;
  for (const v1::Artifact& artifact : artifacts) {
    auto use = UseOf(artifact, project_folder);
    if (use.ok()) uses.push_back(*std::move(use));
  }
  std::ranges::sort(uses, lineage::ArtifactUseBefore);
  return uses;
}

void FillRecord(const RunFacts& facts, lineage::RunRecord& record) {
  record.tags = facts.tags;
  record.notes = facts.notes;
  record.warnings = facts.warnings;
  record.outputs = UsesOf(facts.outputs, facts.started.project_folder());
  for (const auto& told : facts.evidence) {
    auto use = UseOf(told.artifact(), facts.started.project_folder());
    if (use.ok()) record.evidence.push_back({told.kind(), *std::move(use)});
  }
  if (!facts.code.has_value()) return;
  if (auto host = ParseJson(facts.code->host()); host.ok()) record.host = *std::move(host);
}

lineage::Recipe RecipeOf(const RunFacts& facts) {
  lineage::Recipe recipe = StartedRecipe(facts.started);
  recipe.parameters = facts.params;
  recipe.inputs = UsesOf(facts.inputs, facts.started.project_folder());
  return recipe;
}

}  // namespace

Result<LiveRun> ReadLiveRun(FileSystem& files, const std::string& store_folder, const Ulid& id) {
  const std::string folder = StorePaths(store_folder).session(id);
  // Opened once: the run may be adopted, and its folder removed, at any time.
  REPRISE_ASSIGN_OR_RETURN(const JournalReader journal, JournalReader::Open(files, folder));
  REPRISE_ASSIGN_OR_RETURN(const RunFacts facts, GatherRunFacts(journal.FromStart()));
  LiveRun live;
  live.run.record = StartedRecord(facts.started, id);
  FillRecord(facts, live.run.record);
  REPRISE_ASSIGN_OR_RETURN(const auto report, ReadExitReport(files, folder));
  if (report.has_value() && !report->is_torn) ApplyExitReport(*report, live.run.record);
  live.run.recipe = RecipeOf(facts);
  live.run.tags = facts.tags;
  for (const std::string& note : facts.notes) {
    live.run.notes.push_back({live.run.record.started_at_unix_ms, live.run.record.actor, note});
  }
  REPRISE_ASSIGN_OR_RETURN(live.log_text, ReadLogText(LogText(journal.FromStart())));
  const auto take = [&](const std::string& key, SeriesMerge& points) -> Result<void> {
    lineage::MetricSummary& summary = live.run.record.metrics[key] = EmptySummary();
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const auto point, points.Next());
      if (!point.has_value()) return {};
      AddToSummary(*point, summary);
      live.series[key].push_back(*point);
    }
  };
  REPRISE_TRY(ForEachSeries(journal, facts.series_blocks, take));
  return live;
}

}  // namespace reprise::tracker
