// First what is meant: the references are resolved to objects (ErasureTargets).  Then what of these
// can go: objects that something else names stay, and so do chunks that other objects have
// (ErasurePlanner).  Then the plan is put beside the packs, the ledger is told, and opening the
// store anew carries the plan out, as after a crash.

#include "tracker/erasure.h"

#include <algorithm>
#include <map>
#include <set>

#include "lineage/empty_content.h"
#include "lineage/graph_query.h"
#include "storage/crypto/sha256.h"
#include "storage/object_rows.h"
#include "storage/pack_reader.h"
#include "storage/tree.h"
#include "tracker/artifact_facts.h"
#include "tracker/content_references.h"
#include "tracker/erasing.h"
#include "tracker/index.h"
#include "tracker/packs_on_disk.h"
#include "tracker/refs.h"
#include "tracker/session.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Space;

// What one reference names.
struct Target {
  std::string subject;
  std::string label;  // As the person called it.
  std::optional<Digest> folder;
  std::map<Digest, ErasedItem> items;

  void Add(const Digest& digest, const std::string& kind, const std::string& path) {
    ErasedItem& item = items[digest];
    item.digest = digest;
    item.kind = kind;
    if (!path.empty() && std::ranges::find(item.paths, path) == item.paths.end()) {
      item.paths.push_back(path);
    }
  }
};

class ErasureTargets {
 public:
  ErasureTargets(Store& store, const ErasureRequest& request) : store_(store), request_(request) {}

  Result<Target> Resolve(const std::string& ref) {
    REPRISE_ASSIGN_OR_RETURN(const Resolved resolved,
                             ResolveRef({store_, request_.working_directory}, ref));
    const bool is_of_run = request_.logs || request_.metrics;
    Target target;
    target.label = ref;
    if (const Ulid* const run = std::get_if<Ulid>(&resolved)) {
      if (!is_of_run && !request_.notes) {
        return Error{ErrorCode::kInvalidArgument,
                     "cannot erase the run '" + Printable(ref) +
                         "': its record stays; name what of it: " + Printable(ref) +
                         ":PATH, --logs, --metrics or --notes"};
      }
      target.subject = run->ToString();
      if (is_of_run) REPRISE_TRY(AddOfRun(*run, target));
    } else {
      const ArtifactRef& artifact = std::get<ArtifactRef>(resolved);
      if (is_of_run) {
        return Error{ErrorCode::kInvalidArgument,
                     "--logs and --metrics are of runs, and '" + Printable(ref) + "' is none"};
      }
      target.subject = artifact.digest.ToString();
      if (!request_.notes) REPRISE_TRY(AddArtifact(artifact, target));
    }
    if (request_.notes) REPRISE_TRY(AddPayloads("note", target.subject, target));
    return target;
  }

  // The profiles of a file tell of what is in it.
  Result<void> AddProfiles(Target& target) {
    std::vector<Digest> files;
    for (const auto& [digest, item] : target.items) {
      if (item.kind == "file") files.push_back(digest);
    }
    for (const Digest& file : files) {
      REPRISE_TRY(AddPayloads("profile", file.ToString(), target));
    }
    return {};
  }

 private:
  Result<void> AddOfRun(const Ulid& id, Target& target) {
    REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store_.GetRun(id));
    const auto add_log = [&](const std::optional<lineage::StreamRecord>& log, const char* name) {
      if (log.has_value()) target.Add(log->digest, "log", name);
    };
    if (request_.logs) {
      add_log(run.record.stdout_log, "stdout");
      add_log(run.record.stderr_log, "stderr");
      add_log(run.record.sdk_log, "log");
    }
    if (!request_.metrics) return {};
    for (const auto& [key, metric] : run.record.metrics) target.Add(metric.series, "metrics", key);
    return {};
  }

  Result<void> AddArtifact(const ArtifactRef& artifact, Target& target) {
    auto kind = artifact.kind;
    if (!kind.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(kind, KnownKindOf(store_.catalog(), artifact.digest));
    }
    const std::string path = artifact.output_of.has_value() ? artifact.output_of->path : "";
    if (kind != lineage::ArtifactKind::kFolder) {
      target.Add(artifact.digest, "file", path);
      return {};
    }
    target.folder = artifact.digest;
    return storage::WalkTree(
        store_.objects(), artifact.digest,
        [&](const std::string& within, const storage::TreeEntry& entry) -> Result<void> {
          if (entry.kind == FileKind::kFile) target.Add(entry.digest, "file", within);
          return {};
        });
  }

  Result<void> AddPayloads(const std::string& kind, const std::string& subject, Target& target) {
    REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(store_.catalog(), subject));
    for (const std::uint64_t sequence : sequences) {
      REPRISE_ASSIGN_OR_RETURN(const auto entry, store_.ledger().Read(sequence));
      if (entry.kind == kind) target.Add(entry.payload, kind, "");
    }
    return {};
  }

  Store& store_;
  const ErasureRequest& request_;
};

// The chunks of `object`, with those that list them; nothing where it is not stored.
Result<std::map<Digest, std::uint64_t>> ChunksOf(Store& store, const Digest& object) {
  std::map<Digest, std::uint64_t> chunks;
  const auto add = [&](const Digest& chunk, std::uint64_t size_bytes) -> Result<void> {
    chunks.emplace(chunk, size_bytes);
    return {};
  };
  const auto visited = store.objects().VisitChunks(object, add, add);
  if (!visited.ok() && visited.error().code != ErrorCode::kNotFound) return visited.error();
  return chunks;
}

class ErasurePlanner {
 public:
  ErasurePlanner(Store& store, const ErasureRequest& request, ErasureReport& report)
      : store_(store), request_(request), report_(report), resolver_(store, request) {}

  // Nothing in the result's chunks and objects: there is nothing left to do.
  Result<ErasingPlan> Plan() {
    for (const std::string& ref : request_.refs) {
      REPRISE_ASSIGN_OR_RETURN(Target target, resolver_.Resolve(ref));
      targets_.push_back(std::move(target));
    }
    REPRISE_TRY(DropWhatStays());
    for (Target& target : targets_) REPRISE_TRY(resolver_.AddProfiles(target));
    REPRISE_TRY(DropWhatIsGone());
    REPRISE_TRY(CollectChunks());
    return Conclude();
  }

 private:
  Result<void> DropWhatStays() {
    std::set<Digest> contents;
    std::set<Digest> folders;
    for (const Target& target : targets_) {
      for (const auto& [digest, item] : target.items) contents.insert(digest);
      if (target.folder.has_value()) folders.insert(*target.folder);
    }
    REPRISE_ASSIGN_OR_RETURN(references_, FindReferences(store_, contents, folders));
    for (Target& target : targets_) {
      std::vector<Digest> kept;
      for (const auto& [digest, item] : target.items) {
        if (references_.documents.contains(digest)) {
          return Error{ErrorCode::kInvalidArgument,
                       "cannot erase '" + Printable(target.label) + "': " + digest.ToString() +
                           " is a document that the record is made of, which stays"};
        }
        if (lineage::IsEmptyContent(digest)) {
          kept.push_back(digest);
          continue;
        }
        const auto named = references_.named_by.find(digest);
        const bool is_meant = !target.folder.has_value() || request_.shared;
        if (is_meant || named == references_.named_by.end()) continue;
        report_.kept.push_back("'" + Printable(item.paths.empty() ? "" : item.paths.front()) +
                               "' stays, as " + named->second + " has it too; --shared erases it");
        REPRISE_TRY(CountKept(digest));
        kept.push_back(digest);
      }
      for (const Digest& digest : kept) target.items.erase(digest);
    }
    return {};
  }

  Result<void> CountKept(const Digest& digest) {
    const auto info = store_.objects().Describe(digest);
    if (info.ok()) report_.kept_bytes += info->size_bytes;
    return info.ok() || IsDamage(info.error()) ? Result<void>() : info.error();
  }

  Result<void> DropWhatIsGone() {
    for (Target& target : targets_) {
      const std::size_t asked = target.items.size();
      std::string why;
      std::uint64_t erased_before = 0;
      for (auto item = target.items.begin(); item != target.items.end();) {
        REPRISE_ASSIGN_OR_RETURN(const auto row,
                                 store_.catalog().Get(Space::kObject, item->first.ToStored()));
        if (row.has_value()) {
          REPRISE_ASSIGN_OR_RETURN(const auto place, storage::DecodePlaceRow(*row));
          item->second.size_bytes = place.size_bytes;
          std::ranges::sort(item->second.paths);
          ++item;
          continue;
        }
        REPRISE_ASSIGN_OR_RETURN(const auto erased,
                                 storage::FindErased(store_.catalog(), item->first));
        if (erased.has_value()) {
          ++erased_before;
          why = SentenceOfErasure(*erased);
        }
        item = target.items.erase(item);
      }
      if (!target.items.empty()) continue;
      if (erased_before > 0) {
        report_.already.push_back("'" + Printable(target.label) + "' " + why);
      } else if (asked > 0 || !HasKept()) {
        return Error{ErrorCode::kNotFound, "cannot erase '" + Printable(target.label) +
                                               "': the store has no bytes of what was asked for"};
      }
    }
    std::erase_if(targets_, [](const Target& target) { return target.items.empty(); });
    return {};
  }

  bool HasKept() const { return !report_.kept.empty(); }

  Result<void> CollectChunks() {
    for (const Target& target : targets_) {
      for (const auto& [digest, item] : target.items) objects_.insert(digest);
    }
    for (const Digest& object : objects_) {
      REPRISE_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(store_, object));
      chunks_.insert(chunks.begin(), chunks.end());
    }
    if (request_.shared && !targets_.empty()) REPRISE_TRY(TakeInSharers());
    REPRISE_TRY(ForEachOther([&](const Digest& object, const Digest& chunk) -> Result<void> {
      kept_chunks_.emplace(chunk, object);
      return {};
    }));
    return {};
  }

  // With --shared, whatever has a chunk in common with what is meant goes with it.
  Result<void> TakeInSharers() {
    std::set<Digest> sharers;
    REPRISE_TRY(ForEachOther([&](const Digest& object, const Digest&) -> Result<void> {
      if (!references_.documents.contains(object)) sharers.insert(object);
      return {};
    }));
    for (const Digest& object : sharers) {
      REPRISE_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(store_, object));
      chunks_.insert(chunks.begin(), chunks.end());
      Target& target = targets_.front();
      target.Add(object, "file", "");
      REPRISE_ASSIGN_OR_RETURN(const auto info, store_.objects().Describe(object));
      target.items[object].size_bytes = info.size_bytes;
      objects_.insert(object);
    }
    return {};
  }

  // Calls `visit` for each object that is not to go, and each chunk to go that it has.
  Result<void> ForEachOther(
      const std::function<Result<void>(const Digest& object, const Digest& chunk)>& visit) {
    std::vector<Digest> others;
    REPRISE_TRY(store_.catalog().Scan(
        Space::kObject, {}, [&](std::string_view key, std::string_view value) {
          const auto digest = Digest::FromStored(AsBytes(key));
          const auto place = storage::DecodePlaceRow(value);
          if (!digest.ok() || !place.ok() || objects_.contains(*digest)) return true;
          const bool is_chunk = place->kind == storage::EntryKind::kChunkAndObject;
          if (!is_chunk || chunks_.contains(*digest)) others.push_back(*digest);
          return true;
        }));
    for (const Digest& object : others) {
      REPRISE_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(store_, object));
      for (const auto& [chunk, size_bytes] : chunks) {
        if (chunks_.contains(chunk)) REPRISE_TRY(visit(object, chunk));
      }
    }
    return {};
  }

  Result<ErasingPlan> Conclude() {
    ErasingPlan plan;
    std::set<Digest> sharers;
    for (const auto& [chunk, size_bytes] : chunks_) {
      const auto kept = kept_chunks_.find(chunk);
      if (kept == kept_chunks_.end()) {
        plan.chunks.push_back(chunk);
        report_.freed_bytes += size_bytes;
      } else {
        report_.kept_bytes += size_bytes;
        sharers.insert(kept->second);
      }
    }
    for (const Digest& object : sharers) {
      report_.kept.push_back("what " + object.ToString() +
                             " has in common with it stays; --shared erases that, too");
    }
    plan.objects.assign(objects_.begin(), objects_.end());
    for (const Target& target : targets_) {
      ErasureDocument erasure{.subject = target.subject, .reason = request_.reason};
      for (const auto& [digest, item] : target.items) {
        erasure.items.push_back(item);
        plan.purges_catalog = plan.purges_catalog || item.kind == "note";
        REPRISE_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(store_, digest));
        for (const auto& [chunk, size_bytes] : chunks) {
          if (kept_chunks_.contains(chunk)) erasure.kept_bytes += size_bytes;
        }
      }
      report_.erased.push_back(std::move(erasure));
    }
    return plan;
  }

  Store& store_;
  const ErasureRequest& request_;
  ErasureReport& report_;
  ErasureTargets resolver_;
  std::vector<Target> targets_;
  ContentReferences references_;
  std::set<Digest> objects_;
  std::map<Digest, std::uint64_t> chunks_;
  std::map<Digest, Digest> kept_chunks_;  // With an object that has it.
};

// Whatever could hold the bytes where this process cannot see or change them.
Result<void> RequireAllInReach(FileSystem& files, const Store& store) {
  const StorePaths paths(store.folder());
  if (store.is_read_only()) {
    return Error{ErrorCode::kReadOnly,
                 "cannot erase: the store '" + Printable(paths.folder) + "' cannot be written"};
  }
  if (Exists(files, paths.erasing())) {
    return Error{ErrorCode::kIoError,
                 "cannot erase: an earlier erasure is not finished, as was "
                 "said when the store was opened"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto sessions, ListSessions(files, paths.folder));
  if (!sessions.empty()) {
    return Error{ErrorCode::kTimeout,
                 "cannot erase while something is being recorded, which may hold or need the same "
                 "bytes: " +
                     sessions.front().ToString() +
                     (sessions.size() > 1 ? " and " + std::to_string(sessions.size() - 1) + " more"
                                          : std::string()) +
                     "; try again when it has ended"};
  }
  REPRISE_TRY(RequireNothingInQuarantine(files, paths.folder));
  REPRISE_ASSIGN_OR_RETURN(const auto packs, PacksOnDisk(files, paths.folder));
  for (const Ulid& pack : packs) {
    const auto reader = storage::PackReader::Open(files, storage::PackPath(paths.folder, pack));
    const auto index = reader.ok() ? (*reader)->ReadIndex() : reader.error();
    if (!index.ok()) {
      return Annotate(index.error(),
                      "cannot erase, as a pack may hold the bytes that cannot be "
                      "read; `reprise fsck --repair` first");
    }
  }
  return {};
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
  REPRISE_TRY(RequireAllInReach(files, *store));
  ErasureReport report;
  REPRISE_ASSIGN_OR_RETURN(ErasingPlan plan, ErasurePlanner(*store, request, report).Plan());
  REPRISE_TRY(FindDerived(*store, report));
  if (request.dry_run || report.erased.empty()) return report;
  std::vector<std::string> documents;
  for (const ErasureDocument& erasure : report.erased) {
    REPRISE_ASSIGN_OR_RETURN(documents.emplace_back(), EncodeErasure(erasure));
  }
  plan.subject = report.erased.front().subject;
  plan.document = crypto::Sha256(documents.front());
  // What began to be recorded while the plan was made may share what it removes.
  REPRISE_TRY(RequireAllInReach(files, *store));
  REPRISE_TRY(BeginErasing(files, store->folder(), plan));
  REPRISE_TRY(Record(files, *store, documents, report.erased));
  store.reset();
  REPRISE_TRY(Store::Open(files, request.store_folder, store_options));
  if (Exists(files, StorePaths(request.store_folder).erasing())) {
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
