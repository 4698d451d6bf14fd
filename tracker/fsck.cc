// Three passes: with the store open, packs are compared with the catalog; with the store closed,
// they are read, because they never change and reading them is long; with the store open again,
// every object is looked at in the light of what was found, and every reference to one.

#include "tracker/fsck.h"

#include <set>

#include "lineage/closure.h"
#include "storage/erased_content.h"
#include "storage/object_rows.h"
#include "storage/pack_salvage.h"
#include "storage/tree.h"
#include "tracker/erasing.h"
#include "tracker/fsck_names.h"
#include "tracker/fsck_packs.h"
#include "tracker/index.h"
#include "tracker/lineage_view.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

using storage::Space;

class Checker {
 public:
  Checker(FileSystem& files, const std::string& folder, const StoreOptions& store_options,
          const FsckOptions& options)
      : files_(files),
        folder_(folder),
        store_options_(store_options),
        options_(options),
        packs_(files, folder) {}

  Result<FsckReport> Check() {
    if (auto opened = Open(); !opened.ok()) {
      if (opened.error().code != ErrorCode::kCorruption) return std::move(opened).error();
      // Damage that keeps the store from being opened is damage found, too.
      Report("store", std::nullopt, opened.error().message);
      return std::move(report_);
    }
    REPRISE_TRY(CheckLedger());
    REPRISE_TRY(packs_.CompareWithCatalog(*store_));
    store_.reset();
    store_options_.notify = nullptr;  // What opening it tells has been told.
    REPRISE_TRY(packs_.ReadPacks(options_.read_data_percent == 100, report_, options_.progress));
    REPRISE_TRY(Open());
    REPRISE_TRY(packs_.ForgetReplaced(*store_));
    ReportPacks();
    REPRISE_TRY(CheckObjects());
    REPRISE_TRY(CheckReferences());
    REPRISE_TRY(CheckNames());
    if (const auto problem = StoreKeyProblem(files_, folder_, has_keyed_digests_)) {
      Report("key", std::nullopt, *problem);
    }
    REPRISE_TRY(CheckInbox());
    REPRISE_TRY(CheckErasing());
    if (!store_->is_read_only()) REPRISE_TRY(MarkDamage());
    return std::move(report_);
  }

 private:
  Result<void> Open() {
    REPRISE_ASSIGN_OR_RETURN(store_, Store::Open(files_, folder_, store_options_));
    return {};
  }

  // Lets whoever waits for the store have it.
  Result<void> GiveWay() {
    constexpr std::uint64_t kObjectsBetween = 64;
    return checked_ % kObjectsBetween == 0 ? store_->GiveWay() : Result<void>();
  }

  void Report(const std::string& kind, const std::optional<Digest>& digest, std::string message) {
    report_.problems.push_back({kind, digest, std::move(message)});
  }

  Result<void> CheckLedger() {
    REPRISE_ASSIGN_OR_RETURN(const auto verified, store_->ledger().Verify(std::nullopt));
    for (const std::string& problem : verified.problems) Report("ledger", std::nullopt, problem);
    const auto& damage = store_->ledger_damage();  // That the catalog tells of, perhaps.
    if (damage.has_value() && verified.problems.empty()) {
      Report("ledger", std::nullopt, damage->message);
    }
    return {};
  }

  void ReportPacks() {
    report_.packs = packs_.packs().size();
    for (const auto& [pack, damage] : packs_.damaged()) {
      Report("pack", std::nullopt, damage.message);
    }
    for (const std::string& path : packs_.strays()) {
      Report("stray", std::nullopt, "'" + Printable(path) + "' is no pack and belongs nowhere");
    }
    for (const std::string& problem : packs_.index_problems()) {
      Report("index", std::nullopt, problem + "; `reprise fsck --rebuild-index` mends it");
    }
  }

  bool IsChosen(const Digest& digest) const {
    // The first bytes of a digest are uniformly distributed.
    const auto value = LoadLe<std::uint32_t>(digest.bytes());
    return value % 100 < options_.read_data_percent;
  }

  Result<void> CheckObjects() {
    std::vector<std::pair<Digest, storage::PlaceRow>> objects;
    REPRISE_TRY(FindLostChunks());
    REPRISE_TRY(store_->catalog().Scan(
        Space::kObject, {}, [&](std::string_view key, std::string_view value) {
          const auto digest = Digest::FromStored(AsBytes(key));
          const auto place = storage::DecodePlaceRow(value);
          if (digest.ok() && place.ok()) {
            objects.emplace_back(*digest, *place);
          } else {
            Report("index", std::nullopt,
                   "the catalog has a row of an object that makes no sense; `reprise fsck "
                   "--rebuild-index` mends it");
          }
          return true;
        }));
    report_.objects = objects.size();
    for (const auto& [digest, place] : objects) REPRISE_TRY(CheckObject(digest, place));
    return {};
  }

  Result<void> FindLostChunks() {
    return store_->catalog().Scan(
        Space::kChunk, {}, [&](std::string_view key, std::string_view value) {
          const auto digest = Digest::FromStored(AsBytes(key));
          const auto place = storage::DecodePlaceRow(value);
          if (digest.ok() && place.ok() && packs_.IsLost(*digest, *place)) {
            lost_chunks_.insert(*digest);
          }
          return true;
        });
  }

  Result<void> CheckObject(const Digest& digest, const storage::PlaceRow& place) {
    auto checked = ReadOrVisit(digest, place);
    ++checked_;
    if (options_.progress) options_.progress(checked_, report_.bytes_read);
    if (!checked.ok()) {
      if (!IsDamage(checked.error())) return checked;
      Report("object", digest, checked.error().message);
      damaged_.insert(digest);
    }
    return GiveWay();
  }

  Result<void> ReadOrVisit(const Digest& digest, const storage::PlaceRow& place) {
    const auto damaged = [&](const Digest& chunk) {
      return Error{ErrorCode::kCorruption, "the object " + digest.ToString() +
                                               " is damaged: its content " + chunk.ToString() +
                                               " is lost; adding it again heals it"};
    };
    if (packs_.IsLost(digest, place)) return damaged(digest);
    const bool is_one_chunk = place.kind == storage::EntryKind::kChunkAndObject;
    // A pack that was read as a whole needs no second look at its chunks.
    const bool is_read = is_one_chunk && options_.read_data_percent == 100;
    if (IsChosen(digest) && !is_read) {
      return store_->objects().Read(digest, [&](ByteSpan part) -> Result<void> {
        report_.bytes_read += part.size();
        return {};
      });
    }
    if (is_one_chunk) return {};
    const auto visit = [&](const Digest& chunk, std::uint64_t) -> Result<void> {
      if (lost_chunks_.contains(chunk)) return damaged(chunk);
      return {};
    };
    return store_->objects().VisitChunks(digest, visit, visit);
  }

  void Need(const std::optional<Digest>& digest, const std::string& what) {
    if (!digest.has_value() || known_.contains(*digest)) return;
    if (damaged_.contains(*digest)) {
      Report("object", *digest, what + " is damaged");
      return;
    }
    const auto value = store_->catalog().Get(Space::kObject, digest->ToStored());
    if (value.ok() && value->has_value()) {
      known_.insert(*digest);
      return;
    }
    const auto erased = storage::FindErased(store_->catalog(), *digest);
    if (erased.ok() && erased->has_value()) {
      known_.insert(*digest);
      ++report_.erased;
    } else {
      Report("missing", *digest, what + " is not in the store");
      is_missing_any_ = true;
    }
  }

  void NeedTree(const Digest& tree, const std::string& what) {
    if (!trees_.insert(tree).second) return;
    Need(tree, what);
    const auto walked = storage::WalkTree(
        store_->objects(), tree,
        [&](std::string_view path, const storage::TreeEntry& entry) -> Result<void> {
          if (entry.kind != FileKind::kSymlink) {
            Need(entry.digest, what + ", '" + Printable(path) + "'");
          }
          return {};
        });
    // A missing or damaged document is reported as such.
    if (!walked.ok() && !damaged_.contains(tree) && walked.error().code != ErrorCode::kNotFound) {
      Report("object", tree, what + ": " + walked.error().message);
    }
  }

  void NeedArtifact(const lineage::ArtifactUse& use, const std::string& what) {
    const std::string named = what + " '" + Printable(use.path) + "'";
    if (use.kind == lineage::ArtifactKind::kFolder) {
      NeedTree(use.digest, named);
    } else {
      Need(use.digest, named);
    }
  }

  // What could not be indexed when the catalog was filled, and why, or that it can be now.
  Result<void> CheckUnreadEntries() {
    REPRISE_ASSIGN_OR_RETURN(const auto unread, UnreadLedgerEntries(store_->catalog()));
    for (const std::uint64_t sequence : unread) {
      const auto entry = store_->ledger().Read(sequence);
      if (!entry.ok()) continue;  // The ledger's own damage is reported already.
      storage::CatalogBatch rows;
      IndexMemory memory(store_->catalog());
      const auto indexed =
          IndexLedgerEntry(*entry, store_->objects(), store_->catalog(), memory, rows);
      if (indexed.ok()) {
        Report("index", std::nullopt,
               "ledger entry " + std::to_string(sequence) +
                   " is not in the catalog, though it can be read; `reprise fsck --rebuild-index` "
                   "mends it");
      } else if (known_.contains(entry->payload)) {
        Report("missing", std::nullopt, indexed.error().message);
      }
    }
    return {};
  }

  Result<void> CheckReferences() {
    // The ledger's own damage is reported already; what can be read of it is checked.
    (void)store_->ledger().ForEach(0, [&](const storage::LedgerEntry& entry) -> Result<void> {
      Need(entry.payload, "the document of ledger entry " + std::to_string(entry.sequence));
      return {};
    });
    REPRISE_TRY(CheckUnreadEntries());
    REPRISE_TRY(store_->ForEachRun([&](const StoredRun& run) {
      CheckRun(run);
      NoteOrigins(run.record);
      return true;
    }));
    CheckCycles();
    REPRISE_ASSIGN_OR_RETURN(const auto datasets, store_->Datasets());
    for (const Dataset& dataset : datasets) NeedArtifact(dataset.artifact, "the dataset");
    return {};
  }

  void CheckRun(const StoredRun& run) {
    const std::string of_run = " of run " + run.record.id.ToString();
    Need(run.record.recipe, "the recipe" + of_run);
    Need(run.record.code, "the state of the code" + of_run);
    NeedClosure(run.record.capture.closure, of_run);
    const Json* const key_id = run.record.host.Find("store_key");
    has_keyed_digests_ = has_keyed_digests_ || (key_id != nullptr && !key_id->is_null());
    if (run.record.stdout_log.has_value()) Need(run.record.stdout_log->digest, "stdout" + of_run);
    if (run.record.stderr_log.has_value()) Need(run.record.stderr_log->digest, "stderr" + of_run);
    if (run.record.sdk_log.has_value()) Need(run.record.sdk_log->digest, "the log" + of_run);
    if (run.code.has_value()) {
      Need(run.code->patch, "the patch" + of_run);
      NeedTree(run.code->tree, "the code" + of_run);
    }
    for (const auto& [key, metric] : run.record.metrics) {
      Need(metric.series, "the metric '" + Printable(key) + "'" + of_run);
    }
    for (const auto& output : run.record.outputs) NeedArtifact(output, "the output" + of_run);
    for (const lineage::RunEvidence& attached : run.record.evidence) {
      NeedArtifact(attached.artifact, "the evidence" + of_run);
    }
    if (!run.recipe.has_value()) return;
    Need(run.recipe->environment, "the environment" + of_run);
    for (const auto& input : run.recipe->inputs) NeedArtifact(input, "the input" + of_run);
    if (run.recipe->code.has_value()) NeedTree(*run.recipe->code, "the code" + of_run);
  }

  void NoteOrigins(const lineage::RunRecord& run) {
    const auto note = [&](const std::optional<std::string>& origin, lineage::EdgeKind kind) {
      const auto id = origin.has_value() ? Ulid::Parse(*origin) : Result<Ulid>(Ulid());
      if (!origin.has_value() || !id.ok()) return;
      origins_.edges.push_back({lineage::NodeId::Run(*id), lineage::NodeId::Run(run.id), kind, ""});
    };
    note(run.reproduces, lineage::EdgeKind::kReproduces);
    note(run.derived_from, lineage::EdgeKind::kDerivedFrom);
  }

  void CheckCycles() {
    const auto cycle = lineage::FindCycleOfRuns(origins_);
    if (!cycle.empty()) Report("lineage", std::nullopt, SentenceOfCycle(cycle));
  }

  void NeedClosure(const std::optional<Digest>& digest, const std::string& of_run) {
    if (!digest.has_value() || !closures_.insert(*digest).second) return;
    Need(digest, "the closure" + of_run);
    std::string document;  // That of a run with very many files is larger than what Get() holds.
    const auto read = store_->objects().Read(*digest, [&](ByteSpan part) -> Result<void> {
      document += AsText(part);
      return {};
    });
    if (!read.ok()) return;  // Need() has told that.
    const auto closure = lineage::DecodeClosure(document);
    if (!closure.ok()) {
      return Report("object", *digest, "the closure" + of_run + ": " + closure.error().message);
    }
    for (const lineage::ClosureFile& file : closure->files) {
      if (file.stored) Need(file.digest, "'" + Printable(file.path) + "', used" + of_run);
      has_keyed_digests_ = has_keyed_digests_ || file.keyed_digest.has_value();
    }
  }

  // What was sealed since the store was opened only waits for it: it is adopted now.  A store that
  // cannot be written is no reason to call it damaged.
  Result<void> CheckInbox() {
    REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files_, folder_));
    for (const Ulid& id : sessions) {
      const std::string session = StorePaths(folder_).session(id);
      if (SessionIsLive(files_, session)) continue;
      bool sealed = false;
      const auto scanned = ScanJournal(files_, session, [&](const v1::Frame& frame) {
        sealed = sealed || frame.has_sealed();
        return Result<void>();
      });
      if (!scanned.ok()) {
        // Nothing was recorded in it, so that whoever may write to the store only removes it.
        if (SessionHoldsNothing(files_, session)) continue;
        // Its writer may have given it up just now.
        if (Exists(files_, session)) Report("session", std::nullopt, scanned.error().message);
      } else if ((sealed || JournalWasWhole(files_, session)) && !store_->is_read_only()) {
        const auto adopted = store_->AdoptSession(id);
        if (!adopted.ok()) {
          Report("session", std::nullopt,
                 "the session " + id.ToString() +
                     " was sealed, but could not be adopted: " + adopted.error().message);
        }
      }
    }
    return {};
  }

  Result<void> CheckErasing() {
    const auto plan = UnfinishedErasing(files_, folder_);
    if (!plan.ok()) {
      if (!IsDamage(plan.error())) return plan.error();
      Report("erasure", std::nullopt, plan.error().message);
    } else if (plan->has_value()) {
      Report(
          "erasure", std::nullopt,
          "an erasure is not finished, and bytes of it may still be there; why, each command that "
          "opens the store tells");
    }
    return {};
  }

  Result<void> CheckNames() {
    REPRISE_ASSIGN_OR_RETURN(const auto sentences, FindWrongNames(*store_));
    for (const std::string& sentence : sentences) {
      Report("index", std::nullopt, sentence + "; `reprise fsck --rebuild-index` mends it");
    }
    return {};
  }

  Result<void> MarkDamage() {
    storage::CatalogBatch batch;
    if (damaged_.empty() && lost_chunks_.empty() && !is_missing_any_) {
      if (options_.read_data_percent == 100) storage::ClearDamageNote(batch);
      return store_->catalog().Apply(batch);
    }
    const std::vector<Digest> chunks(lost_chunks_.begin(), lost_chunks_.end());
    const std::vector<Digest> objects(damaged_.begin(), damaged_.end());
    REPRISE_TRY(storage::MarkDamaged(store_->catalog(), chunks, objects, batch));
    return store_->catalog().Apply(batch);
  }

  FileSystem& files_;
  const std::string& folder_;
  StoreOptions store_options_;
  const FsckOptions& options_;
  std::unique_ptr<Store> store_;
  PackCheck packs_;
  FsckReport report_;
  std::uint64_t checked_ = 0;
  std::set<Digest> lost_chunks_;
  std::set<Digest> damaged_;
  bool has_keyed_digests_ = false;
  bool is_missing_any_ = false;  // Of what runs, datasets and the ledger name.
  std::set<Digest> known_;
  std::set<Digest> closures_;
  std::set<Digest> trees_;
  lineage::Subgraph origins_;  // Only edges between runs.
};

// Replaces every damaged pack by what is whole of it.
Result<std::vector<std::string>> RepairPacks(FileSystem& files, const std::string& folder,
                                             const StoreOptions& store_options,
                                             const FsckOptions& options) {
  const StorePaths paths(folder);
  PackCheck packs(files, folder);
  FsckReport reading;
  std::vector<std::string> repaired;
  {
    REPRISE_ASSIGN_OR_RETURN(const auto store, Store::Open(files, folder, store_options));
    REPRISE_TRY(packs.CompareWithCatalog(*store));
  }
  REPRISE_TRY(packs.ReadPacks(true, reading, options.progress));
  REPRISE_ASSIGN_OR_RETURN(const auto store, Store::Open(files, folder, store_options));
  if (store->is_read_only()) {
    return Error{ErrorCode::kReadOnly, "cannot repair '" + Printable(folder) +
                                           "': it cannot be written (no permission, or a full "
                                           "disk)"};
  }
  for (const auto& [pack, damage] : packs.damaged()) {
    if (!Exists(files, storage::PackPath(folder, pack))) continue;
    REPRISE_TRY(CreateDirectories(files, paths.quarantine()));
    REPRISE_TRY(files.SyncDirectory(folder));
    REPRISE_ASSIGN_OR_RETURN(const storage::Salvage salvage,
                             storage::SalvagePack(files, folder, paths.quarantine(), store->id(),
                                                  pack, [&, &pack = pack](const Ulid& made) {
                                                    return AlsoEraseFrom(files, folder, pack, made);
                                                  }));
    repaired.push_back("the pack " + pack.ToString() + " was put into quarantine/; " +
                       (salvage.pack.has_value()
                            ? std::to_string(salvage.records) +
                                  " whole records of it were taken into the pack " +
                                  salvage.pack->ToString()
                            : std::string("nothing of it was whole")));
  }
  return repaired;
}

}  // namespace

Result<FsckReport> CheckStore(FileSystem& files, const std::string& store_folder,
                              const StoreOptions& store_options, const FsckOptions& options) {
  std::vector<std::string> repaired;
  if (options.repair) {
    REPRISE_ASSIGN_OR_RETURN(repaired, RepairPacks(files, store_folder, store_options, options));
    StoreOptions rebuilding = store_options;
    rebuilding.rebuild_catalog = true;
    REPRISE_TRY(Store::Open(files, store_folder, rebuilding));
  }
  REPRISE_ASSIGN_OR_RETURN(FsckReport report,
                           Checker(files, store_folder, store_options, options).Check());
  report.repaired = std::move(repaired);
  return report;
}

}  // namespace reprise::tracker
