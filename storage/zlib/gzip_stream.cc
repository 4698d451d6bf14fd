#include "storage/zlib/gzip_stream.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "storage/base/assert.h"

namespace reprise::storage {
namespace {

constexpr int kWindowBits = 15 + 16;  // 16: with the header of gzip instead of that of zlib.
constexpr int kMemoryLevel = 8;
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

}  // namespace

struct GzipStream::Context {
  explicit Context(int level) {
    REPRISE_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, kWindowBits, kMemoryLevel,
                                Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Context() { deflateEnd(&stream); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int Deflate(int flush, std::string& out) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int status = deflate(&stream, flush);
    REPRISE_ASSERT(status == Z_OK || status == Z_STREAM_END);
    out.append(buffer, 0, buffer.size() - stream.avail_out);
    return status;
  }

  z_stream stream = {};
  std::string buffer = std::string(kBufferBytes, '\0');
};

GzipStream::GzipStream(int level) : context_(std::make_unique<Context>(level)) {}

GzipStream::~GzipStream() = default;

void GzipStream::Write(ByteSpan part, std::string& out) {
  z_stream& stream = context_->stream;
  while (!part.empty()) {
    const std::size_t size_bytes =
        std::min<std::size_t>(part.size(), std::numeric_limits<uInt>::max());
    // zlib does not write through it; its interface is older than const.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(part.data()));
    stream.avail_in = static_cast<uInt>(size_bytes);
    while (stream.avail_in > 0) context_->Deflate(Z_NO_FLUSH, out);
    part = part.subspan(size_bytes);
  }
}

void GzipStream::Finish(std::string& out) {
  while (context_->Deflate(Z_FINISH, out) != Z_STREAM_END) {
  }
}

}  // namespace reprise::storage
