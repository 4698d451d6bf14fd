// Rows of the catalog on arbitrary bytes (docs/formats/catalog_keys.md): those of the lineage graph
// and of folders' members, and facts.  The input is a length, that many bytes of a key, and a
// value.  A row that is read is what its writer writes; others are damage, and never a crash.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lineage/edge_keys.h"
#include "lineage/folder_members.h"
#include "lineage/graph_query.h"
#include "lineage/holders.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/crypto/sha256.h"
#include "tracker/index.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/run_row.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.
using storage::Space;

bool Writes(const storage::CatalogBatch& batch, std::string_view key, std::string_view value) {
  return std::ranges::any_of(batch.changes(), [&](const storage::CatalogBatch::Change& change) {
    return change.key == key && change.value == value;
  });
}

// A row that is read is what its writer writes.
void ReadRow(std::string_view key, std::string_view value) {
  storage::CatalogBatch batch;
  if (const auto edge = lineage::ReadEdge(key, value)) {
    lineage::PutEdge(*edge, batch);
    REPRISE_ASSERT(Writes(batch, key, value));
  } else if (auto member = lineage::ReadMember(key, value)) {
    lineage::PutMember(*member, batch);
    REPRISE_ASSERT(Writes(batch, key, value));
  } else if (const auto child = lineage::ReadChild(key, value)) {
    lineage::PutMember(*child, batch);
    REPRISE_ASSERT(Writes(batch, key, value));
  }
  if (const auto partial = lineage::ReadPartial(key, value)) {
    REPRISE_ASSERT(lineage::PartialRowKey(partial->folder, partial->role) == key);
  }
  if (const auto node = lineage::ParseNodeKey(value)) {
    REPRISE_ASSERT(lineage::NodeKey(*node) == value);
  }
}

// Asks about the node whose row it is, so that whoever asks comes upon the row.
void AskAboutRow(storage::Catalog& catalog, std::string_view key) {
  const auto number = lineage::NumberFromBytes(key.substr(1, sizeof(lineage::NodeNumber)));
  if (!number.has_value()) return;
  const lineage::NodeId start = lineage::NodeId::Artifact(crypto::Sha256("start"));
  storage::CatalogBatch batch;
  batch.Put(Space::kNode, lineage::NodeKey(start), lineage::NumberToBytes(*number));
  batch.Put(Space::kEdge, lineage::NodeRowKey(*number), lineage::NodeKey(start));
  REPRISE_ASSERT(catalog.Apply(batch).ok());
  for (const auto direction : {lineage::Direction::kUp, lineage::Direction::kDown}) {
    lineage::GraphQuestion question;
    question.starts = {start};
    question.direction = direction;
    (void)lineage::Ask(catalog, question);
  }
  (void)lineage::HoldersOf(catalog, start, 10, 10);
  (void)lineage::KnownKind(catalog, start.artifact);
  (void)lineage::PartialFolders(catalog);
  (void)lineage::PartialFolderNumbers(catalog);
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
  ReadRow(key, value);
  if (key.size() > sizeof(lineage::NodeNumber)) AskAboutRow(*catalog, key);
  return 0;
}
