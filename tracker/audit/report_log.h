// What the report says of the log: its entries, what came after a checkpoint that the reader kept,
// what was erased, and how all of it is checked.

#pragma once

#include "storage/base/result.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// What happened after the checkpoint that the reader kept; nothing where the bundle begins from
// none.
void WriteSince(const BundleContent& content, HtmlWriter& page);

// What is not in the store any more, and why; nothing where nothing was erased.
// Errors: kCorruption  the document of an erasure cannot be read.
Result<void> WriteErasures(const BundleContent& content, HtmlWriter& page);

// The log's state and key, who else confirmed it, and every entry that belongs to the bundle.
void WriteLedger(const BundleContent& content, HtmlWriter& page);

void WriteChecking(HtmlWriter& page);

}  // namespace reprise::tracker
