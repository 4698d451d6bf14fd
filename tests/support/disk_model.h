// A disk in memory that knows what of it would survive a loss of power.
//
// Every inode has what programs see and what is durable, and the changes in between are kept one by
// one, so that AfterPowerLoss() can answer with any state that the contract of storage/base/file.h
// allows: of the changes since the last sync, each may have reached the disk or not, and the last
// write in part.  It follows ALICE (Pillai et al., OSDI 2014) in what may happen: writes of one
// file in any order, names in any order, sizes before bytes.  A rename is one change; after the
// sync of only one of its two folders, the other half may still be lost.
//
// Thread-safety: none; FaultFileSystem locks.  A disk is a value: copying it is a snapshot.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::testing {

// What is left of the writes and truncations since a file's last sync.
enum class SurvivingContent {
  kNone,
  kAll,
  kTornAtFirstByte,  // Of the last write one byte; of those before it all.
  kTornInMiddle,
  kTornBeforeLastByte,
  kTornAtSector,  // At a multiple of 512 bytes.
  kZeros,         // The size is written, the bytes are not.
  kLastOnly,      // The last write alone, with zeros for what is missing before it.
};

// One outcome of a loss of power.
struct PowerLoss {
  std::vector<bool> names;  // For each unsynced change of names, whether it survived.
  SurvivingContent content = SurvivingContent::kNone;
};
// For SCOPED_TRACE: "names 101, content torn at sector".
std::string ToString(const PowerLoss& loss);

class DiskModel {
 public:
  using InodeId = std::size_t;

  DiskModel();  // One empty folder, "/", which is also the working directory.

  // Errors of all below: as FileSystem, with the path in the message.
  enum class Follow { kNo, kYes };  // Whether a symlink in the last place is followed.
  Result<InodeId> Find(const std::string& path, Follow follow) const;
  Result<InodeId> FindFolder(const std::string& path) const;
  FileStat Stat(InodeId inode) const;
  std::vector<DirectoryEntry> List(InodeId folder) const;
  const std::string& Content(InodeId file) const { return inodes_[file].content; }
  const std::string& Target(InodeId symlink) const { return inodes_[symlink].target; }

  Result<InodeId> Create(const std::string& path, FileKind kind, mode_t permissions,
                         std::string target = {});
  Result<void> Remove(const std::string& path, FileKind kind);
  Result<void> Rename(const std::string& from, const std::string& to);
  void SetPermissions(InodeId inode, mode_t permissions);
  void Write(InodeId file, std::uint64_t offset, std::string_view bytes);
  void Truncate(InodeId file, std::uint64_t size_bytes);

  void Sync(InodeId file);
  // What the kernel does when it cannot write: programs go on seeing the changes, but no later
  // sync makes them durable.
  void FailSync(InodeId file);
  void SyncFolder(InodeId folder);
  void SyncAll();

  // Every outcome worth trying, the plainest first: all combinations of few changes of names, a
  // sample of many, each with every fate of the content.
  std::vector<PowerLoss> PowerLosses() const;
  DiskModel AfterPowerLoss(const PowerLoss& loss) const;
  // As after kill -9: all that programs saw is there.
  PowerLoss NothingLost() const;

 private:
  struct ContentChange {
    std::uint64_t offset = 0;
    std::string bytes;
    std::optional<std::uint64_t> truncated_to;  // Then nothing else counts.
    bool is_abandoned = false;                  // By a failed sync.
  };
  using Names = std::map<std::string, InodeId, std::less<>>;
  struct Inode {
    FileKind kind = FileKind::kFile;
    mode_t permissions = 0;
    std::int64_t mtime_unix_ns = 0;
    std::int64_t ctime_unix_ns = 0;
    std::string target;   // Of a symlink.
    std::string content;  // Of a file.
    std::string durable_content;
    std::vector<ContentChange> changes;  // Since the last sync.
    Names names;                         // Of a folder.
    Names durable_names;
  };
  struct NameEffect {
    InodeId folder;
    std::string name;
    std::optional<InodeId> inode;  // Absent: the name is removed.
  };
  using NameChange = std::vector<NameEffect>;  // Happens at once.
  struct Place {                               // Where a path leads to, or would.
    InodeId folder;
    std::string name;              // Empty for "/".
    std::optional<InodeId> inode;  // Absent if the name is free.
  };

  Result<Place> Walk(const std::string& path, Follow follow) const;
  void Change(NameChange change);
  void Touch(Inode& inode, bool is_content);
  bool IsInside(InodeId folder, InodeId ancestor) const;
  static void Apply(const ContentChange& change, std::string& content);
  static std::string Surviving(const Inode& inode, SurvivingContent content);
  std::vector<std::vector<bool>> NameOutcomes() const;

  std::vector<Inode> inodes_;  // By id; never removed, so that open files go on.
  std::vector<NameChange> unsynced_names_;
  std::int64_t now_unix_ns_ = 1'700'000'000'000'000'000;  // Ticks with every change.
};

}  // namespace reprise::testing
