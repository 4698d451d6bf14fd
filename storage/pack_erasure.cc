// A record that holds nothing doomed is copied as it is; of a block that does, the other chunks are
// read, verified and written anew.  A pack is copied only as far as the catalog finds things there:
// after an interruption the copies lie in another pack already.

#include "storage/pack_erasure.h"

#include <algorithm>
#include <map>
#include <optional>

#include "storage/erased_content.h"
#include "storage/object_rows.h"
#include "storage/object_store.h"
#include "storage/pack_reader.h"
#include "storage/pack_writer.h"

namespace reprise::storage {
namespace {

constexpr int kZstdLevel = 1;
constexpr std::size_t kRowsAtOnce = 1U << 16;

// The places of `doomed` in packs, by digest.
struct Places {
  std::map<Digest, PlaceRow> chunks;
  std::map<Digest, PlaceRow> objects;
};

Result<Places> PlacesIn(FileSystem& files, const std::string& store_folder,
                        const DoomedContent& doomed, std::span<const Ulid> packs) {
  Places places;
  for (const Ulid& pack : packs) {
    const auto reader = PackReader::Open(files, PackPath(store_folder, pack));
    const auto index = reader.ok() ? (*reader)->ReadIndex() : reader.error();
    if (!index.ok()) {
      if (IsDamage(index.error())) continue;  // What the catalog finds there it goes on to find.
      return index.error();
    }
    for (const PackEntry& entry : *index) {
      const bool is_chunk = entry.kind != EntryKind::kManifest;
      const bool is_object = entry.kind != EntryKind::kChunk;
      if (is_chunk && doomed.chunks.contains(entry.digest)) {
        places.chunks[entry.digest] = PlaceOf(pack, entry);
      }
      if (is_object && doomed.objects.contains(entry.digest)) {
        places.objects[entry.digest] = PlaceOf(pack, entry);
      }
    }
  }
  return places;
}

Result<void> ForgetRows(Space space, const std::set<Digest>& digests,
                        const std::map<Digest, PlaceRow>& elsewhere, const std::set<Ulid>& packs,
                        Catalog& catalog) {
  CatalogBatch batch;
  for (const Digest& digest : digests) {
    const std::string key = digest.ToStored();
    REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(space, key));
    if (!value.has_value()) continue;
    const auto row = DecodePlaceRow(*value);
    if (row.ok() && !packs.contains(row->pack)) continue;
    const auto other = elsewhere.find(digest);
    if (other != elsewhere.end()) {
      batch.Put(space, key, EncodePlaceRow(other->second));
    } else {
      batch.Delete(space, key);
    }
    if (batch.changes().size() < kRowsAtOnce) continue;
    REPRISE_TRY(catalog.Apply(batch));
    batch = {};
  }
  return catalog.Apply(batch);
}

class PackReplacer {
 public:
  PackReplacer(FileSystem& files, const std::string& store_folder,
               const std::string& scratch_folder, const Ulid& store_id, const DoomedContent& doomed,
               Catalog& catalog)
      : files_(files),
        store_folder_(store_folder),
        scratch_folder_(scratch_folder),
        store_id_(store_id),
        doomed_(doomed),
        catalog_(catalog) {}

  // Whether the pack held any of it, and has been replaced.
  Result<bool> Replace(const Ulid& pack) {
    const std::string path = PackPath(store_folder_, pack);
    auto opened = PackReader::Open(files_, path);
    if (!opened.ok() && opened.error().code == ErrorCode::kNotFound) return false;
    auto index =
        opened.ok() ? (*opened)->ReadIndex() : Result<std::vector<PackEntry>>(opened.error());
    if (!index.ok()) {
      return Annotate(std::move(index).error(),
                      "cannot tell what a pack holds; `reprise fsck --repair` takes out what is "
                      "whole of it");
    }
    const auto changes = [&](const PackEntry& entry) { return IsChanged(entry); };
    if (std::ranges::none_of(*index, changes)) return false;
    REPRISE_ASSIGN_OR_RETURN(wanted_, WantedOf(pack, *index));
    REPRISE_ASSIGN_OR_RETURN(const PackScan scan,
                             (*opened)->Scan([&](ByteSpan record, std::uint32_t offset) {
                               return Copy(record, offset);
                             }));
    if (scan.damaged_bytes > 0) {
      writer_.reset();
      return Error{ErrorCode::kCorruption, "the pack '" + Printable(path) +
                                               "' is damaged; `reprise fsck --repair` takes out "
                                               "what is whole of it"};
    }
    CatalogBatch batch;
    if (writer_ != nullptr) REPRISE_TRY(FinishCopy(batch));
    batch.Delete(Space::kPack, std::string(AsText(pack.bytes())));
    REPRISE_TRY(catalog_.Apply(batch));
    return true;
  }

 private:
  bool IsDoomed(const PackEntry& entry) const {
    if (entry.kind != EntryKind::kManifest && doomed_.chunks.contains(entry.digest)) return true;
    return entry.kind == EntryKind::kManifest && doomed_.objects.contains(entry.digest);
  }

  // Also of a chunk that stays and is no object any more.
  bool IsChanged(const PackEntry& entry) const {
    return IsDoomed(entry) ||
           (entry.kind == EntryKind::kChunkAndObject && doomed_.objects.contains(entry.digest));
  }

  // The digests of entries for which the catalog looks in this pack, or nowhere.  A chunk that is
  // an object may be found here as the one and elsewhere as the other.
  Result<std::set<Digest>> WantedOf(const Ulid& pack, const std::vector<PackEntry>& entries) const {
    std::vector<Digest> chunks;
    std::vector<Digest> objects;
    for (const PackEntry& entry : entries) {
      if (IsDoomed(entry)) continue;
      const bool is_object =
          entry.kind != EntryKind::kChunk && !doomed_.objects.contains(entry.digest);
      if (entry.kind != EntryKind::kManifest) chunks.push_back(entry.digest);
      if (is_object) objects.push_back(entry.digest);
    }
    std::set<Digest> wanted;
    REPRISE_TRY(AddWanted(Space::kChunk, pack, chunks, wanted));
    REPRISE_TRY(AddWanted(Space::kObject, pack, objects, wanted));
    return wanted;
  }

  // Adds those of `digests` for which the rows of `space` name no other pack.
  Result<void> AddWanted(Space space, const Ulid& pack, const std::vector<Digest>& digests,
                         std::set<Digest>& wanted) const {
    std::vector<std::string> keys;
    keys.reserve(digests.size());
    for (const Digest& digest : digests) keys.push_back(digest.ToStored());
    REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog_.MultiGet(space, keys));
    for (std::size_t i = 0; i < digests.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(const bool is_elsewhere, IsElsewhere(rows[i], pack));
      if (!is_elsewhere) wanted.insert(digests[i]);
    }
    return {};
  }

  // Whether the row of a place leads to another pack than `pack`, which is there.
  Result<bool> IsElsewhere(const std::optional<std::string>& row, const Ulid& pack) const {
    if (!row.has_value()) return false;
    REPRISE_ASSIGN_OR_RETURN(const PlaceRow place, DecodePlaceRow(*row));
    return place.pack != pack && !place.damaged &&
           Exists(files_, PackPath(store_folder_, place.pack));
  }

  Result<void> Copy(ByteSpan record, std::uint32_t offset) {
    EncodedRecord copy;
    REPRISE_ASSIGN_OR_RETURN(copy.entries, EntriesOfRecord(record, offset));
    const auto is_kept = [&](const PackEntry& entry) {
      return !IsDoomed(entry) && wanted_.contains(entry.digest);
    };
    const auto kept = std::ranges::count_if(copy.entries, is_kept);
    if (kept == 0) return {};
    if (std::ranges::any_of(copy.entries,
                            [&](const PackEntry& entry) { return IsChanged(entry); })) {
      REPRISE_ASSIGN_OR_RETURN(copy, BlockWithout(record));
    } else {
      copy.bytes = AsText(record);
    }
    if (writer_ == nullptr) {
      REPRISE_ASSIGN_OR_RETURN(writer_, PackWriter::Create(files_, scratch_folder_, store_id_));
    }
    return writer_->Append(std::move(copy));
  }

  Result<EncodedRecord> BlockWithout(ByteSpan record) const {
    REPRISE_ASSIGN_OR_RETURN(const Block block, DecodeBlock(record));
    std::vector<BlockChunk> chunks;
    std::string raw;
    for (std::size_t i = 0; i < block.chunks.size(); ++i) {
      if (doomed_.chunks.contains(block.chunks[i].digest)) continue;
      raw += std::string_view(block.raw).substr(block.starts[i], block.chunks[i].size_bytes);
      BlockChunk chunk = block.chunks[i];
      chunk.is_object = chunk.is_object && !doomed_.objects.contains(chunk.digest);
      chunks.push_back(chunk);
    }
    return EncodeBlock(chunks, AsBytes(raw), kZstdLevel);
  }

  Result<void> FinishCopy(CatalogBatch& batch) {
    const Ulid copy = writer_->id();
    const auto size_bytes = writer_->Finish();
    writer_.reset();
    if (!size_bytes.ok()) return size_bytes.error();
    const auto rows = NewMemoryCatalog();  // Only the move is wanted: the rows go with `batch`.
    REPRISE_TRY(AdoptPacks(files_, store_folder_, scratch_folder_, {&copy, 1}, *rows));
    REPRISE_ASSIGN_OR_RETURN(const auto reader,
                             PackReader::Open(files_, PackPath(store_folder_, copy)));
    REPRISE_ASSIGN_OR_RETURN(const auto entries, reader->ReadIndex());
    IndexPack(copy, *size_bytes, entries, batch);
    return {};
  }

  FileSystem& files_;
  const std::string& store_folder_;
  const std::string& scratch_folder_;
  const Ulid store_id_;
  const DoomedContent& doomed_;
  Catalog& catalog_;
  std::set<Digest> wanted_;
  std::unique_ptr<PackWriter> writer_;
};

}  // namespace

Result<void> ForgetPlaces(FileSystem& files, const std::string& store_folder,
                          const DoomedContent& doomed, const std::set<Ulid>& packs,
                          std::span<const Ulid> newer, Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const Places places, PlacesIn(files, store_folder, doomed, newer));
  REPRISE_TRY(ForgetRows(Space::kChunk, doomed.chunks, places.chunks, packs, catalog));
  REPRISE_TRY(ForgetRows(Space::kObject, doomed.objects, places.objects, packs, catalog));
  CatalogBatch batch;
  REPRISE_TRY(ForgetWholeTrees(catalog, batch));
  return catalog.Apply(batch);
}

Result<void> ReplacePacksWithout(FileSystem& files, const std::string& store_folder,
                                 const std::string& scratch_folder, const Ulid& store_id,
                                 const DoomedContent& doomed, std::span<const Ulid> packs,
                                 Catalog& catalog, std::vector<Ulid>& replaced) {
  PackReplacer replacer(files, store_folder, scratch_folder, store_id, doomed, catalog);
  for (const Ulid& pack : packs) {
    REPRISE_ASSIGN_OR_RETURN(const bool held_some, replacer.Replace(pack));
    if (held_some) replaced.push_back(pack);
  }
  return {};
}

Result<void> RemovePacks(FileSystem& files, const std::string& store_folder,
                         const std::vector<Ulid>& packs) {
  for (const Ulid& pack : packs) {
    const std::string path = PackPath(store_folder, pack);
    auto removed = files.RemoveFile(path);
    if (!removed.ok() && removed.error().code != ErrorCode::kNotFound) return removed;
    REPRISE_TRY(files.SyncDirectory(ParentPath(path)));
  }
  return {};
}

}  // namespace reprise::storage
