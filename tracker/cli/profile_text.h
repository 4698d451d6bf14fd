// The profile of a table as `show` tells it.

#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "lineage/profile/profile.h"
#include "storage/base/json.h"
#include "tracker/cli/command.h"
#include "tracker/column_settings.h"

namespace reprise::cli {

// What is known of an artifact as a table.
struct ShownProfile {
  std::optional<lineage::Profile> profile;
  std::string why_not;                         // A sentence; empty: it is no table.
  std::vector<std::vector<std::string>> tags;  // Of each column.
};

// The stored profile of `digest`, which is known by `paths`, or one made now, if one of them says
// that it is a table.  Values of columns that are tagged as personal data now are taken out.
Result<ShownProfile> ProfileToShow(tracker::Store& store, const Context& context,
                                   const Digest& digest, std::optional<std::uint64_t> size_bytes,
                                   const std::vector<std::string>& paths);

void PrintProfile(const ShownProfile& shown, const Context& context);
// {"rows", "columns": [...], …}, or null.
Json ProfileToJson(const ShownProfile& shown);

}  // namespace reprise::cli
