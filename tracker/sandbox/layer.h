// A folder that a sandbox may write without the folder changing, and what was changed in it.
//
// Either an overlay: the kernel shows `lower` with `upper` over it, and writes to `upper` alone,
// where what is removed becomes a whiteout (a character device 0/0) and a folder that was removed
// and made again is marked opaque (Documentation/filesystems/overlayfs.rst).  Or, where the file
// system of the scratch folder cannot carry an overlay, a copy of `lower`.  Between the two,
// `skeleton` has the mount points that `lower` lacks, so that they are no changes.
//
// Thread-safety: none; one thread at a time.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/sandbox/mount_plan.h"

namespace reprise::tracker {

struct SandboxChange {
  enum class Kind { kMade, kChanged, kRemoved };
  Kind kind = Kind::kMade;
  std::string path;       // In the sandbox, absolute.
  std::string host_path;  // Where it lies on the host; empty when it was removed.
  // Of what is there, or was when it was removed.
  FileKind file_kind = FileKind::kFile;

  friend bool operator==(const SandboxChange&, const SandboxChange&) = default;
};

// Something that a name in the sandbox stands for.
struct FoundName {
  std::string host_path;
  FileStat stat;
};

class Layer {
 public:
  // Makes the folder `folder` and what an overlay needs in it.
  static Result<Layer> Create(FileSystem& files, std::string lower, std::string folder);

  // From now on a copy.  Before any of the following.
  Result<void> BecomeCopy();
  bool is_copy() const { return !copy_.empty(); }

  // Makes a mount point, or a file with the content, mode and time of `source`, at `path`
  // (relative, free of symlinks), unless it is there; and the folders on the way.
  Result<void> AddFolder(const std::string& path, mode_t mode = 0755);
  Result<void> AddFile(const std::string& path);
  Result<void> AddCopy(const std::string& path, const std::string& source);
  // Ends the making: what differs from now on was changed by the sandbox.
  Result<void> Settle();

  OverlayFolders overlay() const;
  std::string probe_work() const;  // Instead of `work`, for a mount that is only tried.
  Result<void> ClearProbe();       // For another try.
  const std::string& copy() const { return copy_; }

  // What is at `path` (relative, free of symlinks) now, if anything; "" is the layer itself.
  std::optional<FoundName> Find(const std::string& path) const;

  // The names that may be in the folder `path` now: Find() tells which are.
  Result<std::set<std::string>> Names(const std::string& path) const;

  // Appends what was made, changed and removed since Settle(), in no order, as paths below
  // `prefix`.  A file that was written with the same bytes, size, mode and time has not changed.
  Result<void> AppendChanges(const std::string& prefix, std::vector<SandboxChange>& changes) const;

 private:
  struct LaidFile {
    FileStat stat;
    std::string source;  // Where its bytes came from; empty: it has none.
    std::string target;  // Of a symlink.
  };
  // Of one call of AppendChanges().
  struct Report;

  Layer(FileSystem& files, std::string lower, std::string folder)
      : files_(&files), lower_(std::move(lower)), folder_(std::move(folder)) {}

  std::string Folder(std::string_view name) const { return JoinPath(folder_, name); }
  const std::string& made_in() const { return is_copy() ? copy_ : skeleton_; }
  std::optional<FoundName> FindBelow(const std::string& path) const;
  Result<std::set<std::string>> NamesBelow(const std::string& path) const;
  Result<void> MakeParents(const std::string& path);
  Result<void> CopyEntries(const std::string& path);
  Result<void> Note(const std::string& path);
  Result<bool> IsSameFile(const FoundName& before, const FoundName& now) const;
  Result<bool> IsAsLaid(const LaidFile& laid, const FoundName& now) const;
  Result<void> ReportUpper(Report& report, const std::string& path, bool replaces) const;
  Result<void> ReportEntry(Report& report, const std::string& path, const FoundName& now) const;
  Result<void> ReportRemoved(Report& report, const std::string& path) const;
  Result<void> ReportCopy(Report& report, const std::string& path,
                          std::set<std::string>& seen) const;

  FileSystem* files_;
  std::string lower_;
  std::string folder_;
  std::string upper_;
  std::string skeleton_;
  std::string copy_;  // Empty: an overlay.
  // Of a copy: what was laid out, by relative path.
  std::map<std::string, LaidFile> laid_;
  std::map<std::string, std::string> sources_;  // Of what AddCopy() made.
  // An empty file that all mount points of files are names of, as many new files take long.  What
  // is mounted on each hides it.
  std::string mount_point_;
  bool is_settled_ = false;  // Before, nothing has been written to `upper`.
  std::int64_t settled_at_unix_ns_ = 0;
};

}  // namespace reprise::tracker
