// The report as data: report.json and the tables in data/.  docs/formats/bundle.md.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/base/json.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// A verdict about the bundle's run.
struct ReportedVerdict {
  const BundleEvent* event = nullptr;
  std::size_t number = 0;  // Of those of the bundle, from 0 on: its place in report.json.
  Json verdict;            // The document "reprise/verdict/v1"; null: it was left out.
};
// In the log's order.  Errors: kCorruption  a verdict's document cannot be read.
Result<std::vector<ReportedVerdict>> VerdictsOf(const BundleContent& content);

// What the bundle does not prove, as sentences.
std::vector<std::string> LimitsOf(const BundleContent& content);

Result<Json> ReportJson(const BundleContent& content);

// Files of the folder data/ (RFC 4180), by name.
std::vector<BundleFile> ReportTables(const BundleContent& content);

// The text of a cell: text as it is, numbers in their canonical form, null as nothing.
std::string CellText(const Json& value);

}  // namespace reprise::tracker
