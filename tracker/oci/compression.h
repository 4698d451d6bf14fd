// How the layers of an image are compressed.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::tracker {

enum class LayerCompression {
  kNone,  // The same bytes with every release; what tools compress themselves when they push.
  kGzip,  // RFC 1952, without a name or time.  Every tool reads it.
  kZstd,  // RFC 8878.  Docker from 23.0 on, containerd from 1.5, Podman, Skopeo.
};

// "none", "gzip", "zstd".  Errors: kInvalidArgument.
Result<LayerCompression> ParseLayerCompression(std::string_view name);

// The media type of such a layer (OCI image specification 1.1, "layer.md").
std::string_view LayerMediaType(LayerCompression compression);

class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends to `out` what is ready of the compressed form.
  virtual void Write(ByteSpan part, std::string& out) = 0;
  // Appends the rest; nothing may be written afterwards.
  virtual void Finish(std::string& out) = 0;
};

// The same content gives the same bytes, however it is cut into parts.  nullptr: kNone.
std::unique_ptr<Compressor> NewCompressor(LayerCompression compression);

}  // namespace reprise::tracker
