#include "storage/zstd/stream.h"

#include <zstd.h>

#include "storage/base/assert.h"

namespace reprise::storage {

struct ZstdStream::Context {
  Context() : frame(ZSTD_createCCtx()) { REPRISE_ASSERT(frame != nullptr); }
  ~Context() { ZSTD_freeCCtx(frame); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void Set(ZSTD_cParameter parameter, int value) {
    REPRISE_ASSERT(!ZSTD_isError(ZSTD_CCtx_setParameter(frame, parameter, value)));
  }

  // Compresses all of `part`, and to the end of the frame if `directive` says so.
  void Compress(ByteSpan part, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_inBuffer input = {part.data(), part.size(), 0};
    for (bool done = false; !done;) {
      ZSTD_outBuffer output = {buffer.data(), buffer.size(), 0};
      const std::size_t left = ZSTD_compressStream2(frame, &output, &input, directive);
      REPRISE_ASSERT(!ZSTD_isError(left));  // Only for want of memory.
      out.append(buffer, 0, output.pos);
      done = directive == ZSTD_e_end ? left == 0 : input.pos == input.size;
    }
  }

  ZSTD_CCtx* const frame;
  std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');
};

ZstdStream::ZstdStream(int level) : context_(std::make_unique<Context>()) {
  context_->Set(ZSTD_c_compressionLevel, level);
  context_->Set(ZSTD_c_checksumFlag, 1);
}

ZstdStream::~ZstdStream() = default;

void ZstdStream::Write(ByteSpan part, std::string& out) {
  context_->Compress(part, ZSTD_e_continue, out);
}

void ZstdStream::Finish(std::string& out) { context_->Compress({}, ZSTD_e_end, out); }

}  // namespace reprise::storage
