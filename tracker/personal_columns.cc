#include "tracker/personal_columns.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lineage/capture/project_settings.h"
#include "storage/tree.h"

namespace reprise::tracker {
namespace {

Result<std::optional<RunColumnSettings>> AbsentIfDamaged(const Error& error) {
  if (error.code == ErrorCode::kIoError) return error;
  return std::optional<RunColumnSettings>();
}

}  // namespace

Result<std::optional<RunColumnSettings>> ColumnSettingsOf(Store& store, const StoredRun& run) {
  if (!run.code.has_value()) return std::optional<RunColumnSettings>();
  const auto entry =
      storage::FindInTree(store.objects(), run.code->tree, capture::kProjectSettingsName);
  if (!entry.ok()) return AbsentIfDamaged(entry.error());
  if (entry->kind != FileKind::kFile || entry->size_bytes > capture::kProjectSettingsBytesMax) {
    return std::optional<RunColumnSettings>();
  }
  const auto text = store.objects().Get(entry->digest);
  if (!text.ok()) return AbsentIfDamaged(text.error());
  auto settings = capture::ParseProjectSettings(*text);
  if (!settings.ok()) return std::optional<RunColumnSettings>();
  RunColumnSettings found{.digest = entry->digest, .columns = {}};
  found.columns.columns = std::move(settings->columns);
  return std::optional(std::move(found));
}

lineage::IsPersonal PersonalInAny(const std::vector<ColumnSettings>& all) {
  ColumnSettings joined;
  for (const ColumnSettings& settings : all) {
    for (const capture::WrittenColumn& column : settings.columns) {
      if (std::ranges::find(column.tags, kPersonalTag) == column.tags.end()) continue;
      joined.columns.push_back(column);
    }
  }
  if (joined.columns.empty()) return nullptr;
  return [joined = std::move(joined)](const std::string& column) {
    return joined.IsPersonal(column, {});
  };
}

}  // namespace reprise::tracker
