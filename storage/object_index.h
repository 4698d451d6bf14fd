// Finds places of chunks and objects, in the catalog or in packs that are not adopted yet.
//
// Thread-safety: all methods may be called concurrently.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "storage/base/file.h"
#include "storage/erased_content.h"
#include "storage/object_rows.h"

namespace reprise::storage {

class ObjectIndex {
 public:
  virtual ~ObjectIndex() = default;
  // Errors of both: kCorruption, kIoError.
  virtual Result<std::optional<PlaceRow>> FindObject(const Digest& digest) const = 0;
  virtual Result<std::vector<std::optional<PlaceRow>>> FindChunks(
      std::span<const Digest> digests) const = 0;
  // The last erasure of what is absent.
  virtual Result<std::optional<ErasedRow>> FindErasure(const Digest& digest) const = 0;
  // Where the file of a pack lies.
  virtual std::string PathOf(const Ulid& pack) const = 0;
};

std::unique_ptr<ObjectIndex> NewCatalogIndex(std::string store_folder, const Catalog& catalog);

// `fallback` is asked for what is not in the packs; may be nullptr.
// Errors: kNotFound, kCorruption, kIoError.
Result<std::unique_ptr<ObjectIndex>> NewSessionIndex(FileSystem& files, const std::string& folder,
                                                     std::span<const Ulid> packs,
                                                     std::unique_ptr<ObjectIndex> fallback);

}  // namespace reprise::storage
