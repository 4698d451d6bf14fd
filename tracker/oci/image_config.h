// The documents of an image: configuration, manifest, index (OCI image specification 1.1), and the
// list that Docker before 25.0 loads instead.
//
// Canonical JSON (RFC 8785): equal facts give equal bytes.  Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// A layer as it lies in the image.
struct ImageLayer {
  std::string name;  // "system", "project".
  std::string media_type;
  Digest digest;   // Of the blob.
  Digest diff_id;  // Of the tar archive, before any compression.
  std::uint64_t size_bytes = 0;
  std::uint64_t entries = 0;
};

// What is started, and where.  JSON has UTF-8 alone: what is not is left out by whoever fills this.
struct ImageFacts {
  std::int64_t created_unix_ms = 0;
  std::string architecture;
  std::vector<std::string> variables;  // "NAME=value", by name.
  std::vector<std::string> command;
  std::string working_directory;                   // Absolute; "" is the root.
  std::string created_by;                          // For the history of each layer.
  std::string tag;                                 // "reprise:TAG".
  std::map<std::string, std::string> labels;       // Of configuration, manifest and index.
  std::map<std::string, std::string> annotations;  // Of the manifest alone.
};

// Errors of all: kInvalidArgument  a text is not UTF-8.
Result<std::string> EncodeImageConfig(const ImageFacts& facts,
                                      const std::vector<ImageLayer>& layers);
Result<std::string> EncodeImageManifest(const ImageFacts& facts, const std::string& config,
                                        const std::vector<ImageLayer>& layers);
Result<std::string> EncodeImageIndex(const ImageFacts& facts, const std::string& manifest);
Result<std::string> EncodeDockerList(const ImageFacts& facts, const std::string& config,
                                     const std::vector<ImageLayer>& layers);

// Where a blob lies in the layout.
std::string BlobPath(const Digest& digest);

}  // namespace reprise::tracker
