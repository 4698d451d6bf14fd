// Content that is compressed by deflate (RFC 1951), expanded while it is read.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lineage/compare/content_source.h"
#include "storage/zlib/inflate_stream.h"

namespace reprise::lineage {

using storage::DeflateForm;

// Starts expanding `source`, which must outlive the result.  Where the data are damaged or cut
// short, NextPart fails with kCorruption.
Result<NextPart> OpenDeflated(const ContentSource& source, DeflateForm form);

// The expanded size; absent where the data are damaged, or longer than kExpandedBytesMax.
// Errors: those of `source`.
Result<std::optional<std::uint64_t>> MeasureExpanded(const ContentSource& source, DeflateForm form);

}  // namespace reprise::lineage
