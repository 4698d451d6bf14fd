#include "tracker/erasing.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "storage/erased_content.h"
#include "storage/pack_reader.h"
#include "tracker/index.h"
#include "tracker/packs_on_disk.h"
#include "tracker/profile_rows.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::CatalogBatch;
using storage::LedgerEntry;

std::string PlanPath(const std::string& store_folder) {
  return JoinPath(StorePaths(store_folder).erasing(), "plan");
}

Result<ErasureDocument> ReadErasure(const LedgerEntry& entry, storage::ObjectReader& objects) {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, objects.Get(entry.payload));
  REPRISE_ASSIGN_OR_RETURN(ErasureDocument erasure, DecodeErasure(document));
  if (erasure.subject == entry.subject) return erasure;
  return Error{ErrorCode::kCorruption, "the erasure is of something else than its entry says"};
}

void PutItems(const LedgerEntry& entry, const ErasureDocument& erasure, CatalogBatch& batch) {
  const storage::ErasedRow row{entry.time_unix_ms, entry.sequence, entry.actor, erasure.reason};
  for (const ErasedItem& item : erasure.items) storage::PutErased(item.digest, row, batch);
}

// What an interrupted removal was about to make.
Result<void> SweepScratch(FileSystem& files, const std::string& folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name != "plan") REPRISE_TRY(files.RemoveFile(JoinPath(folder, entry.name)));
  }
  return {};
}

// The packs that were not there when the plan was made.
Result<std::vector<Ulid>> NewerPacks(FileSystem& files, const std::string& store_folder,
                                     const ErasingPlan& plan) {
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, store_folder));
  std::vector<Ulid> newer;
  std::ranges::set_difference(packs, plan.packs, std::back_inserter(newer));
  return newer;
}

// Those of the plan's chunks that objects in `newer` packs have, and these packs have not.  Nobody
// records while a plan is made, and nobody is told afterwards that they are present; but rather a
// chunk too many than content that cannot be read.
Result<std::set<Digest>> NeededSince(FileSystem& files, const std::string& store_folder,
                                     const std::set<Digest>& doomed, const std::vector<Ulid>& newer,
                                     const storage::Catalog& catalog) {
  std::set<Digest> stored;
  std::vector<Digest> objects;
  for (const Ulid& pack : newer) {
    const auto reader = storage::PackReader::Open(files, storage::PackPath(store_folder, pack));
    const auto index = reader.ok() ? (*reader)->ReadIndex() : reader.error();
    if (!index.ok() && !IsDamage(index.error())) return index.error();
    if (!index.ok()) continue;
    for (const storage::PackEntry& entry : *index) {
      const bool is_manifest = entry.kind == storage::EntryKind::kManifest;
      if (is_manifest) objects.push_back(entry.digest);
      if (!is_manifest) stored.insert(entry.digest);
    }
  }
  std::set<Digest> needed;
  const auto note = [&](const Digest& chunk, std::uint64_t) -> Result<void> {
    if (doomed.contains(chunk) && !stored.contains(chunk)) needed.insert(chunk);
    return {};
  };
  const auto reader = storage::NewObjectReader(files, store_folder, catalog);
  for (const Digest& object : objects) {
    const auto visited = reader->VisitChunks(object, note, note);
    if (!visited.ok() && !IsDamage(visited.error())) return visited.error();
  }
  return needed;
}

}  // namespace

Result<void> BeginErasing(FileSystem& files, const std::string& store_folder,
                          const ErasingPlan& plan) {
  const std::string folder = StorePaths(store_folder).erasing();
  auto made = files.CreateDirectory(folder);
  if (!made.ok() && made.error().code != ErrorCode::kAlreadyExists) return made;
  REPRISE_ASSIGN_OR_RETURN(const bool has_plan, IsThere(files, PlanPath(store_folder)));
  if (has_plan) {
    return Error{ErrorCode::kAlreadyExists, "an earlier erasure is not finished"};
  }
  REPRISE_TRY(files.SyncDirectory(store_folder));
  return WriteFileDurably(files, PlanPath(store_folder), EncodeErasingPlan(plan));
}

Result<bool> HasErasing(FileSystem& files, const std::string& store_folder) {
  return IsThere(files, StorePaths(store_folder).erasing());
}

Result<std::optional<ErasingPlan>> UnfinishedErasing(FileSystem& files,
                                                     const std::string& store_folder) {
  REPRISE_ASSIGN_OR_RETURN(const bool has_plan, IsThere(files, PlanPath(store_folder)));
  if (!has_plan) return std::optional<ErasingPlan>();
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, PlanPath(store_folder)));
  auto plan = DecodeErasingPlan(text);
  if (!plan.ok()) {
    return Annotate(std::move(plan).error(),
                    "the plan of an erasure, '" + Printable(PlanPath(store_folder)) +
                        "', is damaged; remove it, rebuild the catalog with "
                        "`reprise fsck --rebuild-index`, and erase again");
  }
  return std::optional(*std::move(plan));
}

Result<void> KeepErasing(FileSystem& files, const std::string& store_folder,
                         const ErasingPlan& plan) {
  return WriteFileDurably(files, PlanPath(store_folder), EncodeErasingPlan(plan));
}

Result<void> AlsoEraseFrom(FileSystem& files, const std::string& store_folder, const Ulid& pack,
                           const Ulid& made) {
  REPRISE_ASSIGN_OR_RETURN(auto plan, UnfinishedErasing(files, store_folder));
  if (!plan.has_value() || !std::ranges::binary_search(plan->packs, pack)) return {};
  plan->packs.insert(std::ranges::upper_bound(plan->packs, made), made);
  return KeepErasing(files, store_folder, *plan);
}

Result<void> EndErasing(FileSystem& files, const std::string& store_folder) {
  const std::string folder = StorePaths(store_folder).erasing();
  REPRISE_TRY(RemoveTree(files, folder));
  return files.SyncDirectory(store_folder);
}

Result<bool> IsErasureRecorded(const ErasingPlan& plan, const storage::Catalog& catalog,
                               storage::Ledger& ledger) {
  REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(catalog, plan.subject));
  for (const std::uint64_t sequence : sequences) {
    if (sequence < plan.ledger_size) continue;
    REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, ledger.Read(sequence));
    if (entry.kind == kErasureEntry && entry.payload == plan.document) return true;
  }
  return false;
}

Result<storage::DoomedContent> ForgetErased(FileSystem& files, const std::string& store_folder,
                                            const ErasingPlan& plan, storage::Catalog& catalog) {
  storage::DoomedContent doomed{{plan.chunks.begin(), plan.chunks.end()},
                                {plan.objects.begin(), plan.objects.end()}};
  REPRISE_ASSIGN_OR_RETURN(const auto newer, NewerPacks(files, store_folder, plan));
  REPRISE_ASSIGN_OR_RETURN(const auto needed,
                           NeededSince(files, store_folder, doomed.chunks, newer, catalog));
  for (const Digest& chunk : needed) doomed.chunks.erase(chunk);
  REPRISE_TRY(storage::ForgetPlaces(files, store_folder, doomed,
                                    {plan.packs.begin(), plan.packs.end()}, newer, catalog));
  return doomed;
}

Result<void> ReplaceErased(FileSystem& files, const std::string& store_folder, const Ulid& store_id,
                           const ErasingPlan& plan, const storage::DoomedContent& doomed,
                           storage::Catalog& catalog, std::vector<Ulid>& replaced) {
  REPRISE_TRY(RequireNothingInQuarantine(files, store_folder));
  const std::string scratch = StorePaths(store_folder).erasing();
  REPRISE_TRY(SweepScratch(files, scratch));
  // Packs that an interrupted removal had moved into their places, and not told the catalog of.
  REPRISE_ASSIGN_OR_RETURN(const auto newer, NewerPacks(files, store_folder, plan));
  REPRISE_TRY(IndexUnknownPacks(files, store_folder, newer, catalog, nullptr));
  auto done = storage::ReplacePacksWithout(files, store_folder, scratch, store_id, doomed,
                                           plan.packs, catalog, replaced);
  if (!done.ok()) (void)SweepScratch(files, scratch);  // It may take the room that others need.
  return done;
}

Result<void> RequireNothingInQuarantine(FileSystem& files, const std::string& store_folder) {
  const std::string folder = StorePaths(store_folder).quarantine();
  const auto quarantined = files.List(folder);
  if (!quarantined.ok()) {
    const auto is_there = IsThere(files, folder);
    if (is_there.ok() && !*is_there) return {};
    return Error{ErrorCode::kIoError, "damaged packs in '" + Printable(folder) +
                                          "' may hold what is to be erased, and cannot be listed; "
                                          "see to it that they can, or remove them: " +
                                          quarantined.error().message};
  }
  if (quarantined->empty()) return {};
  return Error{ErrorCode::kCorruption,
               "damaged packs in '" + Printable(folder) +
                   "' may hold what is to be erased, and cannot be searched; remove them first"};
}

Result<void> SyncCatalog(FileSystem& files, const std::string& catalog_folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(catalog_folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.stat.kind != FileKind::kFile) continue;
    REPRISE_ASSIGN_OR_RETURN(
        const auto file, files.Open(JoinPath(catalog_folder, entry.name), OpenMode::kReadWrite));
    REPRISE_TRY(file->Sync());
  }
  return files.SyncDirectory(catalog_folder);
}

Result<void> IndexErasure(const LedgerEntry& entry, storage::ObjectReader& objects,
                          const storage::Catalog& catalog, CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(const ErasureDocument erasure, ReadErasure(entry, objects));
  PutItems(entry, erasure, batch);
  std::set<Digest> contents;
  for (const ErasedItem& item : erasure.items) contents.insert(item.digest);
  REPRISE_TRY(ForgetProfiles(catalog, contents, batch));
  return storage::ForgetWholeTrees(catalog, batch);
}

Result<void> NoteErasures(storage::Ledger& ledger, std::uint64_t from,
                          storage::ObjectReader& objects, storage::Catalog& catalog) {
  CatalogBatch batch;
  REPRISE_TRY(ledger.ForEach(from, [&](const LedgerEntry& entry) -> Result<void> {
    if (entry.kind != kErasureEntry) return {};
    const auto erasure = ReadErasure(entry, objects);
    if (!erasure.ok()) return IsDamage(erasure.error()) ? Result<void>() : erasure.error();
    PutItems(entry, *erasure, batch);
    return {};
  }));
  return catalog.Apply(batch);
}

Result<bool> IsPayloadErased(const LedgerEntry& entry, const storage::Catalog& catalog) {
  if (entry.kind != "note" && entry.kind != "profile") return false;
  REPRISE_ASSIGN_OR_RETURN(const auto erased, storage::FindErased(catalog, entry.payload));
  return erased.has_value() && erased->sequence > entry.sequence;
}

}  // namespace reprise::tracker
