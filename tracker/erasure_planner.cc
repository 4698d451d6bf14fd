// First what is meant: the references are resolved to objects (ErasureTargets).  Then what of these
// can go: objects that something else names stay, and so do chunks that other objects have
// (ErasurePlanner).

#include "tracker/erasure_planner.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "lineage/empty_content.h"
#include "storage/object_rows.h"
#include "storage/tree.h"
#include "tracker/artifact_facts.h"
#include "tracker/content_references.h"
#include "tracker/index.h"
#include "tracker/refs.h"

namespace reprise::tracker {
namespace {

using storage::Space;

// What one reference names.
struct Target {
  std::string subject;
  std::string label;  // As the person called it.
  std::optional<Digest> folder;
  std::optional<Ulid> run;
  std::map<Digest, ErasedItem> items;
  std::uint64_t kept = 0;  // Contents that were asked for, and stay.

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
      target.run = *run;
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
    if (!request_.notes) return target;
    REPRISE_ASSIGN_OR_RETURN(const auto notes, PayloadsOf("note", target.subject));
    for (const Digest& note : notes) target.Add(note, "note", "");
    return target;
  }

  // The profiles of what is meant, which tell of what is in it, also if it goes as what a run
  // printed.
  Result<std::set<Digest>> ProfilesOf(const Target& target) {
    std::set<Digest> profiles;
    for (const auto& [digest, item] : target.items) {
      if (item.kind == "note" || item.kind == "profile") continue;
      auto known = profiles_.find(digest);
      if (known == profiles_.end()) {
        REPRISE_ASSIGN_OR_RETURN(auto payloads, PayloadsOf("profile", digest.ToString()));
        known = profiles_.emplace(digest, std::move(payloads)).first;
      }
      profiles.insert(known->second.begin(), known->second.end());
    }
    return profiles;
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

  Result<std::vector<Digest>> PayloadsOf(std::string_view kind, const std::string& subject) {
    std::vector<Digest> payloads;
    REPRISE_ASSIGN_OR_RETURN(const auto sequences, LedgerEntriesAbout(store_.catalog(), subject));
    for (const std::uint64_t sequence : sequences) {
      REPRISE_ASSIGN_OR_RETURN(const auto entry, store_.ledger().Read(sequence));
      if (entry.kind == kind) payloads.push_back(entry.payload);
    }
    return payloads;
  }

  Store& store_;
  const ErasureRequest& request_;
  std::map<Digest, std::vector<Digest>> profiles_;  // By content, of what was asked for.
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
    for (Target& target : targets_) REPRISE_TRY(AddProfiles(target));
    REPRISE_TRY(DropWhatIsGone());
    REPRISE_TRY(CollectChunks());
    return Conclude();
  }

 private:
  Result<void> DropWhatStays() {
    ReferenceQuestion question;
    for (const Target& target : targets_) {
      for (const auto& [digest, item] : target.items) question.contents.insert(digest);
      REPRISE_ASSIGN_OR_RETURN(const auto profiles, resolver_.ProfilesOf(target));
      question.contents.insert(profiles.begin(), profiles.end());
      if (target.folder.has_value()) question.within.insert(*target.folder);
      if (target.run.has_value()) question.runs.insert(*target.run);
    }
    REPRISE_ASSIGN_OR_RETURN(references_, FindReferences(store_, question));
    for (Target& target : targets_) {
      std::vector<Digest> kept;
      for (auto& [digest, item] : target.items) {
        // What was named stands for all that it is; what comes along may be something else, too.
        const bool is_named_itself = item.kind == "file" && !target.folder.has_value();
        const bool is_document = references_.documents.contains(digest);
        if (is_document && is_named_itself) {
          return Error{ErrorCode::kInvalidArgument,
                       "cannot erase '" + Printable(target.label) + "': " + digest.ToString() +
                           " is a document that the record is made of, which stays"};
        }
        if (lineage::IsEmptyContent(digest)) {
          kept.push_back(digest);
          continue;
        }
        // What is gone cannot stay.
        REPRISE_ASSIGN_OR_RETURN(const bool is_stored, IsStored(digest));
        if (!is_stored) continue;
        const std::optional<std::string> holder = OtherHolderOf(item, is_named_itself);
        if (is_named_itself) item.kind = KindOf(digest);
        if (!is_document && !holder.has_value()) continue;
        const std::string& path = item.paths.empty() ? target.label : item.paths.front();
        REPRISE_TRY(TellKept("'" + Printable(path) + "'", digest, holder, target));
        kept.push_back(digest);
      }
      for (const Digest& digest : kept) target.items.erase(digest);
    }
    return {};
  }

  // With what goes, its profiles; but for those that something else has as data or the like.
  Result<void> AddProfiles(Target& target) {
    REPRISE_ASSIGN_OR_RETURN(const auto profiles, resolver_.ProfilesOf(target));
    for (const Digest& digest : profiles) {
      const auto holder = OtherHolderOf({digest, "profile", 0, {}}, false);
      const bool stays = references_.documents.contains(digest) || holder.has_value();
      REPRISE_ASSIGN_OR_RETURN(const bool is_stored, IsStored(digest));
      if (!stays) {
        target.Add(digest, "profile", "");
      } else if (is_stored) {
        const std::string what = "a profile of '" + Printable(target.label) + "'";
        REPRISE_TRY(TellKept(what, digest, holder, target));
      }
    }
    return {};
  }

  Result<bool> IsStored(const Digest& object) const {
    REPRISE_ASSIGN_OR_RETURN(const auto row,
                             store_.catalog().Get(Space::kObject, object.ToStored()));
    return row.has_value();
  }

  // Says that `digest`, called `what`, stays; without a holder it is a document.
  Result<void> TellKept(const std::string& what, const Digest& digest,
                        const std::optional<std::string>& holder, Target& target) {
    report_.kept.push_back(what + " stays, as " +
                           (references_.documents.contains(digest) || !holder.has_value()
                                ? "it is a document that the record is made of"
                                : *holder + " has it too; --shared erases it"));
    ++target.kept;
    return CountKept(digest);
  }

  // A note or profile by the digest of its document is one all the same.
  std::string KindOf(const Digest& digest) const {
    const auto kind = references_.erasable_documents.find(digest);
    return kind == references_.erasable_documents.end() ? "file" : kind->second;
  }

  // For the sake of what the item stays.  A file that was named itself is erased whoever has it as
  // data, but not with the log or the like that happens to have its bytes, unless it is only that.
  std::optional<std::string> OtherHolderOf(const ErasedItem& item, bool is_named_itself) const {
    if (request_.shared) return std::nullopt;
    const auto named = references_.named_by.find(item.digest);
    const auto used = references_.used_by.find(item.digest);
    const bool is_named = named != references_.named_by.end();
    const bool is_used = used != references_.used_by.end();
    if (is_named_itself) return is_named && is_used ? std::optional(used->second) : std::nullopt;
    if (const std::string kind = KindOf(item.digest); kind != "file" && kind != item.kind) {
      return "a " + kind + " in the record";
    }
    if (is_named) return named->second;
    return is_used ? std::optional(used->second) : std::nullopt;
  }

  Result<void> CountKept(const Digest& digest) {
    const auto info = store_.objects().Describe(digest);
    if (info.ok()) report_.kept_bytes += info->size_bytes;
    return info.ok() || IsDamage(info.error()) ? Result<void>() : info.error();
  }

  Result<void> DropWhatIsGone() {
    for (Target& target : targets_) {
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
      } else if (target.kept == 0) {
        return Error{ErrorCode::kNotFound, "cannot erase '" + Printable(target.label) +
                                               "': the store has no bytes of what was asked for"};
      }
    }
    std::erase_if(targets_, [](const Target& target) { return target.items.empty(); });
    return {};
  }

  Result<void> CollectChunks() {
    REPRISE_TRY(CollectMeant());
    if (request_.shared && !targets_.empty()) {
      REPRISE_TRY(TakeInSharers());
      REPRISE_TRY(AddProfiles(targets_.front()));
      REPRISE_TRY(DropWhatIsGone());
      REPRISE_TRY(CollectMeant());
    }
    REPRISE_TRY(ForEachOther([&](const Digest& object, const Digest& chunk) -> Result<void> {
      kept_chunks_.emplace(chunk, object);
      return {};
    }));
    return {};
  }

  Result<void> CollectMeant() {
    for (const Target& target : targets_) {
      for (const auto& [digest, item] : target.items) {
        if (!objects_.insert(digest).second) continue;
        REPRISE_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(store_, digest));
        chunks_.insert(chunks.begin(), chunks.end());
      }
    }
    return {};
  }

  // With --shared, whatever has a chunk in common with what is meant goes with it.
  Result<void> TakeInSharers() {
    std::set<Digest> sharers;
    REPRISE_TRY(ForEachOther([&](const Digest& object, const Digest&) -> Result<void> {
      if (!references_.documents.contains(object)) sharers.insert(object);
      return {};
    }));
    for (const Digest& object : sharers) targets_.front().Add(object, KindOf(object), "");
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
      report_.kept.push_back("what " + object.ToString() + " has in common with it stays; " +
                             (request_.shared ? "erase that by its own name with --shared"
                                              : "--shared erases that, too"));
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

}  // namespace

Result<ErasingPlan> PlanErasure(Store& store, const ErasureRequest& request,
                                ErasureReport& report) {
  return ErasurePlanner(store, request, report).Plan();
}

}  // namespace reprise::tracker
