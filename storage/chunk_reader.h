// Single chunks of stored objects, for whoever compares long objects and reads only what they do
// not share.
//
// An object is the concatenation of its chunks (storage/chunker.h).  Where two objects list the
// same chunk, they have the same bytes there.
//
// Thread-safety: all methods may be called concurrently.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::storage {

class ChunkReader {
 public:
  virtual ~ChunkReader() = default;

  // The digests of the chunks that make up `object`, in order and with repetitions.  Of a content
  // of one chunk that is its own.  Their content is not read.
  // Errors: kNotFound    there is no such object.
  //         kCorruption  the list is damaged.
  //         kIoError.
  virtual Result<std::vector<Digest>> ListChunks(const Digest& object) = 0;

  // The content of a chunk, verified against its digest: at most 256 KiB (docs/formats/chunking.md)
  // unless a newer release chunks otherwise.
  // Errors: kCorruption  it is missing or damaged.  kIoError.
  virtual Result<std::string> ReadChunk(const Digest& chunk) = 0;
};

// Reads the adopted packs of the store at `store_folder`, found through `catalog`, which must
// outlive the reader.
std::unique_ptr<ChunkReader> NewChunkReader(FileSystem& files, std::string store_folder,
                                            const Catalog& catalog);

}  // namespace reprise::storage
