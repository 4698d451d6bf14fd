// What the report says of a run that it is about: who ran what, with which parameters, inputs,
// outputs, code and environment, and what reruns of it gave.

#pragma once

#include <string>
#include <vector>

#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_json.h"

namespace reprise::tracker {

// "failed, exit status 1"
std::string OutcomeText(const lineage::RunRecord& record);

// All that concerns one run alone.  `verdicts` are those of the bundle.
// Errors: kCorruption  its environment's document cannot be read.  Those of drawing its metrics.
Result<void> WriteRun(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts,
                      const StoredRun& run, HtmlWriter& page);

}  // namespace reprise::tracker
