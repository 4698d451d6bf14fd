// Every pack is checked and indexed where it lies before anything moves, so that a session with a
// damaged pack is left as it was.

#include "storage/object_rows.h"
#include "storage/object_store.h"
#include "storage/pack_reader.h"

namespace reprise::storage {
namespace {

std::string PackName(const Ulid& pack) { return pack.ToString() + ".pack"; }

// Creates packs/<xx>/ durably, if need be.
Result<void> EnsureFolderOf(FileSystem& files, const std::string& pack_path) {
  const std::string folder = ParentPath(pack_path);
  const Result<void> created = files.CreateDirectory(folder);
  if (created.ok()) return files.SyncDirectory(ParentPath(folder));
  if (created.error().code == ErrorCode::kAlreadyExists) return {};
  if (created.error().code != ErrorCode::kNotFound) return created.error();
  const std::string packs = ParentPath(folder);
  REPRISE_TRY(CreateDirectories(files, folder));
  REPRISE_TRY(files.SyncDirectory(packs));
  return files.SyncDirectory(ParentPath(packs));
}

}  // namespace

std::string PackPath(const std::string& store_folder, const Ulid& pack) {
  const std::string id = pack.ToString();
  return JoinPath(JoinPath(JoinPath(store_folder, "packs"), id.substr(id.size() - 2)),
                  PackName(pack));
}

Result<void> AdoptPacks(FileSystem& files, const std::string& store_folder,
                        const std::string& session_folder, std::span<const Ulid> packs,
                        CatalogBatch& batch) {
  CatalogBatch indexed;
  std::vector<bool> moved;
  for (const Ulid& pack : packs) {
    Result<std::unique_ptr<PackReader>> reader =
        PackReader::Open(files, PackPath(store_folder, pack));
    moved.push_back(reader.ok());
    if (!reader.ok() && reader.error().code == ErrorCode::kNotFound) {
      reader = PackReader::Open(files, JoinPath(session_folder, PackName(pack)));
    }
    if (!reader.ok()) return Annotate(reader.error(), "cannot adopt a session's packs");
    if ((*reader)->header().pack_id != pack) {
      return Error{ErrorCode::kCorruption,
                   "cannot adopt pack " + pack.ToString() + ": the file holds another pack"};
    }
    REPRISE_ASSIGN_OR_RETURN(const std::vector<PackEntry> entries, (*reader)->ReadIndex());
    IndexPack(pack, (*reader)->size_bytes(), entries, indexed);
  }
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (moved[i]) continue;
    const std::string path = PackPath(store_folder, packs[i]);
    REPRISE_TRY(EnsureFolderOf(files, path));
    REPRISE_TRY(files.Rename(JoinPath(session_folder, PackName(packs[i])), path));
  }
  // Also of packs that an interrupted adoption moved: it may not have come to this.
  for (const Ulid& pack : packs) {
    REPRISE_TRY(files.SyncDirectory(ParentPath(PackPath(store_folder, pack))));
  }
  for (const CatalogBatch::Change& change : indexed.changes()) {
    batch.Put(change.space, change.key, *change.value);
  }
  return {};
}

}  // namespace reprise::storage
