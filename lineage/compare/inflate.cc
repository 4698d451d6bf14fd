#include "lineage/compare/inflate.h"

#include <memory>

#include "lineage/compare/content_difference.h"

namespace reprise::lineage {

}
    is_open_ = true;
    return {};
  }

  Result<bool> Next(std::string& out) {
    const std::size_t begin = out.size();
    out.resize(begin + kCompareBlockBytes);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
    stream_.avail_out = kCompareBlockBytes;
    auto done = Fill();
    out.resize(begin + kCompareBlockBytes - stream_.avail_out);
    if (!done.ok()) return std::move(done).error();
    return out.size() > begin;
  }

 private:
  static Error Damaged() {
    return {ErrorCode::kCorruption, "compressed content is damaged or cut short"};
  }

  // Expands until the output is full or the content ends.
  Result<void> Fill() {
    while (stream_.avail_out > 0 && !is_at_end_) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_input, Refill());
      if (is_between_members_) {
        is_at_end_ = !has_input || form_ == DeflateForm::kRaw;
        if (is_at_end_) break;
        if (inflateReset(&stream_) != Z_OK) return Damaged();
        is_between_members_ = false;
      }
      if (!has_input) return Damaged();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        is_between_members_ = true;
      } else if (status != Z_OK) {
        return Damaged();
      }
    }
    return {};
  }

  Result<bool> Refill() {
    if (stream_.avail_in > 0) return true;
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan block, cursor_.Next());
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(block.data()));
    stream_.avail_in = static_cast<uInt>(block.size());
    return !block.empty();
  }

  ContentCursor cursor_;
  const DeflateForm form_;
  z_stream stream_{};
  bool is_open_ = false;
  bool is_between_members_ = false;  // The end of one was read.
  bool is_at_end_ = false;
};

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
