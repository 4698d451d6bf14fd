// The report for people: one HTML page with its styles and its drawing in it, without script, so
// that it can be read and printed anywhere.

#pragma once

#include <string>

#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

// Errors: kCorruption  a document that it shows is malformed.
Result<std::string> ReportHtml(const BundleContent& content);

}  // namespace reprise::tracker
