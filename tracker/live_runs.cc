#include "tracker/live_runs.h"

#include <algorithm>

#include "tracker/session.h"
#include "tracker/started_run.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

StoredRun FromStarted(const v1::SessionStarted& started, const Ulid& id) {
  StoredRun run;
  run.record = StartedRecord(started, id);
  run.tags = run.record.tags;
  run.recipe = StartedRecipe(started);
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

Result<StoredRun> GetEndedRun(Store& store, const Ulid& id) {
  auto stored = store.GetRun(id);
  if (stored.ok() || stored.error().code != ErrorCode::kNotFound) return stored;
  REPRISE_ASSIGN_OR_RETURN(const auto live, LiveRuns(store.files(), store.folder()));
  for (const StoredRun& run : live) {
    if (run.record.id != id) continue;
    return Error{ErrorCode::kNotFound, "the run " + run.record.name + " (" + id.ToString() +
                                           ") is still being recorded; try again when it has "
                                           "ended"};
  }
  return stored;
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
