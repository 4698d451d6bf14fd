// Which documents of the ledger tell values of data that a bundle must not: those that were made
// before a column was tagged, or, in a bundle without what data holds, any that tell some.
//
// Thread-safety: pure functions; the first as one thread uses a store.

#pragma once

#include <string_view>

#include "lineage/compare/withheld_values.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// The columns that are personal by `today`, or were by the settings of any run of the bundle; null
// where none are.  Errors: kIoError.
Result<lineage::IsPersonal> PersonalInBundle(Store& store, const ColumnSettings& today,
                                             const BundleContent& content);

// Whether a verdict tells values of outputs that may be personal or, with `of_any_column`, any.
// One that cannot be read does not.
bool VerdictTellsValues(std::string_view document, bool of_any_column,
                        const lineage::IsPersonal& is_personal);

// Whether a profile tells values of a column that is personal, of whatever table.
bool ProfileTellsValues(std::string_view document, const lineage::IsPersonal& is_personal);

}  // namespace reprise::tracker
