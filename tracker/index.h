// What the ledger says, as rows of the catalog.
//
// Adoption and rebuilding use the same code: each ledger entry adds its rows, in order, and the
// rows of an entry depend only on the ledger and on the documents that it names.  Rows:
// docs/formats/catalog_keys.md.
//
// Kinds of entries: "run" (subject: run id; payload: run document), "dataset" (subject: digest),
// "profile" (subject: digest), "note" and "tags" (subject: run id or digest), "model_version" and
// "promotion" (subject: "NAME@VERSION"), those of tracker/governance_rows.h.  Entries of other
// kinds add no rows of their own.

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/graph_writer.h"
#include "lineage/recipe.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/ledger.h"
#include "storage/object_store.h"
#include "tracker/fact_documents.h"
#include "tracker/listed_run.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Before a run's id: its row for lists (tracker/listed_run.h), in Space::kName.
inline constexpr std::string_view kListedRunPrefix = "listed/";
// Before a dataset entry's place in the ledger: its row (v1::CatalogFact), in Space::kName.
inline constexpr std::string_view kDatasetPrefix = "dataset/";

// The states of the code that runs name: neighbours mostly name the same.
//
// Thread-safety: may be used by many threads.
class CodeDocuments {
 public:
  struct Document {
    std::string text;
    lineage::Code code;
  };
  // Errors: kCorruption, kNotFound.
  Result<Document> Read(const Digest& digest, storage::ObjectReader& objects);

 private:
  static constexpr std::size_t kKeptMax = 64;
  std::mutex mutex_;
  std::map<Digest, Document> known_;
};

// The documents of a run's entry, read and checked, and what rows they make by themselves.
struct RunDocuments {
  StoredRun run;
  std::string row;     // A v1::CatalogRun as it is stored, which lacks its place in the ledger.
  std::string listed;  // Its row for lists.
  std::vector<std::string> index_keys;  // Of the rows by which it is found there.
};
// What `texts` say, where `run` (record, recipe and code) is what they were made of or read as.
RunDocuments NewRunDocuments(const v1::CatalogRun& texts, StoredRun run);

// Errors: kCorruption, kNotFound.  Thread-safety: may be called by many threads.
Result<RunDocuments> ReadRunDocuments(const storage::LedgerEntry& entry,
                                      storage::ObjectReader& objects, CodeDocuments& codes);

// Documents of runs that whoever sealed a session still holds, by the digest of the run document:
// its adoption takes them from here instead of reading them back.
struct HeldDocuments {
  std::unordered_map<Digest, RunDocuments> runs;
};

// What whoever indexes many entries remembers, so that they may share a batch that is not applied
// yet.
struct IndexMemory {
  explicit IndexMemory(const storage::Catalog& catalog) : graph(catalog) {}

  lineage::GraphWriter graph;
  CodeDocuments codes;
  std::set<std::string> data_paths;  // Rows of paths (tracker/produced_paths.h) that are there.
};

// Adds the rows of `entry` to `batch`.  `objects` must be able to read the documents that the entry
// names.  Entries that stand alone may share a batch, before which the catalog must have the rows
// of all others; PutLedgerApplied() ends each batch.
// `documents`: those of a run, where they have been read already.
// Errors: kCorruption, kNotFound  a document is damaged or missing; `batch` is then unchanged.
Result<void> IndexLedgerEntry(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                              const storage::Catalog& catalog, IndexMemory& memory,
                              storage::CatalogBatch& batch, RunDocuments* documents = nullptr);

// Whether the rows of `entry` depend on nothing but its documents and what IndexMemory knows, as
// those of a note depend on the row of its run.
bool StandsAlone(const storage::LedgerEntry& entry);

// Notes that the rows of the first `size` entries are there.
void PutLedgerApplied(std::uint64_t size, storage::CatalogBatch& batch);

// Adds only the rows that need no document, and a note of that: for an entry that cannot be indexed
// because its document, or another that it needs, is lost.
void IndexUnreadEntry(const storage::LedgerEntry& entry, storage::CatalogBatch& batch);

// The sequence numbers of those, ascending.  What they say (a run, a note) is not in the catalog.
Result<std::vector<std::uint64_t>> UnreadLedgerEntries(const storage::Catalog& catalog);

// Whether this release's rows are in the catalog; an empty one counts.
Result<bool> HasCurrentFormat(const storage::Catalog& catalog);

// How many ledger entries the catalog holds; nullopt when it has never been filled.
Result<std::optional<std::uint64_t>> AppliedLedgerSize(const storage::Catalog& catalog);

// The sequence of the entry that says the same as `entry` (kind, subject, payload, time and actor),
// if the ledger has one: what is said twice in one millisecond is said once.
Result<std::optional<std::uint64_t>> FindLedgerEntry(const storage::Catalog& catalog,
                                                     const storage::LedgerEntry& entry);

// The same for many entries, in their order, in one look-up.
Result<std::vector<std::optional<std::uint64_t>>> FindLedgerEntries(
    const storage::Catalog& catalog, std::span<const storage::LedgerEntry> entries);

// For each of `entries` the sequence of the newest entry about its subject.
Result<std::vector<std::optional<std::uint64_t>>> NewestLedgerEntriesAbout(
    const storage::Catalog& catalog, std::span<const storage::LedgerEntry> entries);

// The sequence of the newest entry about `subject`.
Result<std::optional<std::uint64_t>> NewestLedgerEntryAbout(const storage::Catalog& catalog,
                                                            std::string_view subject);

// Sequence numbers of the entries about `subject`, ascending.
Result<std::vector<std::uint64_t>> LedgerEntriesAbout(const storage::Catalog& catalog,
                                                      std::string_view subject);

// The row (kDatasetPrefix) of the newest dataset entry with that name.
Result<std::optional<std::string>> NewestDatasetRow(const storage::Catalog& catalog,
                                                    std::string_view name);

}  // namespace reprise::tracker
