#include "storage/object_rows.h"

namespace reprise::storage {
namespace {

constexpr std::size_t kPlaceRowBytes = 36;
constexpr std::size_t kPackRowBytes = 24;
constexpr std::uint8_t kStateGood = 0;
constexpr std::uint8_t kStateDamaged = 1;
constexpr std::string_view kDamageNoteKey = "objects/damage";

std::string TreeKey(const Digest& tree) { return "objects/tree/" + tree.ToStored(); }

Error BadRow() {
  return {ErrorCode::kCorruption,
          "the catalog has a row that no release wrote; rebuild it with 'reprise fsck "
          "--rebuild-index'"};
}

Result<void> MarkRows(const Catalog& catalog, Space space, std::span<const Digest> digests,
                      CatalogBatch& batch) {
  for (const Digest& digest : digests) {
    REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(space, digest.ToStored()));
    if (!value.has_value()) continue;
    REPRISE_ASSIGN_OR_RETURN(PlaceRow row, DecodePlaceRow(*value));
    row.damaged = true;
    batch.Put(space, digest.ToStored(), EncodePlaceRow(row));
  }
  return {};
}

}  // namespace

PlaceRow PlaceOf(const Ulid& pack, const PackEntry& entry) {
  return {.kind = entry.kind,
          .pack = pack,
          .offset = entry.offset,
          .record_bytes = entry.record_bytes,
          .position = entry.position,
          .size_bytes = entry.size_bytes};
}

std::string EncodePlaceRow(const PlaceRow& row) {
  std::string out;
  out.reserve(kPlaceRowBytes);
  AppendLe(out, row.damaged ? kStateDamaged : kStateGood);
  AppendLe(out, static_cast<std::uint8_t>(row.kind));
  AppendLe(out, row.position);
  AppendLe(out, row.offset);
  AppendLe(out, row.record_bytes);
  AppendLe(out, row.size_bytes);
  out += AsText(row.pack.bytes());
  return out;
}

Result<PlaceRow> DecodePlaceRow(std::string_view value) {
  const ByteSpan bytes = AsBytes(value);
  if (bytes.size() != kPlaceRowBytes) return BadRow();
  const auto state = LoadLe<std::uint8_t>(bytes, 0);
  const auto kind = LoadLe<std::uint8_t>(bytes, 1);
  if (state > kStateDamaged || kind < 1 || kind > 3) return BadRow();
  PlaceRow row;
  row.damaged = state == kStateDamaged;
  row.kind = static_cast<EntryKind>(kind);
  row.position = LoadLe<std::uint16_t>(bytes, 2);
  row.offset = LoadLe<std::uint32_t>(bytes, 4);
  row.record_bytes = LoadLe<std::uint32_t>(bytes, 8);
  row.size_bytes = LoadLe<std::uint64_t>(bytes, 12);
  row.pack = Ulid::FromBytes(bytes.subspan(20, Ulid::kSizeBytes));
  if (row.record_bytes > kRecordBytesMax) return BadRow();
  return row;
}

std::string EncodePackRow(const PackRow& row) {
  std::string out;
  AppendLe(out, row.size_bytes);
  AppendLe(out, row.content_bytes);
  AppendLe(out, row.chunks);
  AppendLe(out, row.objects);
  return out;
}

Result<PackRow> DecodePackRow(std::string_view value) {
  const ByteSpan bytes = AsBytes(value);
  if (bytes.size() != kPackRowBytes) return BadRow();
  return PackRow{.size_bytes = LoadLe<std::uint64_t>(bytes, 0),
                 .content_bytes = LoadLe<std::uint64_t>(bytes, 8),
                 .chunks = LoadLe<std::uint32_t>(bytes, 16),
                 .objects = LoadLe<std::uint32_t>(bytes, 20)};
}

void IndexPack(const Ulid& pack, std::uint64_t size_bytes, std::span<const PackEntry> entries,
               CatalogBatch& batch) {
  PackRow total{.size_bytes = size_bytes};
  for (const PackEntry& entry : entries) {
    const std::string key = entry.digest.ToStored();
    const std::string value = EncodePlaceRow(PlaceOf(pack, entry));
    if (entry.kind != EntryKind::kManifest) {
      ++total.chunks;
      total.content_bytes += entry.size_bytes;
      batch.Put(Space::kChunk, key, value);
    }
    if (entry.kind != EntryKind::kChunk) {
      ++total.objects;
      batch.Put(Space::kObject, key, value);
    }
  }
  batch.Put(Space::kPack, std::string(AsText(pack.bytes())), EncodePackRow(total));
}

Result<void> MarkDamaged(const Catalog& catalog, std::span<const Digest> chunks,
                         std::span<const Digest> objects, CatalogBatch& batch) {
  REPRISE_TRY(MarkRows(catalog, Space::kChunk, chunks, batch));
  REPRISE_TRY(MarkRows(catalog, Space::kObject, objects, batch));
  batch.Put(Space::kMeta, std::string(kDamageNoteKey), "1");
  return {};
}

void NoteWholeTree(const Digest& tree, CatalogBatch& batch) {
  batch.Put(Space::kMeta, TreeKey(tree), "");
}

Result<bool> HasWholeTree(const Catalog& catalog, const Digest& tree) {
  REPRISE_ASSIGN_OR_RETURN(const auto noted, catalog.Get(Space::kMeta, TreeKey(tree)));
  if (!noted.has_value()) return false;
  REPRISE_ASSIGN_OR_RETURN(const bool damaged, HasDamageNote(catalog));
  return !damaged;
}

Result<bool> HasDamageNote(const Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kMeta, kDamageNoteKey));
  return value.has_value();
}

void ClearDamageNote(CatalogBatch& batch) {
  batch.Delete(Space::kMeta, std::string(kDamageNoteKey));
}

}  // namespace reprise::storage
