// Which columns hold personal data, as a run's project said then and a project says today.
//
// Thread-safety: one thread at a time uses a store.

#pragma once

#include <optional>
#include <vector>

#include "lineage/compare/withheld_values.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/column_settings.h"
#include "tracker/store.h"

namespace reprise::tracker {

// The reprise.toml among the code of a run.
struct RunColumnSettings {
  Digest digest;
  ColumnSettings columns;
};

// Absent: there is none, or it is lost, damaged or malformed.  Errors: kIoError.
Result<std::optional<RunColumnSettings>> ColumnSettingsOf(Store& store, const StoredRun& run);

// Whether one of `all` tags a column of that name as personal, of whatever file; null where none
// tags any so.
lineage::IsPersonal PersonalInAny(const std::vector<ColumnSettings>& all);

}  // namespace reprise::tracker
