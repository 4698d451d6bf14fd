// First it is planned (tracker/erasure_planner.h).  Then the plan is put beside the packs, the
// ledger is told, and opening the store anew carries the plan out, as after a crash.

#include "tracker/erasure.h"

#include <set>

#include "lineage/graph_query.h"
#include "storage/crypto/sha256.h"
#include "storage/pack_reader.h"
#include "tracker/erasing.h"
#include "tracker/erasure_planner.h"
#include "tracker/index.h"
#include "tracker/packs_on_disk.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Space;

// Errors: kTimeout     something is being recorded.
//         kCorruption  there is something else in the inbox, that nobody can search.
Result<void> RequireEmptyInbox(FileSystem& files, const std::string& store_folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files, store_folder));
  if (!sessions.empty()) {
    return Error{ErrorCode::kTimeout,
                 "cannot erase while something is being recorded, which may hold or need the same "
                 "bytes: " +
                     sessions.front().ToString() +
                     (sessions.size() > 1 ? " and " + std::to_string(sessions.size() - 1) + " more"
                                          : std::string()) +
                     "; try again when it has ended"};
  }
  if (const auto swept = SweepInbox(files, store_folder); !swept.ok()) {
    return Annotate(swept.error(),
                    "cannot erase: what died in the inbox may hold the bytes, and cannot be "
                    "removed");
  }
  const std::string inbox = StorePaths(store_folder).inbox();
  const auto left = files.List(inbox);
  if (!left.ok()) {
    return left.error().code == ErrorCode::kNotFound ? Result<void>() : left.error();
  }
  for (const DirectoryEntry& entry : *left) {
    const std::string path = "'" + Printable(JoinPath(inbox, entry.name)) + "'";
    // What the sweep leaves of these belongs to somebody.
    const auto id = Ulid::Parse(std::string_view(entry.name).substr(1, Ulid::kTextSize));
    if (entry.name.starts_with('.') && id.ok()) {
      return Error{ErrorCode::kTimeout,
                   "cannot erase while something begins to be recorded, which may need the same "
                   "bytes: " +
                       path + "; try again when it has ended"};
    }
    return Error{ErrorCode::kCorruption, "cannot erase: " + path +
                                             " is no session and may hold the bytes; remove it "
                                             "first"};
  }
  return {};
}

// Whatever could hold the bytes where this process cannot see or change them.  Returns the packs.
Result<std::vector<Ulid>> RequireAllInReach(FileSystem& files, const Store& store) {
  const StorePaths paths(store.folder());
  if (store.is_read_only()) {
    return Error{ErrorCode::kReadOnly,
                 "cannot erase: the store '" + Printable(paths.folder) + "' cannot be written"};
  }
  REPRISE_ASSIGN_OR_RETURN(const bool is_erasing, HasErasing(files, paths.folder));
  if (is_erasing) {
    return Error{ErrorCode::kIoError,
                 "cannot erase: an earlier erasure is not finished, as was "
                 "said when the store was opened"};
  }
  REPRISE_TRY(RequireEmptyInbox(files, paths.folder));
  REPRISE_TRY(RequireNothingInQuarantine(files, paths.folder));
  std::vector<std::string> strays;
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, paths.folder, &strays));
  if (!strays.empty()) {
    return Error{ErrorCode::kCorruption, "cannot erase: '" + Printable(strays.front()) +
                                             "' is no pack of the store and may hold the bytes; "
                                             "remove it first"};
  }
  for (const Ulid& pack : packs) {
    const auto reader = storage::PackReader::Open(files, storage::PackPath(paths.folder, pack));
    const auto index = reader.ok() ? (*reader)->ReadIndex() : reader.error();
    if (!index.ok()) {
      return Annotate(index.error(),
                      "cannot erase, as a pack may hold the bytes that cannot be "
                      "read; `reprise fsck --repair` first");
    }
  }
  return packs;
}

Result<void> FindDerived(Store& store, ErasureReport& report) {
  lineage::GraphQuestion question;
  question.direction = lineage::Direction::kDown;
  std::set<std::string> seen;
  for (const ErasureDocument& erasure : report.erased) {
    for (const ErasedItem& item : erasure.items) {
      if (item.kind == "file") question.starts.push_back(lineage::NodeId::Artifact(item.digest));
    }
    const auto subject = Digest::Parse(erasure.subject);
    if (subject.ok()) question.starts.push_back(lineage::NodeId::Artifact(*subject));
  }
  if (question.starts.empty()) return {};
  std::set<lineage::NodeId> starts(question.starts.begin(), question.starts.end());
  question.starts.assign(starts.begin(), starts.end());
  REPRISE_ASSIGN_OR_RETURN(const auto answer, lineage::Ask(store.catalog(), question));
  for (const lineage::GraphNode& node : answer.nodes) {
    if (!starts.contains(node.id)) report.derived.push_back(node.id);
  }
  return {};
}

// Enters the erasures in the ledger, all of them or none.
Result<void> Record(FileSystem& files, Store& store, const std::vector<std::string>& documents,
                    const std::vector<ErasureDocument>& erasures) {
  REPRISE_ASSIGN_OR_RETURN(const auto session, Session::CreateForFacts(files, store.folder()));
  const auto seal = [&]() -> Result<void> {
    const auto presence = storage::NewCatalogPresence(store.catalog());
    REPRISE_ASSIGN_OR_RETURN(auto writer, session->NewWriter(presence.get(), 1));
    std::vector<v1::LedgerFact> facts;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(const auto put, writer->Put(AsBytes(documents[i])));
      facts.push_back(NewLedgerFact(std::string(kErasureEntry), erasures[i].subject, put.digest));
    }
    REPRISE_TRY(session->FinishWriter(std::move(writer)));
    return session->Seal(facts);
  };
  if (auto sealed = seal(); !sealed.ok()) {
    // The first failure is the one to report.  A session that cannot be abandoned may be sealed all
    // the same: then whoever opens the store next goes by the plan.
    if (session->Abandon().ok()) (void)EndErasing(files, store.folder());
    return sealed;
  }
  return store.AdoptSession(session->id());
}

}  // namespace

Result<ErasureReport> Erase(FileSystem& files, const ErasureRequest& request,
                            const StoreOptions& store_options) {
  if (request.reason.empty()) {
    return Error{ErrorCode::kInvalidArgument, "an erasure needs a reason: --reason TEXT"};
  }
  REPRISE_ASSIGN_OR_RETURN(auto store, Store::Open(files, request.store_folder, store_options));
  REPRISE_ASSIGN_OR_RETURN(const auto packs, RequireAllInReach(files, *store));
  REPRISE_TRY(IndexUnknownPacks(files, store->folder(), packs, store->catalog(), nullptr));
  ErasureReport report;
  REPRISE_ASSIGN_OR_RETURN(ErasingPlan plan, PlanErasure(*store, request, report));
  REPRISE_TRY(FindDerived(*store, report));
  if (request.dry_run || report.erased.empty()) return report;
  std::vector<std::string> documents;
  for (const ErasureDocument& erasure : report.erased) {
    REPRISE_ASSIGN_OR_RETURN(documents.emplace_back(), EncodeErasure(erasure));
  }
  plan.subject = report.erased.front().subject;
  plan.document = crypto::Sha256(documents.front());
  // What began to be recorded while the plan was made may share what it removes.
  REPRISE_ASSIGN_OR_RETURN(plan.packs, RequireAllInReach(files, *store));
  plan.ledger_size = store->ledger().size();
  REPRISE_TRY(BeginErasing(files, store->folder(), plan));
  REPRISE_TRY(Record(files, *store, documents, report.erased));
  store.reset();
  REPRISE_TRY(Store::Open(files, request.store_folder, store_options));
  REPRISE_ASSIGN_OR_RETURN(const bool is_unfinished, HasErasing(files, request.store_folder));
  if (is_unfinished) {
    return Error{ErrorCode::kIoError,
                 "the erasure is recorded, and could not be finished; the next command that opens "
                 "the store tries again"};
  }
  return report;
}

Result<std::vector<FiledErasure>> ErasuresAbout(Store& store, const std::string& subject) {
  std::vector<FiledErasure> erasures;
  REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(store.catalog(), subject));
  for (const std::uint64_t sequence : sequences) {
    const auto read = store.ledger().Read(sequence);
    // A ledger that was cut off tells nothing of it; that it was is told when it is opened.
    if (!read.ok() && read.error().code == ErrorCode::kNotFound) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto entry, read);
    if (entry.kind != kErasureEntry) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto text, store.objects().Get(entry.payload));
    REPRISE_ASSIGN_OR_RETURN(auto document, DecodeErasure(text));
    erasures.push_back({std::move(document), entry.time_unix_ms, entry.actor, sequence});
  }
  return erasures;
}

Result<std::optional<storage::ErasedRow>> ErasedNow(const storage::Catalog& catalog,
                                                    const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const auto row, catalog.Get(Space::kObject, digest.ToStored()));
  if (row.has_value()) return std::optional<storage::ErasedRow>();
  return storage::FindErased(catalog, digest);
}

}  // namespace reprise::tracker
