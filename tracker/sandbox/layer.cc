// Changes of an overlay are read from its upper folder alone, so that they cost what was written,
// not what is there; those of a copy by walking all of it and comparing with what was laid out.

#include "tracker/sandbox/layer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "tracker/sandbox/layer_files.h"

namespace reprise::tracker {
namespace {

// A file system may count times in steps of the kernel's clock tick, so that a file which was
// written twice within one looks unchanged.
constexpr std::int64_t kClockStepNs = 20'000'000;

std::string Join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : JoinPath(path, name);
}

std::string Below(const std::string& folder, const std::string& path) {
  return path.empty() ? folder : JoinPath(folder, path);
}

bool IsDirectory(const FoundName& found) { return found.stat.kind == FileKind::kDirectory; }

}  // namespace

struct Layer::Report {
  const std::string& prefix;
  std::vector<SandboxChange>& changes;

  void Add(SandboxChange::Kind kind, const std::string& path, const FoundName& what) {
    const bool is_removed = kind == SandboxChange::Kind::kRemoved;
    changes.push_back(
        {kind, JoinPath(prefix, path), is_removed ? "" : what.host_path, what.stat.kind});
  }
};

Result<Layer> Layer::Create(FileSystem& files, std::string lower, std::string folder) {
  Layer layer(files, std::move(lower), std::move(folder));
  layer.upper_ = layer.Folder("upper");
  layer.skeleton_ = layer.Folder("skeleton");
  REPRISE_TRY(files.CreateDirectory(layer.folder_, 0700));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.StatFollowing(layer.lower_));
  for (const std::string& made :
       {layer.upper_, layer.skeleton_, layer.overlay().work, layer.probe_work()}) {
    REPRISE_TRY(files.CreateDirectory(made, 0700));
  }
  // What is written on top is what the command sees of the layer itself.
  REPRISE_TRY(files.SetPermissions(layer.upper_, stat.mode & kPermissions));
  return layer;
}

OverlayFolders Layer::overlay() const {
  return {.lower = lower_, .skeleton = skeleton_, .upper = upper_, .work = Folder("work")};
}

std::string Layer::probe_work() const { return Folder("probe"); }

Result<void> Layer::ClearProbe() {
  REPRISE_TRY(RemoveLayers(*files_, probe_work()));
  return files_->CreateDirectory(probe_work(), 0700);
}

Result<void> Layer::BecomeCopy() {
  copy_ = Folder("copy");
  REPRISE_TRY(files_->CreateDirectory(copy_, 0700));
  REPRISE_TRY(CopyEntries(""));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_->StatFollowing(lower_));
  return files_->SetPermissions(copy_, stat.mode & kPermissions);
}

Result<void> Layer::CopyEntries(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries,
                           files_->List(Below(lower_, path)));
  for (const DirectoryEntry& entry : entries) {
    const std::string name = Join(path, entry.name);
    const std::string from = Below(lower_, name);
    const std::string to = Below(copy_, name);
    switch (entry.stat.kind) {
      case FileKind::kFile:
        REPRISE_TRY(CopyWithMode(*files_, from, entry.stat, to));
        break;
      case FileKind::kDirectory:
        REPRISE_TRY(files_->CreateDirectory(to, 0700));
        REPRISE_TRY(CopyEntries(name));
        REPRISE_TRY(files_->SetModificationTime(to, entry.stat.mtime_unix_ns));
        REPRISE_TRY(files_->SetPermissions(to, entry.stat.mode & kPermissions));
        break;
      case FileKind::kSymlink: {
        REPRISE_ASSIGN_OR_RETURN(const std::string target, files_->ReadLink(from));
        REPRISE_TRY(files_->CreateSymlink(target, to));
        REPRISE_TRY(files_->SetModificationTime(to, entry.stat.mtime_unix_ns));
        break;
      }
      case FileKind::kOther:
        break;  // A socket or FIFO means nothing without the process at its other end.
    }
  }
  return {};
}

// On top, a folder hides the mode of the one below it, and no more.
Result<void> Layer::MakeParents(const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    const std::string made = Below(made_in(), parent);
    if (Exists(*files_, made)) continue;
    const auto below = FindBelow(parent);
    REPRISE_TRY(files_->CreateDirectory(made, 0700));
    REPRISE_TRY(files_->SetPermissions(made, below ? below->stat.mode & kPermissions : 0755));
  }
  return {};
}

Result<void> Layer::AddFolder(const std::string& path, mode_t mode) {
  if (FindBelow(path)) return {};
  REPRISE_TRY(MakeParents(path));
  REPRISE_TRY(files_->CreateDirectory(Below(made_in(), path), 0700));
  return files_->SetPermissions(Below(made_in(), path), mode);
}

Result<void> Layer::AddFile(const std::string& path) {
  if (FindBelow(path)) return {};
  REPRISE_TRY(MakeParents(path));
  const std::string made = Below(made_in(), path);
  if (!mount_point_.empty() &&
      linkat(AT_FDCWD, mount_point_.c_str(), AT_FDCWD, made.c_str(), 0) == 0) {
    return {};
  }
  // The first, or one more than a file may have names.
  REPRISE_ASSIGN_OR_RETURN(const auto file, files_->Open(made, OpenMode::kCreateExclusive));
  mount_point_ = made;
  return {};
}

Result<void> Layer::AddCopy(const std::string& path, const std::string& source) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_->StatFollowing(source));
  REPRISE_TRY(MakeParents(path));
  const std::string to = Below(made_in(), path);
  if (Exists(*files_, to)) REPRISE_TRY(files_->RemoveFile(to));
  sources_[path] = source;
  return CopyWithMode(*files_, source, stat, to);
}

Result<void> Layer::Settle() {
  is_settled_ = true;
  if (!is_copy()) return {};
  REPRISE_TRY(Note(""));
  for (const auto& [path, laid] : laid_) {
    settled_at_unix_ns_ = std::max(settled_at_unix_ns_, laid.stat.ctime_unix_ns);
  }
  return {};
}

Result<void> Layer::Note(const std::string& path) {
  const OpenedFolder opened(*files_, Below(copy_, path));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, opened.List());
  for (const DirectoryEntry& entry : entries) {
    const std::string name = Join(path, entry.name);
    LaidFile& laid = laid_[name];
    laid.stat = entry.stat;
    const auto source = sources_.find(name);
    laid.source = source != sources_.end() ? source->second : Below(lower_, name);
    if (entry.stat.size_bytes == 0) laid.source.clear();
    if (entry.stat.kind == FileKind::kSymlink) {
      REPRISE_ASSIGN_OR_RETURN(laid.target, files_->ReadLink(Below(copy_, name)));
    }
    if (entry.stat.kind == FileKind::kDirectory) REPRISE_TRY(Note(name));
  }
  return {};
}

std::optional<FoundName> Layer::FindBelow(const std::string& path) const {
  for (const std::string* folder : {&made_in(), &lower_}) {
    std::string host_path = Below(*folder, path);
    if (auto stat = files_->Stat(host_path); stat.ok()) {
      return FoundName{std::move(host_path), *stat};
    }
    if (is_copy()) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<FoundName> Layer::Find(const std::string& path) const {
  if (is_copy() || !is_settled_) return FindBelow(path);
  for (std::size_t end = 0; end != std::string::npos && !path.empty();) {
    end = path.find('/', end + 1);
    std::string host_path = Below(upper_, path.substr(0, end));
    const auto stat = files_->Stat(host_path);
    if (!stat.ok()) break;
    const auto whiteout = IsWhiteout(host_path, *stat);
    if (!whiteout.ok() || *whiteout) return std::nullopt;
    if (end == std::string::npos) return FoundName{std::move(host_path), *stat};
    if (stat->kind != FileKind::kDirectory) return std::nullopt;
    if (IsOpaque(host_path)) {
      host_path = Below(upper_, path);
      auto inside = files_->Stat(host_path);
      if (!inside.ok()) return std::nullopt;
      return FoundName{std::move(host_path), *inside};
    }
  }
  return FindBelow(path);
}

Result<std::set<std::string>> Layer::NamesBelow(const std::string& path) const {
  std::set<std::string> names;
  for (const std::string* folder : {&skeleton_, &lower_}) {
    const std::string host_path = Below(*folder, path);
    const auto stat = files_->Stat(host_path);
    if (!stat.ok() || stat->kind != FileKind::kDirectory) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto entries, files_->List(host_path));
    for (const DirectoryEntry& entry : entries) names.insert(entry.name);
  }
  return names;
}

Result<std::set<std::string>> Layer::Names(const std::string& path) const {
  std::set<std::string> names;
  if (!is_copy()) {
    REPRISE_ASSIGN_OR_RETURN(names, NamesBelow(path));
  }
  const std::string written = Below(is_copy() ? copy_ : upper_, path);
  const auto stat = files_->Stat(written);
  if (!stat.ok() || stat->kind != FileKind::kDirectory) return names;
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files_->List(written));
  for (const DirectoryEntry& entry : entries) names.insert(entry.name);
  return names;
}

Result<bool> Layer::IsSameFile(const FoundName& before, const FoundName& now) const {
  if (before.stat.kind != now.stat.kind) return false;
  if (now.stat.kind == FileKind::kSymlink) {
    REPRISE_ASSIGN_OR_RETURN(const std::string target_before, files_->ReadLink(before.host_path));
    REPRISE_ASSIGN_OR_RETURN(const std::string target_now, files_->ReadLink(now.host_path));
    return target_before == target_now;
  }
  if (before.stat.mode != now.stat.mode) return false;
  if (now.stat.kind != FileKind::kFile) return now.stat.kind == FileKind::kDirectory;
  if (before.stat.size_bytes != now.stat.size_bytes ||
      before.stat.mtime_unix_ns != now.stat.mtime_unix_ns) {
    return false;
  }
  // Opened for writing, or written by a program that has put the time back.
  return HaveEqualBytes(*files_, before.host_path, now.host_path);
}

Result<void> Layer::AppendChanges(const std::string& prefix,
                                  std::vector<SandboxChange>& changes) const {
  Report report{prefix, changes};
  if (!is_copy()) return ReportUpper(report, "", false);
  std::set<std::string> seen;
  REPRISE_TRY(ReportCopy(report, "", seen));
  for (const auto& [path, laid] : laid_) {
    if (!seen.contains(path)) {
      report.Add(SandboxChange::Kind::kRemoved, path, {"", laid.stat});
    }
  }
  return {};
}

// `replaces`: the folder was removed and made again.
Result<void> Layer::ReportUpper(Report& report, const std::string& path, bool replaces) const {
  const OpenedFolder opened(*files_, Below(upper_, path));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, opened.List());
  std::set<std::string> gone;
  if (replaces) {
    REPRISE_ASSIGN_OR_RETURN(gone, NamesBelow(path));
  }
  for (const DirectoryEntry& entry : entries) {
    const std::string name = Join(path, entry.name);
    const FoundName now{Below(upper_, name), entry.stat};
    REPRISE_ASSIGN_OR_RETURN(const bool is_whiteout, IsWhiteout(now.host_path, now.stat));
    if (is_whiteout) {
      REPRISE_TRY(ReportRemoved(report, name));
    } else {
      REPRISE_TRY(ReportEntry(report, name, now));
    }
    gone.erase(entry.name);
  }
  for (const std::string& name : gone) REPRISE_TRY(ReportRemoved(report, Join(path, name)));
  return {};
}

Result<void> Layer::ReportEntry(Report& report, const std::string& path,
                                const FoundName& now) const {
  const auto before = FindBelow(path);
  if (!before) {
    report.Add(SandboxChange::Kind::kMade, path, now);
  } else {
    REPRISE_ASSIGN_OR_RETURN(const bool is_same, IsSameFile(*before, now));
    if (!is_same) report.Add(SandboxChange::Kind::kChanged, path, now);
  }
  const bool was_directory = before && IsDirectory(*before);
  if (IsDirectory(now)) {
    return ReportUpper(report, path, was_directory && IsOpaque(now.host_path));
  }
  if (!was_directory) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::set<std::string> gone, NamesBelow(path));
  for (const std::string& name : gone) REPRISE_TRY(ReportRemoved(report, Join(path, name)));
  return {};
}

Result<void> Layer::ReportRemoved(Report& report, const std::string& path) const {
  const auto before = FindBelow(path);
  if (!before) return {};  // Made and removed again.
  report.Add(SandboxChange::Kind::kRemoved, path, *before);
  if (!IsDirectory(*before)) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::set<std::string> names, NamesBelow(path));
  for (const std::string& name : names) REPRISE_TRY(ReportRemoved(report, Join(path, name)));
  return {};
}

Result<bool> Layer::IsAsLaid(const LaidFile& laid, const FoundName& now) const {
  if (now.stat.kind == FileKind::kSymlink && laid.stat.kind == FileKind::kSymlink) {
    REPRISE_ASSIGN_OR_RETURN(const std::string target, files_->ReadLink(now.host_path));
    return target == laid.target;
  }
  const bool may_have_changed_within_a_step =
      laid.stat.ctime_unix_ns > settled_at_unix_ns_ - kClockStepNs;
  if (IsUnchanged(laid.stat, now.stat) && laid.stat.mode == now.stat.mode &&
      !may_have_changed_within_a_step) {
    return true;
  }
  if (laid.stat.kind != now.stat.kind || laid.stat.mode != now.stat.mode) return false;
  if (now.stat.kind != FileKind::kFile) return now.stat.kind == FileKind::kDirectory;
  if (laid.stat.size_bytes != now.stat.size_bytes ||
      laid.stat.mtime_unix_ns != now.stat.mtime_unix_ns) {
    return false;
  }
  if (laid.source.empty()) return true;
  return HaveEqualBytes(*files_, laid.source, now.host_path);
}

Result<void> Layer::ReportCopy(Report& report, const std::string& path,
                               std::set<std::string>& seen) const {
  const OpenedFolder opened(*files_, Below(copy_, path));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, opened.List());
  for (const DirectoryEntry& entry : entries) {
    const std::string name = Join(path, entry.name);
    const FoundName now{Below(copy_, name), entry.stat};
    const auto laid = laid_.find(name);
    if (laid == laid_.end()) {
      report.Add(SandboxChange::Kind::kMade, name, now);
    } else {
      seen.insert(name);
      REPRISE_ASSIGN_OR_RETURN(const bool is_as_laid, IsAsLaid(laid->second, now));
      if (!is_as_laid) report.Add(SandboxChange::Kind::kChanged, name, now);
    }
    if (IsDirectory(now)) REPRISE_TRY(ReportCopy(report, name, seen));
  }
  return {};
}

}  // namespace reprise::tracker
