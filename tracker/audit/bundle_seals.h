// What a bundle says of the log's keys and of what others said of its checkpoints: how one key
// followed another, cosignatures of witnesses, time stamps.  docs/formats/bundle.md, seals.md.

#pragma once

#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// Fills the members of `content` for it, whose checkpoint must be there already, and adds proofs of
// the entries that changed the key.
// Errors: kCorruption  what is kept cannot be read, or is not of this log.
Result<void> GatherSeals(Store& store, BundleContent& content);

// The files log/seals/… and keys/… for it.
Result<std::vector<BundleFile>> SealFiles(const BundleContent& content);

// Members of "ledger" in report.json.
Json KeyChangesToJson(const BundleContent& content);
Json SealsToJson(const BundleContent& content);

// The tables in the report for people; nothing where there is nothing.
void WriteSeals(const BundleContent& content, HtmlWriter& page);

}  // namespace reprise::tracker
