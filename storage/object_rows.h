// What the catalog keeps about objects: the rows of Space::kChunk, kObject and kPack, and the marks
// of damage.  docs/formats/catalog_keys.md has the bytes.
//
// Thread-safety: pure functions.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "storage/pack.h"

namespace reprise::storage {

// Where a chunk or an object lies; the value of its row.  The key is Digest::ToStored().
struct PlaceRow {
  bool damaged = false;  // Found damaged: absent for whoever writes, still tried by who reads.
  EntryKind kind = EntryKind::kChunk;
  Ulid pack;
  std::uint32_t offset = 0;
  std::uint32_t record_bytes = 0;
  std::uint16_t position = 0;
  std::uint64_t size_bytes = 0;

  friend bool operator==(const PlaceRow&, const PlaceRow&) = default;
};
PlaceRow PlaceOf(const Ulid& pack, const PackEntry& entry);
std::string EncodePlaceRow(const PlaceRow& row);
// Errors: kCorruption.
Result<PlaceRow> DecodePlaceRow(std::string_view value);

// The value of a pack's row.  The key is the 16 bytes of its id.
struct PackRow {
  std::uint64_t size_bytes = 0;     // Of the file.
  std::uint64_t content_bytes = 0;  // Of its chunks, before compression.
  std::uint32_t chunks = 0;
  std::uint32_t objects = 0;

  friend bool operator==(const PackRow&, const PackRow&) = default;
};
std::string EncodePackRow(const PackRow& row);
// Errors: kCorruption.
Result<PackRow> DecodePackRow(std::string_view value);

// Puts the rows of a pack's entries and of the pack itself into `batch`.
void IndexPack(const Ulid& pack, std::uint64_t size_bytes, std::span<const PackEntry> entries,
               CatalogBatch& batch);

// Marks chunks and objects as damaged.  Whoever finds a damaged chunk names every object that uses
// it too: presence of an object is answered from its own row.  Digests without a row are passed
// over.  Adopting a pack that holds them again removes the marks.
// Errors: those of Catalog.
Result<void> MarkDamaged(const Catalog& catalog, std::span<const Digest> chunks,
                         std::span<const Digest> objects, CatalogBatch& batch);

// Notes that the folder with the document `tree` is present with all that is below it.  For whoever
// adopts a session that recorded the folder as one: its import has put everything that was absent.
void NoteWholeTree(const Digest& tree, CatalogBatch& batch);
// Whether that was noted, and nothing is marked damaged.
Result<bool> HasWholeTree(const Catalog& catalog, const Digest& tree);

// Whether anything was marked damaged since the last ClearDamageNote().
Result<bool> HasDamageNote(const Catalog& catalog);
// For whoever has verified that nothing is damaged (any more).
void ClearDamageNote(CatalogBatch& batch);

}  // namespace reprise::storage
