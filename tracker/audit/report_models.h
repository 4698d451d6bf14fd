// What the report says of registered models: their cards, what was signed of them by whom, where
// they moved, and by which policies and keys.
//
// Cells are those of report.json.

#pragma once

#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_json.h"

namespace reprise::tracker {

// Moves that were ordered in an emergency, at the head of the report; nothing where there are none.
void WriteOverrides(const BundleContent& content, HtmlWriter& page);

// For each version: model and purpose, evidence, approvals, attestations, promotions.
void WriteModels(const BundleContent& content, HtmlWriter& page);

// Policies with their text, and the keys of people.
void WritePolicies(const BundleContent& content, HtmlWriter& page);

}  // namespace reprise::tracker
