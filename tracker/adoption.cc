#include "tracker/adoption.h"

#include <algorithm>
#include <map>
#include <set>

#include "lineage/run_record.h"
#include "storage/erased_content.h"
#include "storage/object_store.h"
#include "storage/pack_reader.h"
#include "storage/parallel.h"
#include "tracker/erasing.h"
#include "tracker/packs_on_disk.h"
#include "tracker/produced_paths.h"
#include "tracker/proto/catalog.pb.h"
#include "tracker/run_names.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Catalog;
using storage::CatalogBatch;
using storage::Ledger;
using storage::LedgerEntry;
using Notify = std::function<void(const std::string&)>;

// Its row is there while files that are derived from the catalog are behind it.
constexpr std::string_view kCatchingUpKey = "catching_up";

// Indexes the entries from `from` on.  Those that stand alone share batches.
class EntryIndexer {
 public:
  EntryIndexer(FileSystem& files, const std::string& store_folder, Catalog& catalog,
               const Notify& notify)
      : catalog_(catalog),
        notify_(notify),
        objects_(storage::NewObjectReader(files, store_folder, catalog)),
        memory_(catalog) {}

  Result<void> Index(const LedgerEntry& entry) {
    if (!StandsAlone(entry)) REPRISE_TRY(Apply());
    if (auto indexed = IndexLedgerEntry(entry, *objects_, catalog_, memory_, batch_);
        !indexed.ok()) {
      if (!IsDamage(indexed.error())) return indexed;
      if (notify_) notify_(indexed.error().message + "; `reprise fsck` tells what is lost");
      IndexUnreadEntry(entry, batch_);
    }
    applied_ = entry.sequence + 1;
    if (StandsAlone(entry) && batch_.changes().size() < kChangesAtOnce) return {};
    return Apply();
  }

  Result<void> Apply() {
    if (batch_.empty()) return {};
    PutLedgerApplied(applied_, batch_);
    REPRISE_TRY(catalog_.Apply(batch_));
    batch_ = {};
    memory_.graph.NoteApplied();
    if (memory_.data_paths.size() > kPathsKeptMax) memory_.data_paths.clear();
    return {};
  }

 private:
  static constexpr std::size_t kChangesAtOnce = 100'000;  // Some 20 megabytes.
  static constexpr std::size_t kPathsKeptMax = 100'000;   // Likewise.

  Catalog& catalog_;
  const Notify& notify_;
  const std::unique_ptr<storage::ObjectReader> objects_;
  IndexMemory memory_;
  CatalogBatch batch_;
  std::uint64_t applied_ = 0;  // Up to where the batch leads.
};

Result<void> IndexEntries(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                          Ledger& ledger, std::uint64_t from, const Notify& notify) {
  EntryIndexer indexer(files, store_folder, catalog, notify);
  REPRISE_TRY(ledger.ForEach(from, [&](const LedgerEntry& entry) { return indexer.Index(entry); }));
  return indexer.Apply();
}

// Whether the link of `name` leads to a run that has it, or to one that is being recorded, which
// takes its name while it is still in the nursery.
bool IsHeld(FileSystem& files, const std::string& store_folder, const std::string& name,
            const std::multimap<std::string, Ulid>& named) {
  const auto holder = FindRunByName(files, store_folder, name);
  if (!holder.ok()) return holder.error().code == ErrorCode::kIoError;
  const auto [first, last] = named.equal_range(name);
  const StorePaths paths(store_folder);
  return std::any_of(first, last, [&](const auto& run) { return run.second == *holder; }) ||
         Exists(files, paths.nursery(*holder)) || Exists(files, paths.session(*holder));
}

// Gives every run its name again, where the link is lost or damaged.
Result<void> RestoreNames(FileSystem& files, const std::string& store_folder,
                          const Catalog& catalog) {
  std::multimap<std::string, Ulid> named;
  REPRISE_TRY(
      catalog.Scan(storage::Space::kRun, {}, [&](std::string_view key, std::string_view value) {
        v1::CatalogRun row;
        row.ParseFromArray(value.data(), static_cast<int>(value.size()));
        const auto run = lineage::DecodeRunRecord(row.run_document());
        if (run.ok() && CheckRunName(run->name).ok()) {
          named.emplace(run->name, Ulid::FromBytes(AsBytes(key)));
        }
        return true;
      }));
  REPRISE_TRY(CreateDirectories(files, StorePaths(store_folder).names()));
  for (const auto& [name, id] : named) {
    auto reserved = ReserveRunName(files, store_folder, name, id);
    if (!reserved.ok() && !IsHeld(files, store_folder, name, named) &&
        files.RemoveFile(JoinPath(StorePaths(store_folder).names(), name)).ok()) {
      reserved = ReserveRunName(files, store_folder, name, id);
    }
    if (!reserved.ok() && reserved.error().code != ErrorCode::kAlreadyExists) return reserved;
  }
  return files.SyncDirectory(StorePaths(store_folder).names());
}

struct SealedSession {
  std::vector<Ulid> packs;
  std::vector<LedgerEntry> entries;
};

Result<LedgerEntry> EntryOf(const v1::LedgerFact& fact) {
  LedgerEntry entry;
  entry.kind = fact.kind();
  entry.subject = fact.subject();
  entry.actor = fact.actor();
  entry.time_unix_ms = fact.time_unix_ms();
  REPRISE_ASSIGN_OR_RETURN(entry.payload, DigestFromMessage(fact.payload()));
  return entry;
}

struct SessionState {
  v1::SessionStarted::Kind kind = v1::SessionStarted::KIND_UNSPECIFIED;
  std::optional<SealedSession> sealed;
};

Result<SessionState> ReadSession(FileSystem& files, const std::string& folder) {
  SessionState state;
  REPRISE_TRY(ScanJournal(files, folder, [&](const v1::Frame& frame) -> Result<void> {
    if (frame.has_started()) state.kind = frame.started().kind();
    if (!frame.has_sealed()) return {};
    SealedSession sealed;
    for (const std::string& pack : frame.sealed().packs()) {
      REPRISE_ASSIGN_OR_RETURN(const Ulid id, UlidFromMessage(pack));
      sealed.packs.push_back(id);
    }
    for (const v1::LedgerFact& fact : frame.sealed().facts()) {
      REPRISE_ASSIGN_OR_RETURN(LedgerEntry entry, EntryOf(fact));
      sealed.entries.push_back(std::move(entry));
    }
    state.sealed = std::move(sealed);
    return {};
  }));
  return state;
}

// The session's entries that the ledger does not have yet (it has them when a crash came before the
// session was removed), as they will stand in it, and their rows.
struct Prepared {
  std::vector<LedgerEntry> entries;
  CatalogBatch rows;
};

// Takes the documents of those of `entries` that are runs from `held`, which may be nullptr, or
// reads them, by several threads.
Result<std::vector<std::optional<RunDocuments>>> TakeDocuments(std::span<const LedgerEntry> entries,
                                                               storage::ObjectReader& objects,
                                                               CodeDocuments& codes,
                                                               HeldDocuments* held) {
  std::vector<std::optional<RunDocuments>> documents(entries.size());
  if (entries.size() == 1) return documents;  // Whoever indexes it reads them.
  if (held != nullptr) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto taken = held->runs.extract(entries[i].payload);
      if (!taken.empty()) documents[i] = std::move(taken.mapped());
    }
  }
  REPRISE_TRY(storage::ParallelFor(
      entries.size(), storage::ThreadCount(0), [&](std::size_t i) -> Result<void> {
        if (entries[i].kind != "run" || documents[i].has_value()) return {};
        REPRISE_ASSIGN_OR_RETURN(documents[i], ReadRunDocuments(entries[i], objects, codes));
        return {};
      }));
  return documents;
}

Result<void> LookUpNodes(std::span<const std::optional<RunDocuments>> documents,
                         lineage::GraphWriter& graph) {
  lineage::GraphWriter::NamedNodes named;
  for (const auto& read : documents) {
    if (!read.has_value() || !read->run.recipe.has_value()) continue;
    named.Add(read->run.record, *read->run.recipe,
              read->run.code.has_value() ? &*read->run.code : nullptr);
  }
  return graph.LookUp(named);
}

// No fact of a session may need the rows of another fact of it, but for the lineage graph.
Result<Prepared> Prepare(FileSystem& files, const std::string& store_folder,
                         const std::string& session_folder, const SealedSession& session,
                         Catalog& catalog, const Ledger& ledger, HeldDocuments* held) {
  REPRISE_TRY(storage::AdoptPacks(files, store_folder, session_folder, session.packs, catalog));
  const auto objects = storage::NewObjectReader(files, store_folder, catalog);
  Prepared prepared;
  REPRISE_ASSIGN_OR_RETURN(const auto present, FindLedgerEntries(catalog, session.entries));
  REPRISE_ASSIGN_OR_RETURN(const auto newest, NewestLedgerEntriesAbout(catalog, session.entries));
  for (std::size_t i = 0; i < session.entries.size(); ++i) {
    if (present[i].has_value()) continue;
    LedgerEntry& entry = prepared.entries.emplace_back(session.entries[i]);
    entry.sequence = ledger.size() + prepared.entries.size() - 1;
    entry.previous = newest[i];
  }
  IndexMemory memory(catalog);
  constexpr std::size_t kEntriesAtOnce = 1024;
  for (std::size_t begin = 0; begin < prepared.entries.size(); begin += kEntriesAtOnce) {
    const auto part =
        std::span<const LedgerEntry>(prepared.entries)
            .subspan(begin, std::min(kEntriesAtOnce, prepared.entries.size() - begin));
    REPRISE_ASSIGN_OR_RETURN(auto documents, TakeDocuments(part, *objects, memory.codes, held));
    REPRISE_TRY(LookUpNodes(documents, memory.graph));
    for (std::size_t i = 0; i < part.size(); ++i) {
      REPRISE_TRY(IndexLedgerEntry(part[i], *objects, catalog, memory, prepared.rows,
                                   documents[i].has_value() ? &*documents[i] : nullptr));
    }
  }
  if (!prepared.entries.empty()) {
    PutLedgerApplied(prepared.entries.back().sequence + 1, prepared.rows);
  }
  return prepared;
}

Result<void> Commit(FileSystem& files, const std::string& store_folder, const Prepared& prepared,
                    Catalog& catalog, Ledger& ledger) {
  if (prepared.entries.empty()) return {};
  REPRISE_TRY(ledger.Append(prepared.entries));
  REPRISE_TRY(AppendProducedPaths(files, store_folder, catalog, prepared.rows));
  return catalog.Apply(prepared.rows);
}

// One session after the other.
class Adopter {
 public:
  Adopter(FileSystem& files, const std::string& store_folder, Catalog& catalog, Ledger& ledger,
          const Notify& notify, HeldDocuments* held)
      : files_(files),
        store_folder_(store_folder),
        catalog_(catalog),
        ledger_(ledger),
        notify_(notify),
        held_(held) {}

  Result<std::vector<UnadoptedSession>> AdoptAll() {
    (void)SweepInbox(files_, store_folder_);  // What it leaves does no harm.
    REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files_, store_folder_));
    std::vector<UnadoptedSession> left;
    for (const Ulid& id : sessions) {
      if (auto adopted = Adopt(id); !adopted.ok()) left.push_back({id, adopted.error()});
      if (is_stopped_) break;
    }
    return left;
  }

 private:
  Result<void> Adopt(const Ulid& id) {
    const std::string folder = StorePaths(store_folder_).session(id);
    // Whoever holds the lock is still writing; a sealed session's lock is free.
    if (SessionIsLive(files_, folder)) return {};
    auto state = ReadSession(files_, folder);
    // A newer release may read what we cannot: that is no damage.
    if (!state.ok() && IsDamage(state.error())) {
      // Removing what was adopted may have got so far before the power went.
      REPRISE_ASSIGN_OR_RETURN(const auto run, catalog_.Get(storage::Space::kRun, UlidBytes(id)));
      if (run.has_value()) return RemoveAdopted(files_, store_folder_, id);
      if (SessionHoldsNothing(files_, folder)) return DiscardSession(files_, store_folder_, id);
    }
    if (state.ok() && !state->sealed.has_value()) {
      if (state->kind != v1::SessionStarted::KIND_RUN) {
        if (JournalWasWhole(files_, folder)) return TornFact(id, folder);
        return DiscardSession(files_, store_folder_, id);
      }
      return {};  // It awaits its recovery.
    }
    if (!state.ok())
      return Annotate(state.error(), "session " + id.ToString() + " stays in the inbox");
    // Its folder outlived its adoption, was torn, and recovered: what is in the ledger stands.
    REPRISE_ASSIGN_OR_RETURN(const bool known, IsKnownOtherwise(id, *state));
    if (known) return RemoveAdopted(files_, store_folder_, id);
    const auto prepared =
        Prepare(files_, store_folder_, folder, *state->sealed, catalog_, ledger_, held_);
    if (!prepared.ok()) {
      return Annotate(prepared.error(), "session " + id.ToString() + " stays in the inbox");
    }
    if (auto done = Commit(files_, store_folder_, *prepared, catalog_, ledger_); !done.ok()) {
      // What the ledger refuses is the session's own fault, and nothing was written.  Otherwise
      // ledger and catalog may have parted: nothing may be built on them before both are opened
      // again.
      is_stopped_ = done.error().code != ErrorCode::kInvalidArgument;
      return Annotate(done.error(), "session " + id.ToString() + " is not wholly in the store yet");
    }
    TellOfErasedAgain(state->sealed->packs);
    return RemoveAdopted(files_, store_folder_, id);
  }

  // A run is not lost because it met with what was erased: that is stored again, and said.
  void TellOfErasedAgain(const std::vector<Ulid>& packs) const {
    const auto has_erased = storage::HasErased(catalog_);
    if (!notify_ || !has_erased.ok() || !*has_erased) return;
    for (const Ulid& pack : packs) {
      const auto reader = storage::PackReader::Open(files_, storage::PackPath(store_folder_, pack));
      const auto index = reader.ok() ? (*reader)->ReadIndex() : reader.error();
      if (!index.ok()) continue;  // It was adopted just now; fsck tells of its damage.
      for (const storage::PackEntry& entry : *index) {
        if (entry.kind == storage::EntryKind::kChunk) continue;
        const auto erased = storage::FindErased(catalog_, entry.digest);
        if (!erased.ok() || !erased->has_value()) continue;
        notify_("the content " + entry.digest.ToString() + " " +
                storage::SentenceOfErasure(**erased) +
                "; it is stored again now, and `reprise erase` removes it again");
      }
    }
  }

  // Whether the store has the session's run by another document than the one that the seal names.
  Result<bool> IsKnownOtherwise(const Ulid& id, const SessionState& state) const {
    if (state.kind != v1::SessionStarted::KIND_RUN) return false;
    REPRISE_ASSIGN_OR_RETURN(const auto run, catalog_.Get(storage::Space::kRun, UlidBytes(id)));
    if (!run.has_value()) return false;
    for (const LedgerEntry& entry : state.sealed->entries) {
      REPRISE_ASSIGN_OR_RETURN(const auto present, FindLedgerEntry(catalog_, entry));
      if (present.has_value()) return false;
    }
    return true;
  }

  // It was recorded and acknowledged, and what it said is gone.
  static Error TornFact(const Ulid& id, const std::string& folder) {
    return {ErrorCode::kCorruption,
            "session " + id.ToString() + " stays in the inbox: the end of '" +
                Printable(JournalPath(folder)) +
                "' is lost, and with it a dataset, note or tag that was recorded; record it again, "
                "then remove the session's folder"};
  }

  FileSystem& files_;
  const std::string& store_folder_;
  Catalog& catalog_;
  Ledger& ledger_;
  const Notify& notify_;
  HeldDocuments* const held_;
  bool is_stopped_ = false;
};

}  // namespace

Result<void> IndexTruth(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                        Ledger& ledger, const Notify& notify) {
  REPRISE_ASSIGN_OR_RETURN(const auto applied, AppliedLedgerSize(catalog));
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, store_folder));
  REPRISE_TRY(IndexUnknownPacks(files, store_folder, packs, catalog, [&](const Error& damage) {
    if (notify) notify(damage.message + "; `reprise fsck` tells what is lost");
  }));
  const auto objects = storage::NewObjectReader(files, store_folder, catalog);
  REPRISE_TRY(NoteErasures(ledger, applied.value_or(0), *objects, catalog));
  return IndexEntries(files, store_folder, catalog, ledger, applied.value_or(0), notify);
}

Result<void> CatchUpCatalog(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                            Ledger& ledger, const Notify& notify) {
  REPRISE_ASSIGN_OR_RETURN(const auto applied, AppliedLedgerSize(catalog));
  REPRISE_ASSIGN_OR_RETURN(const auto begun, catalog.Get(storage::Space::kMeta, kCatchingUpKey));
  const bool has_names = Exists(files, StorePaths(store_folder).names());
  if (applied.value_or(0) == ledger.size() && !begun.has_value() && has_names) return {};
  // Until the files are level too, whoever opens the store next begins here again.
  CatalogBatch begin;
  begin.Put(storage::Space::kMeta, std::string(kCatchingUpKey), "1");
  REPRISE_TRY(catalog.Apply(begin));
  REPRISE_TRY(IndexTruth(files, store_folder, catalog, ledger, notify));
  REPRISE_TRY(RewriteProducedPaths(files, store_folder, catalog));
  if (applied.value_or(0) == 0 || begun.has_value() || !has_names) {
    REPRISE_TRY(RestoreNames(files, store_folder, catalog));
  }
  CatalogBatch end;
  end.Delete(storage::Space::kMeta, std::string(kCatchingUpKey));
  return catalog.Apply(end);
}

Result<std::vector<UnadoptedSession>> AdoptSessions(FileSystem& files,
                                                    const std::string& store_folder,
                                                    Catalog& catalog, Ledger& ledger,
                                                    const Notify& notify, HeldDocuments* held) {
  REPRISE_TRY(CatchUpCatalog(files, store_folder, catalog, ledger, notify));
  return Adopter(files, store_folder, catalog, ledger, notify, held).AdoptAll();
}

}  // namespace reprise::tracker
