// What the report says of the data that a run read.

#pragma once

#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// Each input with its licence, its tags and what its columns hold; of the runs upstream, the data
// that no run of the bundle wrote.
void WriteData(const BundleContent& content, const StoredRun& run, HtmlWriter& page);
void WriteDataUpstream(const BundleContent& content, HtmlWriter& page);

// What the model card says of the input at `path`; nullptr when it says nothing.
const lineage::CardData* CardDataOf(const BundleContent& content, const StoredRun& run,
                                    const std::string& path);

}  // namespace reprise::tracker
