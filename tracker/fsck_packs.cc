#include "tracker/fsck_packs.h"

#include <algorithm>

#include "tracker/erasing.h"
#include "tracker/packs_on_disk.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using storage::EntryKind;
using storage::PackEntry;
using storage::PackReader;
using storage::Space;

std::string Name(const Ulid& pack) { return "the pack " + pack.ToString(); }

}  // namespace

void PackCheck::NoteDamage(const Ulid& pack, const std::string& message) {
  damaged_.try_emplace(pack, DamagedPack{message});
}

Result<void> PackCheck::CompareWithCatalog(Store& store) {
  REPRISE_ASSIGN_OR_RETURN(packs_, PacksOnDisk(files_, store_folder_, &strays_));
  REPRISE_TRY(NoteErasing());
  std::map<Ulid, storage::PackRow> rows;
  bool is_damaged = false;
  REPRISE_TRY(
      store.catalog().Scan(Space::kPack, {}, [&](std::string_view key, std::string_view value) {
        const auto row = storage::DecodePackRow(value);
        if (!row.ok() || key.size() != Ulid::kSizeBytes) {
          is_damaged = true;
          return true;
        }
        rows[Ulid::FromBytes(AsBytes(key))] = *row;
        return true;
      }));
  if (is_damaged) {
    index_problems_.emplace_back("the catalog has a row of a pack that makes no sense");
  }
  for (const auto& [pack, row] : rows) {
    if (!std::ranges::binary_search(packs_, pack)) NoteDamage(pack, Name(pack) + " is missing");
  }
  for (const Ulid& pack : packs_) {
    const auto row = rows.find(pack);
    REPRISE_TRY(ComparePack(store, pack, row == rows.end() ? nullptr : &row->second));
  }
  return CountRows(store);
}

Result<void> PackCheck::NoteErasing() {
  const auto plan = UnfinishedErasing(files_, store_folder_);
  if (!plan.ok()) return IsDamage(plan.error()) ? Result<void>() : plan.error();
  if (!plan->has_value()) return {};
  hidden_.insert((*plan)->chunks.begin(), (*plan)->chunks.end());
  hidden_.insert((*plan)->objects.begin(), (*plan)->objects.end());
  to_be_replaced_.insert((*plan)->packs.begin(), (*plan)->packs.end());
  return {};
}

Result<void> PackCheck::ComparePack(Store& store, const Ulid& pack, const storage::PackRow* row) {
  if (row == nullptr && !to_be_replaced_.contains(pack)) {
    index_problems_.push_back(Name(pack) + " is not in the catalog");
  }
  const auto reader = PackReader::Open(files_, storage::PackPath(store_folder_, pack));
  if (!reader.ok()) {
    if (!IsDamage(reader.error())) return reader.error();
    NoteDamage(pack, reader.error().message);
    return {};
  }
  const storage::PackHeader& header = (*reader)->header();
  if (header.pack_id != pack || header.store_id != store.id()) {
    NoteDamage(pack, Name(pack) + " is of another store, or another pack under this name");
  }
  if (row != nullptr && (*reader)->size_bytes() != row->size_bytes) {
    NoteDamage(pack, Name(pack) + " has " + std::to_string((*reader)->size_bytes()) +
                         " bytes and had " + std::to_string(row->size_bytes));
  }
  const auto entries = (*reader)->ReadIndex();
  if (!entries.ok()) {
    if (!IsDamage(entries.error())) return entries.error();
    NoteDamage(pack, entries.error().message);
    return {};
  }
  return CompareRows(store, pack, *entries);
}

Result<void> PackCheck::CompareRows(Store& store, const Ulid& pack,
                                    const std::vector<PackEntry>& entries) {
  std::uint64_t wrong = 0;
  for (const Space space : {Space::kChunk, Space::kObject}) {
    const EntryKind other = space == Space::kChunk ? EntryKind::kManifest : EntryKind::kChunk;
    std::vector<std::string> keys;
    std::set<std::string> hidden;
    std::map<std::string, storage::PlaceRow> places;
    for (const PackEntry& entry : entries) {
      if (entry.kind == other) continue;
      keys.push_back(entry.digest.ToStored());
      if (hidden_.contains(entry.digest)) hidden.insert(keys.back());
      places[keys.back()] = storage::PlaceOf(pack, entry);  // The last one counts, as in IndexPack.
    }
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    REPRISE_ASSIGN_OR_RETURN(const auto values, store.catalog().MultiGet(space, keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      std::optional<storage::PlaceRow> row;
      if (values[i].has_value()) {
        const auto decoded = storage::DecodePlaceRow(*values[i]);
        if (decoded.ok()) row = *decoded;
      }
      if (row.has_value() && row->pack != pack) continue;  // It lies in another pack too.
      if (!values[i].has_value() && hidden.contains(keys[i])) continue;
      ++listed_[pack];
      if (row.has_value()) row->damaged = false;
      if (row != places[keys[i]]) ++wrong;
    }
  }
  if (wrong > 0) {
    index_problems_.push_back("the catalog is wrong about " + std::to_string(wrong) +
                              " chunks or objects in " + Name(pack));
  }
  return {};
}

// Rows that no pack's index confirms.
Result<void> PackCheck::CountRows(Store& store) {
  std::map<Ulid, std::uint64_t> counts;
  for (const Space space : {Space::kChunk, Space::kObject}) {
    REPRISE_TRY(store.catalog().Scan(space, {}, [&](std::string_view, std::string_view value) {
      if (const auto row = storage::DecodePlaceRow(value); row.ok()) ++counts[row->pack];
      return true;
    }));
  }
  for (const auto& [pack, count] : counts) {
    if (damaged_.contains(pack) || listed_[pack] == count) continue;
    index_problems_.push_back("the catalog has " + std::to_string(count) +
                              " chunks and objects in " + Name(pack) + ", whose index lists " +
                              std::to_string(listed_[pack]));
  }
  return {};
}

Result<void> PackCheck::ReadPacks(
    bool all, FsckReport& report,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  for (const Ulid& pack : packs_) {
    if (!all && !damaged_.contains(pack)) continue;
    const auto reader = PackReader::Open(files_, storage::PackPath(store_folder_, pack));
    if (!reader.ok()) {
      if (!IsDamage(reader.error())) return reader.error();
      NoteDamage(pack, reader.error().message);
      continue;
    }
    std::vector<PackEntry> intact;
    REPRISE_ASSIGN_OR_RETURN(const storage::PackDamage damage, (*reader)->Verify(&intact));
    report.bytes_read += (*reader)->size_bytes();
    if (progress) progress(0, report.bytes_read);
    if (damage.any()) {
      NoteDamage(pack, Name(pack) + " is damaged: " +
                           (damage.index ? "its index is not what it was" : "its index is whole") +
                           ", " + std::to_string(damage.damaged_bytes) +
                           " bytes of its records are not");
    }
    const auto damaged = damaged_.find(pack);
    if (damaged == damaged_.end()) continue;
    for (const PackEntry& entry : intact) damaged->second.readable.insert(entry.digest);
  }
  return {};
}

Result<void> PackCheck::ForgetReplaced(Store& store) {
  for (auto pack = damaged_.begin(); pack != damaged_.end();) {
    REPRISE_ASSIGN_OR_RETURN(const auto row,
                             store.catalog().Get(Space::kPack, UlidBytes(pack->first)));
    const bool is_gone =
        !row.has_value() && !Exists(files_, storage::PackPath(store_folder_, pack->first));
    pack = is_gone ? damaged_.erase(pack) : std::next(pack);
  }
  return {};
}

bool PackCheck::IsLost(const Digest& digest, const storage::PlaceRow& place) const {
  const auto damaged = damaged_.find(place.pack);
  return damaged != damaged_.end() && !damaged->second.readable.contains(digest);
}

}  // namespace reprise::tracker
