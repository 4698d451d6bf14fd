#include "storage/zstd/codec.h"

#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

namespace reprise::storage {
namespace {

struct Deleter {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

void SetParameter(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  REPRISE_ASSERT(!ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)));
}

}  // namespace

std::optional<ByteSpan> CompressZstd(ByteSpan raw, int level, std::size_t size_bytes_max) {
  thread_local const std::unique_ptr<ZSTD_CCtx, Deleter> context(ZSTD_createCCtx());
  REPRISE_ASSERT(context != nullptr);
  SetParameter(context.get(), ZSTD_c_compressionLevel, level);
  SetParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  // Level 1 looks for matches from 7 bytes: docs/decisions/0012-matches-from-6-bytes.md.
  SetParameter(context.get(), ZSTD_c_minMatch, 6);
  // With room for the worst case zstd writes straight into the buffer, which only ever grows.
  thread_local std::vector<std::byte> frame;
  if (const std::size_t bound = ZSTD_compressBound(raw.size()); frame.size() < bound) {
    frame.resize(bound);
  }
  const std::size_t size_bytes =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), raw.data(), raw.size());
  REPRISE_ASSERT(!ZSTD_isError(size_bytes));
  if (size_bytes > size_bytes_max) return std::nullopt;
  return ByteSpan(frame).first(size_bytes);
}

Result<void> DecompressZstd(ByteSpan stored, MutableByteSpan raw) {
  thread_local const std::unique_ptr<ZSTD_DCtx, Deleter> context(ZSTD_createDCtx());
  REPRISE_ASSERT(context != nullptr);
  const std::size_t size_bytes =
      ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(size_bytes)) {
    return Error{ErrorCode::kCorruption,
                 std::string("a compressed block is damaged: ") + ZSTD_getErrorName(size_bytes)};
  }
  if (size_bytes != raw.size()) {
    return Error{ErrorCode::kCorruption, "a compressed block has " + std::to_string(size_bytes) +
                                             " bytes where " + std::to_string(raw.size()) +
                                             " were declared"};
  }
  return {};
}

}  // namespace reprise::storage
