// The part of fsck that looks at packs: what lies there, whether it is whole, and whether the
// catalog says the same.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/object_rows.h"
#include "storage/pack_reader.h"
#include "tracker/fsck.h"

namespace reprise::tracker {

// What is known of one pack that is not whole.
struct DamagedPack {
  std::string message;
  // Digests of the chunks and objects that can still be read from it; none, if it cannot be opened.
  std::set<Digest> readable{};
};

class PackCheck {
 public:
  PackCheck(FileSystem& files, std::string store_folder)
      : files_(files), store_folder_(std::move(store_folder)) {}

  // Compares the packs' indexes with the catalog.  Packs that are missing, shorter than they were
  // or of another store are damaged.
  Result<void> CompareWithCatalog(Store& store);

  // Reads the damaged packs, or all of them, record by record.  Needs no store.
  Result<void> ReadPacks(bool all, FsckReport& report,
                         const std::function<void(std::uint64_t, std::uint64_t)>& progress);

  // Drops what was found of packs that are neither there nor in the catalog any more: an erasure
  // put others in their places meanwhile.
  Result<void> ForgetReplaced(Store& store);

  const std::vector<Ulid>& packs() const { return packs_; }
  const std::vector<std::string>& strays() const { return strays_; }
  const std::map<Ulid, DamagedPack>& damaged() const { return damaged_; }
  const std::vector<std::string>& index_problems() const { return index_problems_; }

  // Whether the catalog's place of `digest` can be read, as far as the packs were looked at.
  bool IsLost(const Digest& digest, const storage::PlaceRow& place) const;

 private:
  Result<void> NoteErasing();
  Result<void> ComparePack(Store& store, const Ulid& pack, const storage::PackRow* row);
  Result<void> CompareRows(Store& store, const Ulid& pack,
                           const std::vector<storage::PackEntry>& entries);
  Result<void> CountRows(Store& store);
  void NoteDamage(const Ulid& pack, const std::string& message);

  FileSystem& files_;
  const std::string store_folder_;
  std::vector<Ulid> packs_;
  std::vector<std::string> strays_;
  std::map<Ulid, DamagedPack> damaged_;
  std::vector<std::string> index_problems_;
  // Of an erasure that is not finished: what the catalog has forgotten, and packs still have.
  std::set<Digest> hidden_;
  std::set<Ulid> to_be_replaced_;
  std::map<Ulid, std::uint64_t> listed_;  // Rows of each pack that its index confirms.
};

}  // namespace reprise::tracker
