// The report's answers to the requirements that were asked for.

#pragma once

#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// A section of a table for each template and model; where none was asked for, how to ask.
void WriteRequirements(const BundleContent& content, HtmlWriter& page);

}  // namespace reprise::tracker
