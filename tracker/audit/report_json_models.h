// What report.json and the tables in data/ say of models.  docs/formats/bundle.md.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <vector>

#include "storage/base/json.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// Members of report.json.
Json ModelsToJson(const BundleContent& content);
Json KeysToJson(const BundleContent& content);
Json PoliciesToJson(const BundleContent& content);

// data/approvals.csv, evidence.csv, inventory.csv and promotions.csv: the cells of the above.
std::vector<BundleFile> ModelTables(const BundleContent& content);

// attest/, policy/, evidence/ and keys/people/.
std::vector<BundleFile> GovernanceFiles(const BundleContent& content);
// Where a piece of evidence lies in the bundle.
std::string EvidencePath(const Digest& digest);

// What the bundle does not prove of models; nothing where there are none.
void AddLimitsOfModels(const BundleContent& content, std::vector<std::string>& limits);

}  // namespace reprise::tracker
