// A sealed run as a container image: an OCI image layout (OCI image specification 1.1) in one tar
// archive, as `podman load`, `docker load` and `skopeo copy oci-archive:FILE` take it.
//
// The same run gives the same bytes, but for compression by another version of zlib or zstd.
// docs/formats/oci.md.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/oci/compression.h"
#include "tracker/oci/image_config.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ImageOptions {
  LayerCompression compression = LayerCompression::kNone;
  bool allow_missing = false;   // What cannot be had becomes an empty file, or is left out.
  FileSystem* files = nullptr;  // Where to write; absent: through that of the store.
  // Called as it is written, with the files of the root that are done and the bytes of their
  // content.
  std::function<void(std::uint64_t count, std::uint64_t bytes, std::uint64_t bytes_total)>
      progress{};
};

struct ExportedImage {
  Digest manifest;
  std::uint64_t size_bytes = 0;  // Of the whole archive.
  std::vector<ImageLayer> layers;
  std::vector<std::string> warnings;  // Sentences: what is not as it was.
};

// Writes the image of `run` to the new file `path`, as a whole or not at all; memory does not grow
// with the content.
// Errors: kNotFound       the run has no closure, or something that it used is not stored and
//                         options.allow_missing is not set;
//         kAlreadyExists  something is at `path`;
//         kCorruption     stored content or a document is damaged;
//         kIoError, kNoSpace, and what options.files answers when it is told to stop.
Result<ExportedImage> ExportImage(Store& store, const StoredRun& run, const std::string& path,
                                  const ImageOptions& options);

}  // namespace reprise::tracker
