// Differences without the values of columns of personal data.
//
// Works on what CompareContent() gives, as JSON, so that what is stored already is treated as what
// is new.  Names (of columns that both have, of members of archives, of files), places and counts
// stay.
//
// Thread-safety: pure functions.

#pragma once

#include <functional>
#include <string>

#include "lineage/compare/content_difference.h"
#include "storage/base/json.h"

namespace reprise::lineage {

// Whether single values of the column must not be told: it is tagged as personal data.
using IsPersonal = std::function<bool(const std::string& column)>;

// `difference`, a JSON object as ContentDifferenceToJson() writes it, without values that may be
// those of a personal column.  Only tables with a header tell of which column a value is: of these
// the values of other columns stay, and of text, JSON, arrays and bytes none do.  Names go that may
// be values: paths in JSON, and columns where the two sides name them otherwise, as a table without
// a header does whose first row was taken for one; then none of its values stay.  What has no such
// values, or has lost them already, is returned as it is.  Of a kind that is not known nothing but
// the kind stays; null stays null.
Json WithholdValues(const Json& difference, const IsPersonal& is_personal);
ContentDifference WithholdValues(const ContentDifference& difference,
                                 const IsPersonal& is_personal);

}  // namespace reprise::lineage
