#include "tracker/erasing.h"

#include "storage/erased_content.h"
#include "storage/pack_erasure.h"
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

// Packs that an interrupted removal had moved into their places, and not told the catalog of.
Result<void> IndexUnknownPacks(FileSystem& files, const std::string& store_folder,
                               const std::vector<Ulid>& packs, storage::Catalog& catalog) {
  for (const Ulid& pack : packs) {
    const std::string key(AsText(pack.bytes()));
    REPRISE_ASSIGN_OR_RETURN(const auto row, catalog.Get(storage::Space::kPack, key));
    if (row.has_value()) continue;
    REPRISE_TRY(storage::AdoptPacks(files, store_folder, store_folder, {&pack, 1}, catalog));
  }
  return {};
}

// What an interrupted removal was about to make.
Result<void> SweepScratch(FileSystem& files, const std::string& folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name != "plan") REPRISE_TRY(files.RemoveFile(JoinPath(folder, entry.name)));
  }
  return {};
}

}  // namespace

Result<void> BeginErasing(FileSystem& files, const std::string& store_folder,
                          const ErasingPlan& plan) {
  const std::string folder = StorePaths(store_folder).erasing();
  const auto made = files.CreateDirectory(folder);
  if (!made.ok() && made.error().code != ErrorCode::kAlreadyExists) return made;
  if (Exists(files, PlanPath(store_folder))) {
    return Error{ErrorCode::kAlreadyExists, "an earlier erasure is not finished"};
  }
  REPRISE_TRY(files.SyncDirectory(store_folder));
  return WriteFileDurably(files, PlanPath(store_folder), EncodeErasingPlan(plan));
}

Result<std::optional<ErasingPlan>> UnfinishedErasing(FileSystem& files,
                                                     const std::string& store_folder) {
  if (!Exists(files, PlanPath(store_folder))) return std::optional<ErasingPlan>();
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, PlanPath(store_folder)));
  auto plan = DecodeErasingPlan(text);
  if (!plan.ok()) {
    return Annotate(std::move(plan).error(), "the plan of an erasure, '" +
                                                 Printable(PlanPath(store_folder)) +
                                                 "', is damaged; remove it and erase again");
  }
  return std::optional(*std::move(plan));
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
    REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, ledger.Read(sequence));
    if (entry.kind == kErasureEntry && entry.payload == plan.document) return true;
  }
  return false;
}

Result<std::vector<Ulid>> ReplaceErased(FileSystem& files, const std::string& store_folder,
                                        const Ulid& store_id, const ErasingPlan& plan,
                                        storage::Catalog& catalog) {
  REPRISE_TRY(RequireNothingInQuarantine(files, store_folder));
  const std::string scratch = StorePaths(store_folder).erasing();
  REPRISE_TRY(SweepScratch(files, scratch));
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, store_folder));
  REPRISE_TRY(IndexUnknownPacks(files, store_folder, packs, catalog));
  const storage::DoomedContent doomed{{plan.chunks.begin(), plan.chunks.end()},
                                      {plan.objects.begin(), plan.objects.end()}};
  return storage::ReplacePacksWithout(files, store_folder, scratch, store_id, doomed, packs,
                                      catalog);
}

Result<void> RequireNothingInQuarantine(FileSystem& files, const std::string& store_folder) {
  const std::string folder = StorePaths(store_folder).quarantine();
  const auto quarantined = files.List(folder);
  if (!quarantined.ok() || quarantined->empty()) return {};
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
