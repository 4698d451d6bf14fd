#include "tracker/audit/told_values.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lineage/profile/profile.h"
#include "storage/base/json.h"
#include "tracker/personal_columns.h"

namespace reprise::tracker {

Result<lineage::IsPersonal> PersonalInBundle(Store& store, const ColumnSettings& today,
                                             const BundleContent& content) {
  std::vector<ColumnSettings> all = {today};
  for (const auto* const runs : {&content.runs, &content.upstream, &content.reruns}) {
    for (const StoredRun& run : *runs) {
      REPRISE_ASSIGN_OR_RETURN(auto settings, ColumnSettingsOf(store, run));
      if (settings.has_value()) all.push_back(std::move(settings->columns));
    }
  }
  return PersonalInAny(all);
}

bool VerdictTellsValues(std::string_view document, bool of_any_column,
                        const lineage::IsPersonal& is_personal) {
  if (!of_any_column && is_personal == nullptr) return false;
  const auto verdict = ParseJson(document);
  if (!verdict.ok()) return false;
  const auto outputs = verdict->GetArray("outputs");
  if (!outputs.ok()) return false;
  const auto may_not_be_told = [&](const std::string& column) {
    return of_any_column || is_personal(column);
  };
  return std::ranges::any_of(**outputs, [&](const Json& output) {
    const Json* const difference = output.Find("difference");
    return difference != nullptr &&
           lineage::WithholdValues(*difference, may_not_be_told) != *difference;
  });
}

bool ProfileTellsValues(std::string_view document, const lineage::IsPersonal& is_personal) {
  if (is_personal == nullptr) return false;
  const auto profile = lineage::DecodeProfile(document);
  if (!profile.ok()) return false;
  return std::ranges::any_of(profile->columns, [&](const lineage::ColumnProfile& column) {
    return !column.is_withheld && is_personal(column.name);
  });
}

}  // namespace reprise::tracker
