#include "lineage/compare/inflate.h"

#include <memory>

#include "lineage/compare/content_difference.h"

namespace reprise::lineage {

Result<NextPart> OpenDeflated(const ContentSource& source, DeflateForm form) {
  // Shared only because a std::function is copied.
  const auto cursor = std::make_shared<ContentCursor>(source);
  const auto stream =
      std::make_shared<storage::InflateStream>(form, [cursor] { return cursor->Next(); });
  return NextPart([stream](std::string& out) { return stream->Next(kCompareBlockBytes, out); });
}

Result<std::optional<std::uint64_t>> MeasureExpanded(const ContentSource& source,
                                                     DeflateForm form) {
  REPRISE_ASSIGN_OR_RETURN(const NextPart next, OpenDeflated(source, form));
  std::uint64_t size_bytes = 0;
  for (std::string part;; part.clear()) {
    const auto more = next(part);
    if (!more.ok() && more.error().code != ErrorCode::kCorruption) return more.error();
    size_bytes += part.size();
    if (!more.ok() || size_bytes > kExpandedBytesMax) return std::optional<std::uint64_t>();
    if (!*more) return std::optional(size_bytes);
  }
}

}  // namespace reprise::lineage
