#include "tracker/column_settings.h"

#include <algorithm>
#include <set>

#include "lineage/table/header.h"

namespace reprise::tracker {
namespace {

bool Names(const std::string& rule, const std::string& column,
           const std::vector<std::string>& paths) {
  if (rule == column) return true;  // Also where '#' is part of a column's own name.
  // A second column "email" is read as "email.2", and holds what the first one does.
  if (const auto repeated = lineage::RepeatedName(column)) {
    if (Names(rule, std::string(*repeated), paths)) return true;
  }
  if (!rule.ends_with("#" + column)) return false;
  if (paths.empty()) return true;
  const std::string file = rule.substr(0, rule.size() - column.size() - 1);
  return std::ranges::any_of(
      paths, [&](const std::string& path) { return path == file || path.ends_with("/" + file); });
}

}  // namespace

std::vector<std::string> ColumnSettings::TagsOf(const std::string& column,
                                                const std::vector<std::string>& paths) const {
  std::set<std::string> tags;
  for (const capture::WrittenColumn& rule : columns) {
    if (Names(rule.column, column, paths)) tags.insert(rule.tags.begin(), rule.tags.end());
  }
  return {tags.begin(), tags.end()};
}

bool ColumnSettings::IsPersonal(const std::string& column,
                                const std::vector<std::string>& paths) const {
  const std::vector<std::string> tags = TagsOf(column, paths);
  return std::ranges::find(tags, kPersonalTag) != tags.end();
}

Result<ColumnSettings> LoadColumnSettings(FileSystem& files, const std::string& project_folder) {
  ColumnSettings settings;
  const std::string path = JoinPath(project_folder, std::string(capture::kProjectSettingsName));
  const auto text = ReadFile(files, path, capture::kProjectSettingsBytesMax);
  if (!text.ok()) {
    if (text.error().code == ErrorCode::kNotFound) return settings;
    return text.error();
  }
  REPRISE_ASSIGN_OR_RETURN(const capture::ProjectSettings written,
                           capture::ParseProjectSettings(*text));
  settings.columns = written.columns;
  if (written.profile_mib_max.has_value()) {
    settings.profile_bytes_max = *written.profile_mib_max << 20;
  }
  return settings;
}

}  // namespace reprise::tracker
