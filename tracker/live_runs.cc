#include "tracker/live_runs.h"

#include <algorithm>

#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

StoredRun FromStarted(const v1::SessionStarted& started, const Ulid& id) {
  StoredRun run;
  run.record.id = id;
  run.record.name = started.name();
  run.record.experiment = started.experiment();
  run.record.status = lineage::RunStatus::kRunning;
  run.record.started_at_unix_ms = started.started_at_unix_ms();
  run.record.actor = started.actor();
  for (const v1::Tag& tag : started.tags()) run.tags[tag.key()] = tag.value();
  run.record.tags = run.tags;
  lineage::Recipe recipe;
  for (const std::string& argument : started.arguments()) recipe.command.push_back(argument);
  recipe.working_directory = started.working_directory();
  run.recipe = std::move(recipe);
  return run;
}

}  // namespace

Result<std::vector<StoredRun>> LiveRuns(FileSystem& files, const std::string& store_folder) {
  std::vector<StoredRun> runs;
  REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files, store_folder));
  for (const Ulid& id : sessions) {
    bool sealed = false;
    std::optional<StoredRun> run;
    const auto scanned = ScanJournal(
        files, StorePaths(store_folder).session(id), [&](const v1::Frame& frame) -> Result<void> {
          if (frame.has_started() && frame.started().kind() == v1::SessionStarted::KIND_RUN) {
            run = FromStarted(frame.started(), id);
          }
          sealed = sealed || frame.has_sealed();
          return {};
        });
    // A session may be adopted and gone while we look: it is in the catalog then.
    if (scanned.ok() && run.has_value() && !sealed) runs.push_back(*std::move(run));
  }
  return runs;
}

Result<void> ForEachKnownRun(Store& store, const std::function<bool(ListedRun&&)>& visit) {
  REPRISE_ASSIGN_OR_RETURN(auto live, LiveRuns(store.files(), store.folder()));
  std::ranges::sort(live, {}, [](const StoredRun& run) { return run.record.id; });
  bool go_on = true;
  REPRISE_TRY(store.ForEachListedRun([&](ListedRun&& run) {
    while (go_on && !live.empty() && run.id < live.back().record.id) {
      go_on = visit(ListedRunOf(live.back()));
      live.pop_back();
    }
    go_on = go_on && visit(std::move(run));
    return go_on;
  }));
  for (; go_on && !live.empty(); live.pop_back()) go_on = visit(ListedRunOf(live.back()));
  return {};
}

}  // namespace reprise::tracker
