// Takes what is whole out of a damaged pack.
//
// Thread-safety: pure functions; the caller holds the store lock.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/pack_reader.h"

namespace reprise::storage {

struct Salvage {
  std::optional<Ulid> pack;  // The new pack; none: nothing was whole.
  std::uint64_t records = 0;
  std::uint64_t damaged_bytes = 0;
};

// Copies every whole record of the store's pack `damaged` into a new pack of the store, and then
// moves `damaged` out of packs/ into `quarantine_folder`, which must exist.  An interruption leaves
// both packs, which is no harm.  The catalog does not know of it: it is to be rebuilt.  `announce`,
// if given, is told of the new pack before that is in its place.
// Errors: kIoError, kNoSpace  `damaged` lies where it lay.  Those of `announce`: likewise.
Result<Salvage> SalvagePack(FileSystem& files, const std::string& store_folder,
                            const std::string& quarantine_folder, const Ulid& store_id,
                            const Ulid& damaged,
                            const std::function<Result<void>(const Ulid& made)>& announce = {});

}  // namespace reprise::storage
