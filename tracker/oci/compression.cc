#include "tracker/oci/compression.h"

#include "storage/zlib/gzip_stream.h"
#include "storage/zstd/stream.h"

namespace reprise::tracker {
namespace {

constexpr int kGzipLevel = 6;
constexpr int kZstdLevel = 3;

class GzipCompressor final : public Compressor {
 public:
  void Write(ByteSpan part, std::string& out) override { stream_.Write(part, out); }
  void Finish(std::string& out) override { stream_.Finish(out); }

 private:
  storage::GzipStream stream_{kGzipLevel};
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
