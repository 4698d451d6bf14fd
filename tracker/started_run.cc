#include "tracker/started_run.h"

#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

// The identifier of a run, as records name it; absent when there is none.
std::optional<std::string> RunIdText(const std::string& bytes) {
  if (bytes.size() != Ulid::kSizeBytes) return std::nullopt;
  return Ulid::FromBytes(AsBytes(bytes)).ToString();
}

}  // namespace

lineage::RunRecord StartedRecord(const v1::SessionStarted& started, const Ulid& id) {
  lineage::RunRecord record;
  record.id = id;
  record.status = lineage::RunStatus::kRunning;
  record.experiment = started.experiment();
  record.name = started.name();
  record.started_at_unix_ms = started.started_at_unix_ms();
  for (const v1::Tag& tag : started.tags()) record.tags[tag.key()] = tag.value();
  record.actor = started.actor();
  record.redacted = started.redacted();
  record.reproduces = RunIdText(started.reproduces());
  record.derived_from = RunIdText(started.derived_from());
  return record;
}

lineage::Recipe StartedRecipe(const v1::SessionStarted& started) {
  lineage::Recipe recipe;
  recipe.command.assign(started.arguments().begin(), started.arguments().end());
  recipe.working_directory = PathInProject(started.working_directory(), started.project_folder());
  return recipe;
}

}  // namespace reprise::tracker
