#include "tracker/oci/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "storage/base/assert.h"
#include "storage/zstd/stream.h"

namespace reprise::tracker {
namespace {

constexpr int kGzipLevel = 6;
constexpr int kGzipWindowBits = 15 + 16;  // 16: with the header of gzip instead of that of zlib.
constexpr int kGzipMemoryLevel = 8;
constexpr int kZstdLevel = 3;
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor() {
    REPRISE_ASSERT(deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindowBits, kGzipMemoryLevel,
                                Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~GzipCompressor() override { deflateEnd(&stream_); }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  void Write(ByteSpan part, std::string& out) override {
    while (!part.empty()) {
      const std::size_t size_bytes =
          std::min<std::size_t>(part.size(), std::numeric_limits<uInt>::max());
      // zlib does not write through it; its interface is older than const.
      stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(part.data()));
      stream_.avail_in = static_cast<uInt>(size_bytes);
      while (stream_.avail_in > 0) Deflate(Z_NO_FLUSH, out);
      part = part.subspan(size_bytes);
    }
  }
  void Finish(std::string& out) override {
    while (Deflate(Z_FINISH, out) != Z_STREAM_END) {
    }
  }

 private:
  int Deflate(int flush, std::string& out) {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int status = deflate(&stream_, flush);
    REPRISE_ASSERT(status == Z_OK || status == Z_STREAM_END);
    out.append(buffer_, 0, buffer_.size() - stream_.avail_out);
    return status;
  }

  z_stream stream_ = {};
  std::string buffer_ = std::string(kBufferBytes, '\0');
};

class ZstdCompressor final : public Compressor {
 public:
  void Write(ByteSpan part, std::string& out) override { stream_.Write(part, out); }
  void Finish(std::string& out) override { stream_.Finish(out); }

 private:
  storage::ZstdStream stream_{kZstdLevel};
};

}  // namespace

Result<LayerCompression> ParseLayerCompression(std::string_view name) {
  if (name == "none") return LayerCompression::kNone;
  if (name == "gzip") return LayerCompression::kGzip;
  if (name == "zstd") return LayerCompression::kZstd;
  return Error{ErrorCode::kInvalidArgument,
               "--compression takes none, gzip or zstd, and got '" + Printable(name) + "'"};
}

std::string_view LayerMediaType(LayerCompression compression) {
  switch (compression) {
    case LayerCompression::kNone:
      return "application/vnd.oci.image.layer.v1.tar";
    case LayerCompression::kGzip:
      return "application/vnd.oci.image.layer.v1.tar+gzip";
    case LayerCompression::kZstd:
      break;
  }
  return "application/vnd.oci.image.layer.v1.tar+zstd";
}

std::unique_ptr<Compressor> NewCompressor(LayerCompression compression) {
  if (compression == LayerCompression::kGzip) return std::make_unique<GzipCompressor>();
  if (compression == LayerCompression::kZstd) return std::make_unique<ZstdCompressor>();
  return nullptr;
}

}  // namespace reprise::tracker
