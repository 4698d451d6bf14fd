// What is kept of tables once they have been recorded, and told of them: their profiles, and
// content that training data shares with the data by which the run was judged.
//
// None of it may fail what was recorded: problems are warnings.

#pragma once

#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "tracker/cli/command.h"
#include "tracker/profiles.h"

namespace reprise::cli {

// Profiles them (tracker/profiles.h).
void RecordTables(const std::vector<tracker::TableFile>& tables, const Context& context);

// Likewise those among `uses`, and of the adopted run `id`, that have no profile.
void RecordTablesOf(const std::vector<lineage::ArtifactUse>& uses, const Context& context);
void RecordTablesOfRun(const std::string& id, const Context& context);

// Warns if inputs of different roles share content, as far as that is found quickly.
void WarnOfLeaks(const tracker::StoredRun& run, const Context& context);

}  // namespace reprise::cli
