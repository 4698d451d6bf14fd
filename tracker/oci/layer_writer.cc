#include "tracker/oci/layer_writer.h"

#include <memory>
#include <string>

#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

// Where the bytes of the archive go: through the compressor, and on to the sink, with the digests
// of both sides.
class Funnel {
 public:
  Funnel(LayerCompression compression, const ByteSink& sink)
      : compressor_(NewCompressor(compression)), sink_(sink) {}

  Result<void> Write(ByteSpan part) {
    plain_.Update(part);
    if (compressor_ == nullptr) return Deliver(part);
    compressor_->Write(part, compressed_);
    return DeliverCompressed();
  }

  Result<void> Finish(ImageLayer& layer) {
    if (compressor_ != nullptr) {
      compressor_->Finish(compressed_);
      REPRISE_TRY(DeliverCompressed());
    }
    layer.diff_id = plain_.Finish();
    layer.digest = compressor_ != nullptr ? blob_.Finish() : layer.diff_id;
    layer.size_bytes = size_bytes_;
    return {};
  }

 private:
  Result<void> DeliverCompressed() {
    blob_.Update(AsBytes(compressed_));
    REPRISE_TRY(Deliver(AsBytes(compressed_)));
    compressed_.clear();
    return {};
  }

  Result<void> Deliver(ByteSpan part) {
    size_bytes_ += part.size();
    return part.empty() ? Result<void>() : sink_(part);
  }

  const std::unique_ptr<Compressor> compressor_;
  const ByteSink& sink_;
  crypto::Sha256Stream plain_;
  crypto::Sha256Stream blob_;
  std::string compressed_;
  std::uint64_t size_bytes_ = 0;
};

Result<void> WriteContent(storage::ObjectReader& objects, const LayerEntry& entry, Funnel& funnel,
                          const LayerProgress& progress) {
  if (!entry.content.has_value()) return {};
  REPRISE_ASSIGN_OR_RETURN(const auto stream, objects.Open(*entry.content));
  std::uint64_t size_bytes = 0;
  std::string part;
  for (;;) {
    part.clear();
    REPRISE_ASSIGN_OR_RETURN(const bool is_more, stream->Next(part));
    size_bytes += part.size();
    if (size_bytes > entry.header.size_bytes) break;
    REPRISE_TRY(funnel.Write(AsBytes(part)));
    progress(0, part.size());
    if (!is_more) break;
  }
  if (size_bytes == entry.header.size_bytes) {
    return funnel.Write(AsBytes(TarPadding(size_bytes)));
  }
  return Error{ErrorCode::kCorruption, "the content of '/" + Printable(entry.header.path) +
                                           "' is not as long as the store says; run `reprise fsck "
                                           "--read-data`"};
}

}  // namespace

Result<ImageLayer> WriteLayer(storage::ObjectReader& objects, const LayerContents& layer,
                              LayerCompression compression, const ByteSink& sink,
                              const LayerProgress& progress) {
  Funnel funnel(compression, sink);
  for (const LayerEntry& entry : layer.entries) {
    REPRISE_TRY(funnel.Write(AsBytes(TarHeader(entry.header))));
    REPRISE_TRY(WriteContent(objects, entry, funnel, progress));
    progress(1, 0);
  }
  REPRISE_TRY(funnel.Write(AsBytes(TarEnd())));
  ImageLayer result;
  result.name = layer.name;
  result.media_type = LayerMediaType(compression);
  result.entries = layer.entries.size();
  REPRISE_TRY(funnel.Finish(result));
  return result;
}

}  // namespace reprise::tracker
