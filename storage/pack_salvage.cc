#include "storage/pack_salvage.h"

#include "storage/object_store.h"
#include "storage/pack_writer.h"

namespace reprise::storage {

Result<Salvage> SalvagePack(FileSystem& files, const std::string& store_folder,
                            const std::string& quarantine_folder, const Ulid& store_id,
                            const Ulid& damaged,
                            const std::function<Result<void>(const Ulid& made)>& announce) {
  const std::string path = PackPath(store_folder, damaged);
  REPRISE_ASSIGN_OR_RETURN(const auto reader, PackReader::OpenDamaged(files, path));
  std::unique_ptr<PackWriter> writer;
  const auto copy = [&](ByteSpan record, std::uint32_t offset) -> Result<void> {
    if (writer == nullptr) {
      REPRISE_ASSIGN_OR_RETURN(writer, PackWriter::Create(files, quarantine_folder, store_id));
    }
    EncodedRecord encoded;
    encoded.bytes = AsText(record);
    REPRISE_ASSIGN_OR_RETURN(encoded.entries, EntriesOfRecord(record, offset));
    return writer->Append(std::move(encoded));
  };
  REPRISE_ASSIGN_OR_RETURN(const PackScan scan, reader->Scan(copy));
  Salvage salvage{
      .pack = std::nullopt, .records = scan.records, .damaged_bytes = scan.damaged_bytes};
  if (writer != nullptr) {
    salvage.pack = writer->id();
    REPRISE_TRY(writer->Finish());
    if (announce) REPRISE_TRY(announce(*salvage.pack));
    const auto rows = NewMemoryCatalog();  // Only the move is wanted.
    REPRISE_TRY(AdoptPacks(files, store_folder, quarantine_folder, {&*salvage.pack, 1}, *rows));
  }
  REPRISE_TRY(files.Rename(path, JoinPath(quarantine_folder, BaseName(path))));
  REPRISE_TRY(files.SyncDirectory(quarantine_folder));
  REPRISE_TRY(files.SyncDirectory(ParentPath(path)));
  return salvage;
}

}  // namespace reprise::storage
