// Evidence for a model in the report: drawn and as tables where it is JSON of a known type, as
// tables where it is other JSON or delimited text, else as text, or by name and digest alone.

#pragma once

#include <string>

#include "storage/base/json.h"
#include "tracker/audit/bundle_governance.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// `json` is the model in report.json, and `at` where it stands there.
void WriteEvidence(const BundleModel& model, const Json& json, const std::string& at,
                   HtmlWriter& page);

// The drawings of a piece of evidence of one of the types "reprise/…/v1" (docs/formats/checks.md);
// none where members are missing.
void WriteFiguresOf(const Json& evidence, HtmlWriter& page);

}  // namespace reprise::tracker
