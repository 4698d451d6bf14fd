// Every pack is checked where it lies before anything moves, so that a session with a damaged pack
// is left as it was.  Its index is read again when its turn comes, which costs little and spares
// holding them all.

#include "storage/object_rows.h"
#include "storage/object_store.h"
#include "storage/pack_reader.h"

namespace reprise::storage {
namespace {

// A batch is applied when it has so many rows, some 10 MiB of them.
constexpr std::size_t kBatchRowsMax = 1U << 16;

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

// The pack where it lies, in the store or still in the session.
struct FoundPack {
  std::unique_ptr<PackReader> reader;
  bool moved = false;
};

Result<FoundPack> FindPack(FileSystem& files, const std::string& store_folder,
                           const std::string& session_folder, const Ulid& pack) {
  FoundPack found{.moved = true};
  auto opened = PackReader::Open(files, PackPath(store_folder, pack));
  if (!opened.ok() && opened.error().code == ErrorCode::kNotFound) {
    found.moved = false;
    opened = PackReader::Open(files, JoinPath(session_folder, PackName(pack)));
  }
  if (!opened.ok()) return Annotate(opened.error(), "cannot adopt a session's packs");
  found.reader = *std::move(opened);
  if (found.reader->header().pack_id != pack) {
    return Error{ErrorCode::kCorruption,
                 "cannot adopt pack " + pack.ToString() + ": the file holds another pack"};
  }
  return found;
}

// Moves those of `packs` that are not in the store yet, once all of them have proved sound.
Result<void> MovePacks(FileSystem& files, const std::string& store_folder,
                       const std::string& session_folder, std::span<const Ulid> packs) {
  std::vector<Ulid> to_move;
  for (const Ulid& pack : packs) {
    REPRISE_ASSIGN_OR_RETURN(const FoundPack found,
                             FindPack(files, store_folder, session_folder, pack));
    REPRISE_TRY(found.reader->ReadIndex());
    if (!found.moved) to_move.push_back(pack);
  }
  for (const Ulid& pack : to_move) {
    const std::string path = PackPath(store_folder, pack);
    REPRISE_TRY(EnsureFolderOf(files, path));
    REPRISE_TRY(files.Rename(JoinPath(session_folder, PackName(pack)), path));
  }
  // Also of packs that an interrupted adoption moved: it may not have come to this.
  for (const Ulid& pack : packs) {
    REPRISE_TRY(files.SyncDirectory(ParentPath(PackPath(store_folder, pack))));
  }
  return {};
}

}  // namespace

std::string PackPath(const std::string& store_folder, const Ulid& pack) {
  const std::string id = pack.ToString();
  return JoinPath(JoinPath(JoinPath(store_folder, "packs"), id.substr(id.size() - 2)),
                  PackName(pack));
}

Result<void> AdoptPacks(FileSystem& files, const std::string& store_folder,
                        const std::string& session_folder, std::span<const Ulid> packs,
                        Catalog& catalog) {
  REPRISE_TRY(MovePacks(files, store_folder, session_folder, packs));
  CatalogBatch batch;
  for (const Ulid& pack : packs) {
    REPRISE_ASSIGN_OR_RETURN(const auto reader,
                             PackReader::Open(files, PackPath(store_folder, pack)));
    REPRISE_ASSIGN_OR_RETURN(const std::vector<PackEntry> entries, reader->ReadIndex());
    IndexPack(pack, reader->size_bytes(), entries, batch);
    if (batch.changes().size() < kBatchRowsMax) continue;
    REPRISE_TRY(catalog.Apply(batch));
    batch = {};
  }
  return catalog.Apply(batch);
}

}  // namespace reprise::storage
