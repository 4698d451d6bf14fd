// A writer's session: a folder in the inbox, under a lock, with a journal and packs of its own.
//
// Whoever writes into a store (a run's recorder, `reprise add`, a note) works in a session and
// never touches what others read.  Seal() is the commit point: after it the session will be adopted
// into the store by whichever process opens it next (tracker/adoption.h), whatever happens to its
// writer. A writer that dies before leaves a session whose lock is free: a run is then recovered by
// the recorder's code, any other session is thrown away.
//
// Journal format: docs/formats/journal.md.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/object_store.h"
#include "tracker/journal.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// What the ledger is to say of `subject`: the document `payload`, now and in the name of `actor`,
// or of who is at work.
v1::LedgerFact NewLedgerFact(std::string kind, std::string subject, const Digest& payload,
                             std::string actor = "");

class Session {
 public:
  // May fill in what is reserved outside of the session, above all a run's name, before `started`
  // is written.  What it reserves in the name of `id` is taken back if the session does not come to
  // be, even by SIGKILL (SweepInbox).
  using Prepare = std::function<Result<void>(v1::SessionStarted& started)>;

  // Makes the folder inbox/<id> with `started` (its session_id is set to `id`).  Not durable before
  // Sync() or Seal().
  // Errors: those of `prepare`, too; nothing stays behind.
  static Result<std::unique_ptr<Session>> Create(FileSystem& files, const std::string& store_folder,
                                                 const Ulid& id, v1::SessionStarted started,
                                                 const Prepare& prepare = {});

  // The same for facts that are recorded without running anything, with an id of its own.
  static Result<std::unique_ptr<Session>> CreateForFacts(FileSystem& files,
                                                         const std::string& store_folder);

  // Takes over a session whose writer died: locks it and cuts a torn tail off its journal.  Packs
  // that lie whole in the folder are its own, whether the journal still names them or not.
  // Errors: kTimeout     its writer is alive.
  //         kCorruption  the journal does not begin with a session.
  static Result<std::unique_ptr<Session>> Resume(FileSystem& files, const std::string& store_folder,
                                                 const Ulid& id);

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Ulid& id() const { return id_; }
  const std::string& folder() const { return folder_; }
  const std::string& store_folder() const { return store_folder_; }
  const v1::SessionStarted& started() const { return started_; }
  // Whether it was sealed when Resume() took it over: then it belongs to its adopter, and must not
  // be sealed again.
  bool sealed() const { return sealed_; }
  // Bytes of a torn tail that Resume() cut off.
  std::uint64_t dropped_bytes() const { return dropped_bytes_; }
  // Bytes within the journal that Resume() could not read.
  std::uint64_t damaged_bytes() const { return damaged_bytes_; }

  // Appends a frame.  That of a run survives the death of this process, and power loss after
  // Sync(); that of a fact is kept in memory until Seal().
  // Errors: kInvalidArgument  the frame exceeds storage::kFramePayloadBytesMax and is not appended.
  // After any other failure the session is void: every later call fails likewise.
  Result<void> Append(const v1::Frame& frame);
  Result<void> Sync();

  // A writer for objects of this session.  FinishWriter() makes them durable and notes their packs.
  Result<std::unique_ptr<storage::ObjectWriter>> NewWriter(storage::PresenceIndex* presence,
                                                           unsigned threads = 0);
  // `stats`, when given, receives what the writer did.
  Result<void> FinishWriter(std::unique_ptr<storage::ObjectWriter> writer,
                            storage::WriterStats* stats = nullptr);

  // The commit point.  The lock is released: the session now belongs to its adopter.
  Result<void> Seal(const std::vector<v1::LedgerFact>& facts);

  // Removes the session and everything in it.
  Result<void> Abandon();

  // Descriptor-level sharing of the lock with a child process is by inheritance over fork(): the
  // lock is free when every holder has closed it or died.
  void ReleaseLock() { lock_.reset(); }

 private:
  Session(FileSystem& files, std::string store_folder, const Ulid& id);
  Result<void> Flush();
  Result<void> SyncEntries();
  Result<void> TakeUnnamedPacks();

  FileSystem& files_;
  std::string store_folder_;
  Ulid id_;
  std::string folder_;
  Ulid store_id_;
  v1::SessionStarted started_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<File> journal_;
  std::uint64_t journal_bytes_ = 0;  // In the file.
  std::string pending_;              // To be written after them.
  std::uint64_t dropped_bytes_ = 0;
  std::uint64_t damaged_bytes_ = 0;
  bool sealed_ = false;
  bool entries_are_durable_ = false;
  std::vector<Ulid> packs_;
  std::optional<Error> failed_;
};

// Whether nothing was ever recorded in the session, although its journal cannot be read: the
// journal is missing, or was never synced before the power went.
bool SessionHoldsNothing(FileSystem& files, const std::string& session_folder);

// Whether the session's journal was put in its place whole, as that of a fact is: what is torn in
// it was damaged afterwards.
bool JournalWasWhole(FileSystem& files, const std::string& session_folder);

// Removes a session that was never sealed, with everything in it and the name of its run; whoever
// is interrupted leaves what SweepInbox() removes.  Absence is not an error.
Result<void> DiscardSession(FileSystem& files, const std::string& store_folder, const Ulid& id);

// Likewise one that is in the store now, as whose run's name stays.
Result<void> RemoveAdopted(FileSystem& files, const std::string& store_folder, const Ulid& id);

// Removes what died while a session was made or removed.
Result<void> SweepInbox(FileSystem& files, const std::string& store_folder);

// Whether the writer of the session is alive (its lock is held).
bool SessionIsLive(FileSystem& files, const std::string& session_folder);

// Ids of the sessions in the inbox, oldest first.
Result<std::vector<Ulid>> ListSessions(FileSystem& files, const std::string& store_folder);

// Ulids as they stand in messages.
inline std::string UlidBytes(const Ulid& id) { return std::string(AsText(id.bytes())); }
Result<Ulid> UlidFromMessage(const std::string& bytes);
// Digests likewise, in stored form.
Result<Digest> DigestFromMessage(const std::string& bytes);

}  // namespace reprise::tracker
