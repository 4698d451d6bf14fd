// Rows of the catalog on arbitrary bytes (docs/formats/catalog_keys.md): those of the lineage graph
// and of folders' members, and facts.  The input is a length, that many bytes of a key, and a
// value. A row of an edge that is read is what its writer writes; others are damage, and never a
// crash.

#include <cstddef>
#include <cstdint>

#include "lineage/edge_keys.h"
#include "lineage/folder_members.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/crypto/sha256.h"
#include "tracker/index.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/run_row.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.
using storage::Space;

void ReadEdges(const storage::Catalog& catalog, std::string_view key, std::string_view value) {
  const auto read =
      lineage::ScanEdges(catalog, std::string(key.substr(0, 1)), [&](lineage::StoredEdge stored) {
        storage::CatalogBatch batch;
        lineage::PutEdge(stored.edge,
                         stored.is_folder ? lineage::kFolderMark : lineage::kContentMark, batch);
        bool found = false;
        for (const auto& change : batch.changes()) {
          found = found || (change.key == key && change.value == value);
        }
        REPRISE_ASSERT(found);
        return true;
      });
  REPRISE_ASSERT(read.ok() || read.error().code == ErrorCode::kCorruption);
}

// The digest that a folder's row begins with, so that the readers below come upon the row.
Digest DigestAt(std::string_view key, std::size_t position) {
  if (key.size() >= position + Digest::kStoredSizeBytes) {
    const auto digest = Digest::FromStored(AsBytes(key.substr(position, Digest::kStoredSizeBytes)));
    if (digest.ok()) return *digest;
  }
  return crypto::Sha256("");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = AsText(std::as_bytes(std::span(data, size)));
  tracker::v1::CatalogFacts facts;
  if (facts.ParseFromArray(data, static_cast<int>(size))) {
    std::map<std::string, std::string> tags;
    tracker::OverlayTags(facts.facts(), tags);
    REPRISE_ASSERT(tracker::NotesOf(facts.facts()).size() <=
                   static_cast<std::size_t>(facts.facts_size()));
  }
  if (size < 2) return 0;
  const std::string_view key = input.substr(1, data[0]);
  if (key.empty()) return 0;
  const std::string_view value = input.substr(1 + key.size());
  const auto catalog = storage::NewMemoryCatalog();
  storage::CatalogBatch batch;
  batch.Put(Space::kEdge, std::string(key), std::string(value));
  batch.Put(Space::kMeta, std::string(key), std::string(value));
  REPRISE_ASSERT(catalog->Apply(batch).ok());

  (void)tracker::AppliedLedgerSize(*catalog);
  (void)tracker::UnreadLedgerEntries(*catalog);
  if (key[0] == lineage::kIntoRow || key[0] == lineage::kFromRow) ReadEdges(*catalog, key, value);
  for (const auto role : {lineage::FolderRole::kUsed, lineage::FolderRole::kProduced}) {
    (void)lineage::FoldersAround(*catalog, DigestAt(key, 2), role);
    lineage::KnownMembers members(*catalog);
    (void)members.Find(DigestAt(key, 1), role);
  }
  return 0;
}
