// A file system for tests, in memory, that fails any call and loses power at any moment.
//
// Every call is numbered from 0 and recorded.  A test enumerates the moments:
//
//   for (int n = 0;; ++n) {
//     FaultFileSystem files;
//     Prepare(files);
//     files.SyncAll();             // The state before, durable; numbering starts again.
//     files.CrashAfterChange(n);
//     (void)Scenario(files);       // Fails with kIoError when the power goes.
//     if (!files.crashed()) break; // It ended before the n-th change: all moments are done.
//     for (const PowerLoss& loss : files.PowerLosses()) {
//       SCOPED_TRACE(ToString(loss));
//       files.Reboot(loss);
//       CheckInvariants(files);
//     }
//   }
//
// EnumerateCrashes() and EnumerateFailures() are these loops.  What may survive is said in
// tests/support/disk_model.h.  The call during which the power goes fails, and is one of the
// unsynced changes: it may have happened.
//
// Not as the real one: permissions are kept but not enforced and are durable at once, and a mapping
// is a copy of the file at the time.  The working directory is "/".
//
// Thread-safety: as FileSystem.  Files, mappings and locks may outlive a reboot (they fail then, or
// do nothing), but not the FaultFileSystem.

#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "tests/support/disk_model.h"

namespace reprise::testing {

class FaultFileSystem final : public FileSystem {
 public:
  struct Call {
    std::string method;  // As in FileSystem or File: "Rename".
    std::string path;
    std::string detail;        // The other path, or offset and length.
    bool is_change = false;    // It writes, names or syncs.
    bool needs_space = false;  // It could fail for a full device.
  };
  enum class FaultKind {
    kIoError,  // Counts every call.  A failed write has written half; a failed sync is final.
    kNoSpace,  // Counts only the calls that need space, and fails those.
  };
  enum class FaultDuration { kOnce, kFromThenOn };

  FaultFileSystem();

  // Cuts the power during call `n` (of those that follow the last SyncAll()): `n` calls succeed.
  void CrashAfterCall(int n);
  // Likewise, counting only calls that change something or sync.
  void CrashAfterChange(int n);
  // Makes call `n` fail.
  void FailCall(int n, FaultKind kind, FaultDuration duration = FaultDuration::kOnce);
  // Cuts the power between calls.
  void Crash();

  bool crashed() const;         // Whether the power was lost, until SyncAll().
  bool fault_injected() const;  // Whether FailCall() has made a call fail, until SyncAll().

  // After a crash: every outcome worth trying.
  std::vector<PowerLoss> PowerLosses() const;
  // As PowerLosses(), but as if every process had been killed and the machine had stayed up.
  PowerLoss NothingLost() const;
  // Starts again from what `loss` leaves of the state at the crash; may be called again with
  // another outcome.  Nothing is locked, open files fail, no more faults are injected.
  void Reboot(const PowerLoss& loss);

  // Makes everything durable, forgets faults, crash and calls, and numbers calls from 0 again.
  void SyncAll();

  // Since the construction or SyncAll().
  std::vector<Call> calls() const;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions = 0644) override;
  Result<std::unique_ptr<FileMapping>> Map(const std::string& path) override;
  Result<FileStat> Stat(const std::string& path) override;
  Result<FileStat> StatFollowing(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> List(const std::string& path) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Result<void> CreateSymlink(const std::string& target, const std::string& path) override;
  Result<void> CreateDirectory(const std::string& path, mode_t permissions = 0755) override;
  Result<void> RemoveFile(const std::string& path) override;
  Result<void> RemoveDirectory(const std::string& path) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> SyncDirectory(const std::string& path) override;
  Result<void> SetPermissions(const std::string& path, mode_t permissions) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override;

 private:
  class OpenFile;
  class HeldLock;
  // What becomes of a call.  A body sees it where a call that does not succeed has effects.
  enum class Fate { kSucceeds, kFails, kPowerGoes };
  struct Holders {
    int shared = 0;
    bool is_exclusive = false;
  };

  // Records `call`, decides its fate and runs `body(fate)`; the caller holds mutex_.  A call that
  // fails runs it only if `has_effect_when_failing`.
  template <typename Body>
  auto Perform(Call call, Body&& body, bool has_effect_when_failing = false)
      -> decltype(body(Fate::kSucceeds));
  Fate Decide(const Call& call);
  void TakeDown();
  bool TryLock(DiskModel::InodeId inode, LockMode mode);
  void Unlock(DiskModel::InodeId inode, LockMode mode, int boot);

  mutable std::mutex mutex_;
  std::condition_variable unlocked_;
  DiskModel disk_;
  DiskModel disk_at_crash_;
  std::map<DiskModel::InodeId, Holders> locks_;
  std::vector<Call> calls_;
  int call_count_ = 0;
  int change_count_ = 0;
  int space_count_ = 0;
  int boot_ = 0;  // Handles of an earlier boot are dead.
  bool is_down_ = false;
  bool crashed_ = false;
  bool fault_injected_ = false;
  std::optional<int> crash_at_call_;
  std::optional<int> crash_at_change_;
  std::optional<int> fail_at_;
  FaultKind fault_kind_ = FaultKind::kIoError;
  FaultDuration fault_duration_ = FaultDuration::kOnce;
};

// What an enumeration has seen, so that a test can say that it was not empty.
struct Enumeration {
  int moments = 0;   // Calls at which the power went or a fault was injected.
  int outcomes = 0;  // States that were checked.
};

// Runs `prepare` (durable afterwards), then `scenario` with the power cut at its first change,
// second, …, and then after its end, and `check` on every outcome of each.  Stops at the first
// fatal failure.
Enumeration EnumerateCrashes(const std::function<void(FaultFileSystem&)>& prepare,
                             const std::function<void(FaultFileSystem&)>& scenario,
                             const std::function<void(FaultFileSystem&)>& check);

// Likewise with each call failing in turn.  `check` sees what a new process would see after the
// failed scenario, and every outcome of a loss of power then.
Enumeration EnumerateFailures(FaultFileSystem::FaultKind kind,
                              FaultFileSystem::FaultDuration duration,
                              const std::function<void(FaultFileSystem&)>& prepare,
                              const std::function<void(FaultFileSystem&)>& scenario,
                              const std::function<void(FaultFileSystem&)>& check);

}  // namespace reprise::testing
