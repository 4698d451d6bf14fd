#include "tracker/adoption.h"

#include <set>

#include "lineage/run_record.h"
#include "storage/object_store.h"
#include "tracker/index.h"
#include "tracker/packs_on_disk.h"
#include "tracker/produced_paths.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Catalog;
using storage::CatalogBatch;
using storage::Ledger;
using storage::LedgerEntry;

Result<void> IndexUnknownPacks(FileSystem& files, const std::string& store_folder,
                               Catalog& catalog) {
  std::set<std::string> known;
  REPRISE_TRY(catalog.Scan(storage::Space::kPack, {}, [&](std::string_view key, std::string_view) {
    known.emplace(key);
    return true;
  }));
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, store_folder));
  for (const Ulid& pack : packs) {
    if (known.contains(UlidBytes(pack))) continue;
    // The packs lie in the store already, so no session folder is looked at.
    REPRISE_TRY(storage::AdoptPacks(files, store_folder, store_folder, {&pack, 1}, catalog));
  }
  return {};
}

Result<void> IndexEntries(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                          Ledger& ledger, std::uint64_t from) {
  const auto objects = storage::NewObjectReader(files, store_folder, catalog);
  return ledger.ForEach(from, [&](const LedgerEntry& entry) -> Result<void> {
    CatalogBatch batch;
    REPRISE_TRY(IndexLedgerEntry(entry, *objects, catalog, batch));
    return catalog.Apply(batch);
  });
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

// Whether the ledger holds the session's facts already: a crash came after they were appended.
Result<bool> InLedger(const Catalog& catalog, Ledger& ledger, const SealedSession& session) {
  for (const LedgerEntry& wanted : session.entries) {
    bool found = false;
    REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(catalog, wanted.subject));
    for (const std::uint64_t sequence : sequences) {
      REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, ledger.Read(sequence));
      found = found || (entry.kind == wanted.kind && entry.payload == wanted.payload &&
                        entry.time_unix_ms == wanted.time_unix_ms);
    }
    if (!found) return false;
  }
  return true;
}

Result<void> NoteProducedPaths(FileSystem& files, const std::string& store_folder,
                               const SealedSession& session, const Catalog& catalog) {
  const auto objects = storage::NewObjectReader(files, store_folder, catalog);
  for (const LedgerEntry& entry : session.entries) {
    if (entry.kind != "run") continue;
    REPRISE_ASSIGN_OR_RETURN(const std::string document, objects->Get(entry.payload));
    REPRISE_ASSIGN_OR_RETURN(const auto run, lineage::DecodeRunRecord(document));
    REPRISE_TRY(AddProducedPaths(files, store_folder, run.outputs));
  }
  return {};
}

Result<void> AdoptSealed(FileSystem& files, const std::string& store_folder,
                         const std::string& session_folder, SealedSession session, Catalog& catalog,
                         Ledger& ledger) {
  REPRISE_TRY(storage::AdoptPacks(files, store_folder, session_folder, session.packs, catalog));
  REPRISE_ASSIGN_OR_RETURN(const bool present, InLedger(catalog, ledger, session));
  if (!present) {
    for (LedgerEntry& entry : session.entries) {
      REPRISE_ASSIGN_OR_RETURN(const auto earlier, LedgerEntriesAbout(catalog, entry.subject));
      if (!earlier.empty()) entry.previous = earlier.back();
    }
    const std::uint64_t from = ledger.size();
    REPRISE_TRY(ledger.Append(session.entries));
    REPRISE_TRY(IndexEntries(files, store_folder, catalog, ledger, from));
    REPRISE_TRY(NoteProducedPaths(files, store_folder, session, catalog));
  }
  return RemoveTree(files, session_folder);
}

}  // namespace

Result<void> CatchUpCatalog(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                            Ledger& ledger) {
  REPRISE_ASSIGN_OR_RETURN(const auto applied, AppliedLedgerSize(catalog));
  if (applied.value_or(0) == ledger.size()) return {};
  REPRISE_TRY(IndexUnknownPacks(files, store_folder, catalog));
  return IndexEntries(files, store_folder, catalog, ledger, applied.value_or(0));
}

Result<void> AdoptSessions(FileSystem& files, const std::string& store_folder, Catalog& catalog,
                           Ledger& ledger, const AdoptionOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files, store_folder));
  for (const Ulid& id : sessions) {
    const std::string folder = StorePaths(store_folder).session(id);
    // Whoever holds the lock is still writing; a sealed session's lock is free.
    if (SessionIsLive(files, folder)) continue;
    auto state = ReadSession(files, folder);
    if (state.ok() && !state->sealed.has_value()) {
      if (state->kind != v1::SessionStarted::KIND_RUN) {
        REPRISE_TRY(RemoveTree(files, folder));
        continue;
      }
      if (!options.recover) continue;
      if (auto recovered = options.recover(files, store_folder, id); !recovered.ok()) {
        if (options.notify) options.notify(recovered.error().message);
        continue;
      }
      state = ReadSession(files, folder);
    }
    if (!state.ok()) {
      if (options.notify) options.notify(state.error().message);
      continue;
    }
    if (!state->sealed.has_value()) continue;
    REPRISE_TRY(
        AdoptSealed(files, store_folder, folder, *std::move(state->sealed), catalog, ledger));
  }
  return {};
}

}  // namespace reprise::tracker
