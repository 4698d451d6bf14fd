#include "tracker/session.h"

#include <algorithm>

#include "storage/base/clock.h"
#include "storage/frame_log.h"
#include "tracker/actor.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

// Making a session takes a few calls, and so does sweeping.
constexpr std::int64_t kNurseryWaitMsMax = 10'000;

// The journal of a fact has this name until it is whole and durable, and a file beside it says that
// this is so: a torn journal can then be told from one that was torn later.
std::string UnsealedPath(const std::string& folder) { return JoinPath(folder, "journal.part"); }
std::string FactPath(const std::string& folder) { return JoinPath(folder, "fact"); }
std::string LockPath(const std::string& folder) { return JoinPath(folder, "lock"); }

}  // namespace

Session::Session(FileSystem& files, std::string store_folder, const Ulid& id)
    : files_(files),
      store_folder_(std::move(store_folder)),
      id_(id),
      folder_(StorePaths(store_folder_).session(id)) {}

v1::LedgerFact NewLedgerFact(std::string kind, std::string subject, const Digest& payload,
                             std::string actor) {
  v1::LedgerFact fact;
  fact.set_kind(std::move(kind));
  fact.set_subject(std::move(subject));
  fact.set_payload(payload.ToStored());
  fact.set_time_unix_ms(NowUnixMs());
  fact.set_actor(actor.empty() ? CurrentActor() : std::move(actor));
  return fact;
}

Result<std::unique_ptr<Session>> Session::CreateForFacts(FileSystem& files,
                                                         const std::string& store_folder) {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_FACT);
  started.set_started_at_unix_ms(NowUnixMs());
  return Create(files, store_folder, Ulid::Generate(), std::move(started));
}

Result<std::unique_ptr<Session>> Session::Create(FileSystem& files, const std::string& store_folder,
                                                 const Ulid& id, v1::SessionStarted started,
                                                 const Prepare& prepare) {
  REPRISE_ASSIGN_OR_RETURN(const StoreFormat format, ReadStoreFormat(files, store_folder));
  std::unique_ptr<Session> session(new Session(files, store_folder, id));
  session->store_id_ = format.id;
  session->pending_ = JournalHeader();
  // The folder appears in the inbox only with its lock held, so that nobody takes it for dead;
  // until then it has a name that only SweepInbox() looks for, which waits for the nursery's lock.
  const StorePaths paths(store_folder);
  // It is often empty, and tools that copy folders leave such ones out.
  REPRISE_TRY(CreateDirectories(files, paths.inbox()));
  REPRISE_ASSIGN_OR_RETURN(const auto nursery_lock,
                           files.Lock(paths.nursery_lock(), LockMode::kShared, kNurseryWaitMsMax));
  const std::string nursery = paths.nursery(id);
  REPRISE_TRY(files.CreateDirectory(nursery, 0700));
  const auto fill = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(session->lock_,
                             files.Lock(LockPath(nursery), LockMode::kExclusive, 0));
    const bool is_fact = started.kind() == v1::SessionStarted::KIND_FACT;
    if (is_fact) REPRISE_TRY(files.Open(FactPath(nursery), OpenMode::kCreateExclusive, 0600));
    REPRISE_ASSIGN_OR_RETURN(session->journal_,
                             files.Open(is_fact ? UnsealedPath(nursery) : JournalPath(nursery),
                                        OpenMode::kCreateExclusive, 0600));
    if (prepare) REPRISE_TRY(prepare(started));
    started.set_session_id(UlidBytes(id));
    session->started_ = started;
    v1::Frame frame;
    *frame.mutable_started() = std::move(started);
    REPRISE_TRY(session->Append(frame));
    return files.Rename(nursery, session->folder_);
  };
  if (auto filled = fill(); !filled.ok()) {
    ReleaseRunNames(files, store_folder, id);
    (void)RemoveTree(files, nursery);  // The first failure is the one to report.
    return std::move(filled).error();
  }
  return session;
}

Result<std::unique_ptr<Session>> Session::Resume(FileSystem& files, const std::string& store_folder,
                                                 const Ulid& id) {
  REPRISE_ASSIGN_OR_RETURN(const StoreFormat format, ReadStoreFormat(files, store_folder));
  std::unique_ptr<Session> session(new Session(files, store_folder, id));
  session->store_id_ = format.id;
  REPRISE_ASSIGN_OR_RETURN(session->lock_,
                           files.Lock(LockPath(session->folder_), LockMode::kExclusive, 0));
  bool first = true;
  REPRISE_ASSIGN_OR_RETURN(
      const JournalScan scan,
      ScanJournal(files, session->folder_, [&](const v1::Frame& frame) -> Result<void> {
        if (first) session->started_ = frame.started();
        first = false;
        session->sealed_ = session->sealed_ || frame.has_sealed();
        for (const std::string& pack : frame.packs().packs()) {
          REPRISE_ASSIGN_OR_RETURN(const Ulid pack_id, UlidFromMessage(pack));
          session->packs_.push_back(pack_id);
        }
        return {};
      }));
  session->journal_bytes_ = scan.valid_bytes;
  session->dropped_bytes_ = scan.dropped_bytes;
  session->damaged_bytes_ = scan.damaged_bytes;
  REPRISE_TRY(session->TakeUnnamedPacks());
  REPRISE_ASSIGN_OR_RETURN(session->journal_,
                           files.Open(JournalPath(session->folder_), OpenMode::kReadWrite));
  if (scan.dropped_bytes > 0) REPRISE_TRY(session->journal_->Truncate(scan.valid_bytes));
  return session;
}

// A pack has its name once it is whole.  The frame that names it may be what was torn off.
Result<void> Session::TakeUnnamedPacks() {
  constexpr std::string_view kSuffix = ".pack";
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files_.List(folder_));
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.ends_with(kSuffix)) continue;
    const auto id =
        Ulid::Parse(std::string_view(entry.name).substr(0, entry.name.size() - kSuffix.size()));
    if (id.ok() && std::ranges::find(packs_, *id) == packs_.end()) packs_.push_back(*id);
  }
  return {};
}

Result<void> Session::Append(const v1::Frame& frame) {
  if (failed_.has_value()) return *failed_;
  if (frame.ByteSizeLong() > storage::kFramePayloadBytesMax) {
    return Error{ErrorCode::kInvalidArgument, "a frame of " + std::to_string(frame.ByteSizeLong()) +
                                                  " bytes is more than a journal can hold"};
  }
  storage::AppendFrame(pending_, frame.SerializeAsString());
  // What a run said must outlive its recorder.  A fact counts only when it is sealed, and is
  // written at once then, so that a loss of power leaves no part of it that means anything.
  if (started_.kind() == v1::SessionStarted::KIND_FACT) return {};
  return Flush();
}

Result<void> Session::Flush() {
  if (failed_.has_value()) return *failed_;
  if (pending_.empty()) return {};
  if (auto written = journal_->WriteAt(journal_bytes_, AsBytes(pending_)); !written.ok()) {
    failed_ = written.error();
    return written;
  }
  journal_bytes_ += pending_.size();
  pending_.clear();
  return {};
}

// The names by which a session is found again.
Result<void> Session::SyncEntries() {
  if (entries_are_durable_) return {};
  REPRISE_TRY(files_.SyncDirectory(folder_));
  REPRISE_TRY(files_.SyncDirectory(ParentPath(folder_)));
  if (!started_.name().empty()) {
    REPRISE_TRY(files_.SyncDirectory(StorePaths(store_folder_).names()));
  }
  entries_are_durable_ = true;
  return {};
}

Result<void> Session::Sync() {
  REPRISE_TRY(Flush());
  if (auto synced = journal_->Sync(); !synced.ok()) {
    failed_ = synced.error();  // A failed sync is final: the pages may be gone.
    return synced;
  }
  // After the content: a name that is durable before it leads to a session that cannot be read.
  if (started_.kind() == v1::SessionStarted::KIND_RUN) return SyncEntries();
  return {};
}

Result<std::unique_ptr<storage::ObjectWriter>> Session::NewWriter(storage::PresenceIndex* presence,
                                                                  unsigned threads) {
  return storage::NewObjectWriter(
      files_, {.folder = folder_, .store_id = store_id_, .presence = presence, .threads = threads});
}

Result<void> Session::FinishWriter(std::unique_ptr<storage::ObjectWriter> writer,
                                   storage::WriterStats* stats) {
  auto finished = writer->Finish();
  if (stats != nullptr) *stats = writer->stats();
  if (!finished.ok()) {
    failed_ = finished.error();
    return std::move(finished).error();
  }
  if (finished->empty()) return {};
  v1::Frame frame;
  for (const Ulid& pack : *finished) {
    packs_.push_back(pack);
    frame.mutable_packs()->add_packs(UlidBytes(pack));
  }
  return Append(frame);
}

Result<void> Session::Seal(const std::vector<v1::LedgerFact>& facts) {
  v1::Frame frame;
  for (const Ulid& pack : packs_) frame.mutable_sealed()->add_packs(UlidBytes(pack));
  for (const v1::LedgerFact& fact : facts) *frame.mutable_sealed()->add_facts() = fact;
  // Its packs were named durably by whoever wrote them (FinishWriter).
  const bool is_fact = started_.kind() == v1::SessionStarted::KIND_FACT;
  if (!is_fact) REPRISE_TRY(SyncEntries());
  REPRISE_TRY(Append(frame));
  REPRISE_TRY(Sync());
  if (is_fact) {
    REPRISE_TRY(files_.Rename(UnsealedPath(folder_), JournalPath(folder_)));
    REPRISE_TRY(SyncEntries());
  }
  ReleaseLock();
  return {};
}

Result<void> Session::Abandon() {
  const auto discard = [&]() -> Result<void> {
    const StorePaths paths(store_folder_);
    // Back in the nursery the session is no run any more, so that its name can be given back.
    REPRISE_TRY(files_.Rename(folder_, paths.nursery(id_)));
    if (!started_.name().empty()) ReleaseRunName(files_, store_folder_, started_.name(), id_);
    // It may be sealed, if only the sync of the seal failed: it must not come back without a part.
    REPRISE_TRY(files_.SyncDirectory(paths.inbox()));
    return RemoveTree(files_, paths.nursery(id_));
  };
  auto discarded = discard();
  ReleaseLock();
  return discarded;
}

bool SessionHoldsNothing(FileSystem& files, const std::string& session_folder) {
  // Of a fact, the journal comes last; of a run, these come only when it has begun.  A loss of
  // power may leave the names of files alone.
  if (JournalWasWhole(files, session_folder)) return false;
  const auto entries = files.List(session_folder);
  if (!entries.ok()) return false;
  const bool has_begun = std::ranges::any_of(*entries, [](const DirectoryEntry& entry) {
    const bool has_content =
        entry.name == "stdout" || entry.name == "stderr" || entry.name.starts_with("seg-");
    return entry.name == "exit" || entry.name == "ended" ||
           (has_content && entry.stat.size_bytes > 0);
  });
  return !has_begun && JournalHoldsNothing(files, session_folder);
}

bool JournalWasWhole(FileSystem& files, const std::string& session_folder) {
  return Exists(files, FactPath(session_folder)) && Exists(files, JournalPath(session_folder));
}

Result<void> DiscardSession(FileSystem& files, const std::string& store_folder, const Ulid& id) {
  const StorePaths paths(store_folder);
  auto renamed = files.Rename(paths.session(id), paths.nursery(id));
  if (!renamed.ok()) {
    if (renamed.error().code == ErrorCode::kNotFound) return {};
    return renamed;
  }
  ReleaseRunNames(files, store_folder, id);
  return RemoveTree(files, paths.nursery(id));
}

Result<void> RemoveAdopted(FileSystem& files, const std::string& store_folder, const Ulid& id) {
  const StorePaths paths(store_folder);
  REPRISE_TRY(files.Rename(paths.session(id), paths.removed_session(id)));
  return RemoveTree(files, paths.removed_session(id));
}

Result<void> SweepInbox(FileSystem& files, const std::string& store_folder) {
  const StorePaths paths(store_folder);
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(paths.inbox()));
  std::vector<Ulid> left;
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with('.')) continue;
    const auto id = Ulid::Parse(std::string_view(entry.name).substr(1, Ulid::kTextSize));
    if (id.ok()) left.push_back(*id);
  }
  if (left.empty()) return {};
  const auto alone = files.Lock(paths.nursery_lock(), LockMode::kExclusive, 0);
  if (!alone.ok()) {
    // Somebody is making a session: another time.
    if (alone.error().code == ErrorCode::kTimeout) return {};
    return alone.error();
  }
  REPRISE_TRY(files.SyncDirectory(paths.inbox()));  // As in Session::Abandon().
  for (const Ulid& id : left) {
    REPRISE_TRY(RemoveTree(files, paths.removed_session(id)));
    if (!Exists(files, paths.nursery(id))) continue;
    ReleaseRunNames(files, store_folder, id);
    REPRISE_TRY(RemoveTree(files, paths.nursery(id)));
  }
  return {};
}

bool SessionIsLive(FileSystem& files, const std::string& session_folder) {
  const auto lock = files.Lock(LockPath(session_folder), LockMode::kShared, 0);
  // Whether it is held cannot be asked without descriptors, for example: then it may be.
  return !lock.ok() && lock.error().code != ErrorCode::kNotFound;
}

Result<std::vector<Ulid>> ListSessions(FileSystem& files, const std::string& store_folder) {
  const StorePaths paths(store_folder);
  const auto entries = files.List(paths.inbox());
  std::vector<Ulid> sessions;
  if (!entries.ok()) {
    if (entries.error().code == ErrorCode::kNotFound) return sessions;  // As Create() makes it.
    return entries.error();
  }
  for (const DirectoryEntry& entry : *entries) {
    if (const auto id = Ulid::Parse(entry.name); id.ok()) sessions.push_back(*id);
  }
  std::ranges::sort(sessions);
  return sessions;
}

Result<Ulid> UlidFromMessage(const std::string& bytes) {
  if (bytes.size() != Ulid::kSizeBytes) {
    return Error{ErrorCode::kCorruption, "a stored identifier has the wrong length"};
  }
  return Ulid::FromBytes(AsBytes(bytes));
}

Result<Digest> DigestFromMessage(const std::string& bytes) {
  return Digest::FromStored(AsBytes(bytes));
}

}  // namespace reprise::tracker
