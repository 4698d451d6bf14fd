#include "tracker/session.h"

#include <algorithm>

#include "storage/frame_log.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

// "RPRSJRNL", version (u32), zero (u32).
constexpr std::string_view kMagic = "RPRSJRNL";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 16;

std::string JournalPath(const std::string& folder) { return JoinPath(folder, "journal"); }
std::string LockPath(const std::string& folder) { return JoinPath(folder, "lock"); }

// A session appears in the inbox, and disappears, at once: it is made in, and removed from, a
// folder whose name is no identifier.
std::string NurseryPath(const std::string& store_folder, const Ulid& id) {
  return JoinPath(StorePaths(store_folder).inbox(), "." + id.ToString());
}
// What a run reserved goes with its nursery, but stays when its session goes into the store.
constexpr std::string_view kRemovedEnding = ".removed";

constexpr int kNurseryAttemptsMax = 100;

std::string Header() {
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, std::uint32_t{0});
  return header;
}

Result<void> CheckHeader(ByteSpan bytes, const std::string& path) {
  if (bytes.size() < kHeaderBytes || AsText(bytes.first(kMagic.size())) != kMagic) {
    return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' is not a journal"};
  }
  if (LoadLe<std::uint32_t>(bytes, kMagic.size()) > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "'" + Printable(path) + "' was written by a newer release of reprise"};
  }
  return {};
}

}  // namespace

Session::Session(FileSystem& files, std::string store_folder, const Ulid& id)
    : files_(files),
      store_folder_(std::move(store_folder)),
      id_(id),
      folder_(StorePaths(store_folder_).session(id)) {}

// The nursery appears in the inbox as a session only with its lock held, so that nobody takes it
// for dead.  Before the lock is held it looks like one that a dead writer left, and may be removed:
// then the lock or the journal has no folder, or the lock is another's, and we begin again
// elsewhere.
Result<void> Session::MakeNursery(const std::string& nursery) {
  REPRISE_TRY(files_.CreateDirectory(nursery, 0700));
  REPRISE_ASSIGN_OR_RETURN(lock_, files_.Lock(LockPath(nursery), LockMode::kExclusive, 0));
  REPRISE_ASSIGN_OR_RETURN(journal_,
                           files_.Open(JournalPath(nursery), OpenMode::kCreateExclusive, 0600));
  return {};
}

Result<std::unique_ptr<Session>> Session::Create(FileSystem& files, const std::string& store_folder,
                                                 const Ulid& id, v1::SessionStarted started,
                                                 const Prepare& prepare) {
  REPRISE_ASSIGN_OR_RETURN(const StoreFormat format, ReadStoreFormat(files, store_folder));
  std::unique_ptr<Session> session(new Session(files, store_folder, id));
  session->store_id_ = format.id;
  std::string nursery = NurseryPath(store_folder, id);
  for (int attempt = 1;; ++attempt) {
    auto made = session->MakeNursery(nursery);
    if (made.ok()) break;
    const bool removed_by_another =
        made.error().code == ErrorCode::kNotFound || made.error().code == ErrorCode::kTimeout;
    if (!removed_by_another || attempt == kNurseryAttemptsMax) return std::move(made).error();
    nursery = NurseryPath(store_folder, id) + "." + std::to_string(attempt);
  }
  const auto fill = [&]() -> Result<void> {
    REPRISE_TRY(session->journal_->WriteAt(0, AsBytes(Header())));
    session->journal_bytes_ = kHeaderBytes;
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
  REPRISE_ASSIGN_OR_RETURN(session->journal_,
                           files.Open(JournalPath(session->folder_), OpenMode::kReadWrite));
  if (scan.dropped_bytes > 0) REPRISE_TRY(session->journal_->Truncate(scan.valid_bytes));
  return session;
}

Result<void> Session::Append(const v1::Frame& frame) {
  if (failed_.has_value()) return *failed_;
  std::string bytes;
  storage::AppendFrame(bytes, frame.SerializeAsString());
  if (auto written = journal_->WriteAt(journal_bytes_, AsBytes(bytes)); !written.ok()) {
    failed_ = written.error();
    return written;
  }
  journal_bytes_ += bytes.size();
  return {};
}

Result<void> Session::Sync() {
  if (failed_.has_value()) return *failed_;
  if (auto synced = journal_->Sync(); !synced.ok()) {
    failed_ = synced.error();  // A failed sync is final: the pages may be gone.
    return synced;
  }
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

Result<std::unique_ptr<storage::ObjectReader>> Session::Reader() {
  return storage::NewSessionReader(files_, folder_, packs_);
}

Result<void> Session::Seal(const std::vector<v1::LedgerFact>& facts) {
  v1::Frame frame;
  for (const Ulid& pack : packs_) frame.mutable_sealed()->add_packs(UlidBytes(pack));
  for (const v1::LedgerFact& fact : facts) *frame.mutable_sealed()->add_facts() = fact;
  // The folder's names must be durable before the journal says that the session counts.
  REPRISE_TRY(files_.SyncDirectory(folder_));
  REPRISE_TRY(files_.SyncDirectory(ParentPath(folder_)));
  REPRISE_TRY(Append(frame));
  REPRISE_TRY(Sync());
  ReleaseLock();
  return {};
}

Result<void> Session::Abandon() {
  // Back in the nursery the session is no run any more, so that its name can be given back.
  const std::string nursery = NurseryPath(store_folder_, id_);
  REPRISE_TRY(files_.Rename(folder_, nursery));
  if (!started_.name().empty()) ReleaseRunName(files_, store_folder_, started_.name(), id_);
  REPRISE_TRY(RemoveTree(files_, nursery));
  ReleaseLock();
  return {};
}

Result<void> RemoveSession(FileSystem& files, const std::string& store_folder, const Ulid& id) {
  const std::string removed = NurseryPath(store_folder, id) + std::string(kRemovedEnding);
  REPRISE_TRY(files.Rename(StorePaths(store_folder).session(id), removed));
  return RemoveTree(files, removed);
}

Result<void> RemoveDeadNurseries(FileSystem& files, const std::string& store_folder) {
  const std::string inbox = StorePaths(store_folder).inbox();
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(inbox));
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with('.')) continue;
    const std::string folder = JoinPath(inbox, entry.name);
    if (!entry.name.ends_with(kRemovedEnding)) {
      const auto lock = files.Lock(LockPath(folder), LockMode::kExclusive, 0);
      if (!lock.ok()) continue;  // Its writer is alive, or it is gone by now.
      const auto id = Ulid::Parse(std::string_view(entry.name).substr(1, Ulid::kTextSize));
      if (id.ok()) ReleaseRunNames(files, store_folder, *id);
      (void)RemoveTree(files, folder);  // Fails when its writer has just begun to fill it.
      continue;
    }
    REPRISE_TRY(RemoveTree(files, folder));
  }
  return {};
}

Result<void> Session::ForEachFrame(const std::function<Result<void>(const v1::Frame&)>& visit) {
  REPRISE_TRY(ScanJournal(files_, folder_, visit));
  return {};
}

Result<JournalScan> ScanJournal(FileSystem& files, const std::string& session_folder,
                                const std::function<Result<void>(const v1::Frame&)>& visit) {
  const std::string path = JournalPath(session_folder);
  REPRISE_ASSIGN_OR_RETURN(const auto mapping, files.Map(path));
  return ScanJournalBytes(mapping->bytes(), path, visit);
}

Result<JournalScan> ScanJournalBytes(ByteSpan bytes, const std::string& path,
                                     const std::function<Result<void>(const v1::Frame&)>& visit) {
  REPRISE_TRY(CheckHeader(bytes, path));
  std::uint64_t frames = 0;
  REPRISE_ASSIGN_OR_RETURN(
      const storage::FrameScan scan,
      storage::ScanFrames(
          bytes, kHeaderBytes, [&](std::string_view payload, std::uint64_t) -> Result<void> {
            v1::Frame frame;
            if (!frame.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
                frame.has_started() != (frames == 0)) {
              return Error{ErrorCode::kCorruption, "frame " + std::to_string(frames) + " of '" +
                                                       Printable(path) + "' makes no sense"};
            }
            ++frames;
            return visit(frame);
          }));
  if (frames == 0) {
    return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' holds no whole frame"};
  }
  return JournalScan{scan.valid_bytes, scan.dropped_bytes};
}

bool SessionIsLive(FileSystem& files, const std::string& session_folder) {
  const auto lock = files.Lock(LockPath(session_folder), LockMode::kShared, 0);
  return !lock.ok() && lock.error().code == ErrorCode::kTimeout;
}

Result<std::vector<Ulid>> ListSessions(FileSystem& files, const std::string& store_folder) {
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(StorePaths(store_folder).inbox()));
  std::vector<Ulid> sessions;
  for (const DirectoryEntry& entry : entries) {
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
