// Writing a layer into an archive.

#pragma once

#include <functional>

#include "storage/base/bytes.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/oci/compression.h"
#include "tracker/oci/image_config.h"
#include "tracker/oci/image_contents.h"

namespace reprise::tracker {

using ByteSink = std::function<Result<void>(ByteSpan part)>;
// Told of each entry and of each part of its content.
using LayerProgress = std::function<void(std::uint64_t entries, std::uint64_t bytes)>;

// Gives `sink` the layer's tar archive, compressed, part by part, and says what came of it.
// Content is verified while it is read: on failure what `sink` got is void.
// Errors: those of ObjectReader and of `sink`; kCorruption  content of another length than `layer`
// says.
Result<ImageLayer> WriteLayer(storage::ObjectReader& objects, const LayerContents& layer,
                              LayerCompression compression, const ByteSink& sink,
                              const LayerProgress& progress);

}  // namespace reprise::tracker
