#include "tracker/index.h"

#include <algorithm>
#include <utility>

#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/text_value.h"
#include "storage/crypto/sha256.h"
#include "tracker/catalog_fact.h"
#include "tracker/erasing.h"
#include "tracker/governance_rows.h"
#include "tracker/listed_run.h"
#include "tracker/models.h"
#include "tracker/produced_paths.h"
#include "tracker/profile_rows.h"
#include "tracker/run_index.h"
#include "tracker/run_row.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using storage::CatalogBatch;
using storage::Space;

constexpr std::string_view kAppliedKey = "ledger_applied";
constexpr std::string_view kUnreadPrefix = "unread/";  // Before a sequence.
constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kFormat = "5";  // Of all rows; a catalog of another is rebuilt.
constexpr std::string_view kDatasetNamePrefix = "dataset_name/";

// Key of the row by which an entry is found that says the same.
std::string StatementKey(const storage::LedgerEntry& entry) {
  std::string text;
  for (const std::string& part : {entry.kind, entry.subject, entry.actor}) {
    AppendLe(text, static_cast<std::uint64_t>(part.size()));
    text += part;
  }
  text += entry.payload.ToStored();
  AppendLe(text, static_cast<std::uint64_t>(entry.time_unix_ms));
  return "statement/" + std::string(AsText(crypto::Sha256(text).bytes()));
}

std::uint64_t SequenceOfKey(std::string_view key, std::size_t prefix_bytes) {
  std::uint64_t sequence = 0;
  for (const char c : key.substr(prefix_bytes)) {
    sequence = sequence << 8 | static_cast<unsigned char>(c);
  }
  return sequence;
}

std::string SubjectKey(std::string_view subject, std::uint64_t sequence) {
  std::string key(subject);
  key += '\0';
  AppendBe(key, sequence);
  return key;
}

std::string DatasetKey(std::uint64_t sequence) {
  return std::string(kDatasetPrefix) + SubjectKey("", sequence);
}

// The rows of every entry, whatever its document says.
void PutEntryRows(const storage::LedgerEntry& entry, CatalogBatch& batch) {
  batch.Put(Space::kLedger, SubjectKey(entry.subject, entry.sequence), "");
  std::string sequence;
  AppendLe(sequence, entry.sequence);
  batch.Put(Space::kMeta, StatementKey(entry), std::move(sequence));
}

// The row of a run's documents, the one for lists, and those by which it is found there.  `before`
// is the run as the catalog has it, if it does.
Result<void> PutRunRows(const Ulid& id, const v1::CatalogRun& row, const ListedRun* before,
                        CatalogBatch& batch) {
  std::string value = row.SerializeAsString();
  REPRISE_ASSIGN_OR_RETURN(const StoredRun run, DecodeRunRow(value));
  const ListedRun listed = ListedRunOf(run);
  batch.Put(Space::kName, ListedKey(id), EncodeListedRun(listed));
  PutIndexRows(before, listed, batch);
  batch.Put(Space::kRun, UlidBytes(id), std::move(value));
  return {};
}

Result<void> IndexRun(const storage::LedgerEntry& entry, RunDocuments& documents,
                      storage::ObjectReader& objects, const storage::Catalog& catalog,
                      IndexMemory& memory, CatalogBatch& batch) {
  const StoredRun& run = documents.run;
  const lineage::Recipe no_recipe;
  REPRISE_TRY(memory.graph.AddRun(run.record, run.recipe.has_value() ? *run.recipe : no_recipe,
                                  run.code.has_value() ? &*run.code : nullptr, objects, batch));
  REPRISE_TRY(IndexProducedPaths(run.record.outputs, catalog, memory.data_paths, batch));
  if (run.recipe.has_value()) {
    REPRISE_TRY(IndexReadPaths(run.recipe->inputs, catalog, memory.data_paths, batch));
  }
  batch.Put(Space::kName, ListedKey(run.record.id), documents.listed);
  for (const std::string& key : documents.index_keys) batch.Put(Space::kName, key, "");
  v1::CatalogRun place;
  place.set_ledger_sequence(entry.sequence);
  REPRISE_ASSERT(place.AppendToString(&documents.row));  // Messages one after another are one.
  batch.Put(Space::kRun, UlidBytes(run.record.id), documents.row);
  return {};
}

// A note or tags: appended to the row of the run, or to the artifact's own.
Result<void> IndexFact(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                       const storage::Catalog& catalog, CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(std::string document, objects.Get(entry.payload));
  if (const auto run = Ulid::Parse(entry.subject); run.ok()) {
    REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kRun, UlidBytes(*run)));
    v1::CatalogRun row;
    if (!value.has_value() || !row.ParseFromString(*value)) {
      return Error{ErrorCode::kCorruption, "ledger entry " + std::to_string(entry.sequence) +
                                               " is about run " + entry.subject +
                                               ", which the catalog does not have"};
    }
    REPRISE_ASSIGN_OR_RETURN(const StoredRun stored, DecodeRunRow(*value));
    const ListedRun before = ListedRunOf(stored);
    *row.add_facts() = CatalogFactOf(entry, std::move(document));
    return PutRunRows(*run, row, &before, batch);
  }
  const std::string key = "fact/" + entry.subject;
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kName, key));
  v1::CatalogFacts row;
  if (value.has_value() && !row.ParseFromString(*value)) {
    return Error{ErrorCode::kCorruption, "the catalog's row '" + Printable(key) + "' is damaged"};
  }
  *row.add_facts() = CatalogFactOf(entry, std::move(document));
  batch.Put(Space::kName, key, row.SerializeAsString());
  return {};
}

Result<void> IndexDataset(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                          const storage::Catalog& catalog, IndexMemory& memory,
                          CatalogBatch& batch) {
  REPRISE_ASSIGN_OR_RETURN(std::string document, objects.Get(entry.payload));
  REPRISE_ASSIGN_OR_RETURN(const DatasetDocument dataset, DecodeDataset(document));
  REPRISE_TRY(IndexReadPaths({dataset.artifact}, catalog, memory.data_paths, batch));
  if (dataset.artifact.kind == lineage::ArtifactKind::kFolder) {
    REPRISE_TRY(memory.graph.AddDataset(dataset.artifact.digest, objects, batch));
  }
  batch.Put(Space::kName, DatasetKey(entry.sequence),
            CatalogFactOf(entry, std::move(document)).SerializeAsString());
  if (!dataset.name.empty()) {
    batch.Put(Space::kName,
              std::string(kDatasetNamePrefix) + SubjectKey(dataset.name, entry.sequence), "");
  }
  return {};
}

}  // namespace

Result<CodeDocuments::Document> CodeDocuments::Read(const Digest& digest,
                                                    storage::ObjectReader& objects) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(digest); known != known_.end()) return known->second;
  }
  Document document;
  REPRISE_ASSIGN_OR_RETURN(document.text, objects.Get(digest));
  REPRISE_ASSIGN_OR_RETURN(document.code, lineage::DecodeCode(document.text));
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kKeptMax) known_.clear();
  known_.emplace(digest, document);
  return document;
}

RunDocuments NewRunDocuments(const v1::CatalogRun& texts, StoredRun run) {
  run.tags = run.record.tags;
  const ListedRun listed = ListedRunOf(run);
  return {.run = std::move(run),
          .row = texts.SerializeAsString(),
          .listed = EncodeListedRun(listed),
          .index_keys = IndexKeysOf(listed)};
}

Result<RunDocuments> ReadRunDocuments(const storage::LedgerEntry& entry,
                                      storage::ObjectReader& objects, CodeDocuments& codes) {
  v1::CatalogRun row;
  StoredRun run;
  REPRISE_ASSIGN_OR_RETURN(*row.mutable_run_document(), objects.Get(entry.payload));
  REPRISE_ASSIGN_OR_RETURN(run.record, lineage::DecodeRunRecord(row.run_document()));
  if (run.record.recipe.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(*row.mutable_recipe_document(), objects.Get(*run.record.recipe));
    REPRISE_ASSIGN_OR_RETURN(run.recipe, lineage::DecodeRecipe(row.recipe_document()));
  }
  if (run.record.code.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(auto document, codes.Read(*run.record.code, objects));
    row.set_code_document(std::move(document.text));
    run.code = std::move(document.code);
  }
  return NewRunDocuments(row, std::move(run));
}

Result<void> IndexLedgerEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                              const storage::Catalog& catalog, IndexMemory& memory,
                              CatalogBatch& batch, RunDocuments* documents) {
  const auto index = [&]() -> Result<void> {
    if (entry.kind == "run") {
      if (documents != nullptr) return IndexRun(entry, *documents, objects, catalog, memory, batch);
      REPRISE_ASSIGN_OR_RETURN(RunDocuments read, ReadRunDocuments(entry, objects, memory.codes));
      return IndexRun(entry, read, objects, catalog, memory, batch);
    }
    REPRISE_ASSIGN_OR_RETURN(const bool is_erased, IsPayloadErased(entry, catalog));
    if (is_erased) return {};
    if (entry.kind == kErasureEntry) return IndexErasure(entry, objects, catalog, batch);
    if (entry.kind == "dataset") return IndexDataset(entry, objects, catalog, memory, batch);
    if (entry.kind == "profile") return IndexProfile(entry, objects, batch);
    if (entry.kind == "note" || entry.kind == "tags") {
      return IndexFact(entry, objects, catalog, batch);
    }
    if (entry.kind == kModelVersionEntry || entry.kind == kPromotionEntry) {
      return IndexModelEntry(entry, objects, catalog, memory.graph, batch);
    }
    if (IsGovernanceEntry(entry.kind)) return IndexGovernanceEntry(entry, objects, batch);
    return {};
  };
  const CatalogBatch::Position before = batch.position();
  if (auto indexed = index(); !indexed.ok()) {
    batch.CutBack(before);
    memory.graph.Forget();
    return Annotate(std::move(indexed).error(),
                    "ledger entry " + std::to_string(entry.sequence) + " cannot be indexed");
  }
  memory.graph.Keep();
  PutEntryRows(entry, batch);
  return {};
}

bool StandsAlone(const storage::LedgerEntry& entry) {
  return entry.kind == "run" || entry.kind == "dataset";
}

void PutLedgerApplied(std::uint64_t size, CatalogBatch& batch) {
  std::string applied;
  AppendLe(applied, size);
  batch.Put(Space::kMeta, std::string(kAppliedKey), std::move(applied));
  batch.Put(Space::kMeta, std::string(kFormatKey), std::string(kFormat));
}

void IndexUnreadEntry(const storage::LedgerEntry& entry, CatalogBatch& batch) {
  PutEntryRows(entry, batch);
  std::string key(kUnreadPrefix);
  AppendBe(key, entry.sequence);
  batch.Put(Space::kMeta, std::move(key), "");
}

Result<std::vector<std::uint64_t>> UnreadLedgerEntries(const storage::Catalog& catalog) {
  std::vector<std::uint64_t> sequences;
  REPRISE_TRY(catalog.Scan(Space::kMeta, {.prefix = std::string(kUnreadPrefix)},
                           [&](std::string_view key, std::string_view) {
                             sequences.push_back(SequenceOfKey(key, kUnreadPrefix.size()));
                             return true;
                           }));
  return sequences;
}

Result<bool> HasCurrentFormat(const storage::Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const auto applied, catalog.Get(Space::kMeta, kAppliedKey));
  if (!applied.has_value()) return true;
  REPRISE_ASSIGN_OR_RETURN(const auto format, catalog.Get(Space::kMeta, kFormatKey));
  return format == kFormat;
}

Result<std::optional<std::uint64_t>> AppliedLedgerSize(const storage::Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kMeta, kAppliedKey));
  if (!value.has_value()) return std::optional<std::uint64_t>();
  if (value->size() != sizeof(std::uint64_t)) {
    return Error{ErrorCode::kCorruption, "the catalog's ledger position is damaged"};
  }
  return std::optional(LoadLe<std::uint64_t>(AsBytes(*value)));
}

Result<std::optional<std::uint64_t>> FindLedgerEntry(const storage::Catalog& catalog,
                                                     const storage::LedgerEntry& entry) {
  REPRISE_ASSIGN_OR_RETURN(const auto value, catalog.Get(Space::kMeta, StatementKey(entry)));
  if (!value.has_value()) return std::optional<std::uint64_t>();
  if (value->size() != sizeof(std::uint64_t)) {
    return Error{ErrorCode::kCorruption, "the catalog's row of a ledger entry is damaged"};
  }
  return std::optional(LoadLe<std::uint64_t>(AsBytes(*value)));
}

Result<std::vector<std::optional<std::uint64_t>>> FindLedgerEntries(
    const storage::Catalog& catalog, std::span<const storage::LedgerEntry> entries) {
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const storage::LedgerEntry& entry : entries) keys.push_back(StatementKey(entry));
  std::vector<std::string> sorted = keys;
  std::ranges::sort(sorted);
  REPRISE_ASSIGN_OR_RETURN(const auto values, catalog.MultiGet(Space::kMeta, sorted));
  std::vector<std::optional<std::uint64_t>> sequences;
  sequences.reserve(keys.size());
  for (const std::string& key : keys) {
    const auto place = std::ranges::lower_bound(sorted, key) - sorted.begin();
    const auto& value = values[static_cast<std::size_t>(place)];
    if (value.has_value() && value->size() != sizeof(std::uint64_t)) {
      return Error{ErrorCode::kCorruption, "the catalog's row of a ledger entry is damaged"};
    }
    sequences.push_back(value.has_value() ? std::optional(LoadLe<std::uint64_t>(AsBytes(*value)))
                                          : std::nullopt);
  }
  return sequences;
}

Result<std::vector<std::optional<std::uint64_t>>> NewestLedgerEntriesAbout(
    const storage::Catalog& catalog, std::span<const storage::LedgerEntry> entries) {
  std::vector<std::string> prefixes;
  prefixes.reserve(entries.size());
  for (const storage::LedgerEntry& entry : entries) prefixes.push_back(entry.subject + '\0');
  std::vector<std::string> sorted = prefixes;
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<std::optional<std::uint64_t>> newest(sorted.size());
  REPRISE_TRY(catalog.ScanPrefixes(Space::kLedger, sorted,
                                   [&](std::size_t i, std::string_view key, std::string_view) {
                                     newest[i] = SequenceOfKey(key, sorted[i].size());
                                     return true;
                                   }));
  std::vector<std::optional<std::uint64_t>> answer;
  answer.reserve(prefixes.size());
  for (const std::string& prefix : prefixes) {
    const auto place = std::ranges::lower_bound(sorted, prefix);
    answer.push_back(newest[static_cast<std::size_t>(place - sorted.begin())]);
  }
  return answer;
}

Result<std::optional<std::uint64_t>> NewestLedgerEntryAbout(const storage::Catalog& catalog,
                                                            std::string_view subject) {
  std::optional<std::uint64_t> newest;
  const std::string prefix = std::string(subject) + '\0';
  REPRISE_TRY(catalog.Scan(Space::kLedger,
                           {.prefix = prefix, .from = std::nullopt, .reverse = true},
                           [&](std::string_view key, std::string_view) {
                             newest = SequenceOfKey(key, prefix.size());
                             return false;
                           }));
  return newest;
}

Result<std::vector<std::uint64_t>> LedgerEntriesAbout(const storage::Catalog& catalog,
                                                      std::string_view subject) {
  std::vector<std::uint64_t> sequences;
  const std::string prefix = std::string(subject) + '\0';
  REPRISE_TRY(
      catalog.Scan(Space::kLedger, {.prefix = prefix}, [&](std::string_view key, std::string_view) {
        sequences.push_back(SequenceOfKey(key, prefix.size()));
        return true;
      }));
  return sequences;
}

Result<std::optional<std::string>> NewestDatasetRow(const storage::Catalog& catalog,
                                                    std::string_view name) {
  const std::string prefix = std::string(kDatasetNamePrefix) + std::string(name) + '\0';
  std::optional<std::uint64_t> newest;
  REPRISE_TRY(catalog.Scan(Space::kName, {.prefix = prefix, .from = std::nullopt, .reverse = true},
                           [&](std::string_view key, std::string_view) {
                             // Of a name that goes on after a zero byte the key is longer.
                             if (key.size() != prefix.size() + sizeof(std::uint64_t)) return true;
                             newest = SequenceOfKey(key, prefix.size());
                             return false;
                           }));
  if (!newest.has_value()) return std::optional<std::string>();
  return catalog.Get(Space::kName, DatasetKey(*newest));
}

}  // namespace reprise::tracker
