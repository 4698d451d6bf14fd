// A file looks the same with the same identity, size and times; a folder, if that holds of all that
// lies in it.  No content is read: whoever writes, be it the same bytes again, changes a time.

#include "tracker/recorder/output_watch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/crypto/sha256.h"
#include "storage/private_folder.h"
#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

class Looks {
 public:
  Looks(FileSystem& files, storage::StopFunction stop) : files_(files), stop_(std::move(stop)) {}

  // Nothing if there is no such path, or something of it cannot be read.
  std::optional<std::string> Of(const std::string& path) {
    const auto stat = files_.StatFollowing(path);
    if (!stat.ok()) return std::nullopt;
    Add(*stat);
    if (stat->kind == FileKind::kDirectory && !AddFolder(path)) return std::nullopt;
    return sum_.Finish().ToStored();
  }

 private:
  void Add(const FileStat& stat) {
    std::string bytes;
    for (const std::uint64_t number :
         {stat.device, stat.inode, stat.size_bytes, static_cast<std::uint64_t>(stat.mtime_unix_ns),
          static_cast<std::uint64_t>(stat.ctime_unix_ns)}) {
      AppendLe(bytes, number);
    }
    sum_.Update(AsBytes(bytes));
  }

  // What is never stored of a folder says nothing: a store in it changes with every run.
  bool AddFolder(const std::string& path) {
    if (stop_ && stop_()) return false;
    auto entries = files_.List(path);
    if (!entries.ok()) return false;
    std::ranges::sort(*entries, {}, &DirectoryEntry::name);
    for (const DirectoryEntry& entry : *entries) {
      if (storage::IsPrivateName(entry.name)) continue;
      const std::string inner = JoinPath(path, entry.name);
      const bool is_folder = entry.stat.kind == FileKind::kDirectory;
      if (is_folder && storage::IsStoreFolder(files_, inner)) continue;
      sum_.Update(AsBytes(entry.name));
      Add(entry.stat);
      if (is_folder && !AddFolder(inner)) return false;
    }
    return true;
  }

  FileSystem& files_;
  const storage::StopFunction stop_;
  crypto::Sha256Stream sum_;
};

}  // namespace

void NoteOutputsBefore(FileSystem& files, const v1::SessionStarted& started,
                       const storage::StopFunction& stop, v1::CodeCaptured& captured) {
  for (const std::string& path : started.declared_outputs()) {
    auto looks = Looks(files, stop).Of(path);
    if (!looks.has_value()) continue;
    v1::OutputBefore* const before = captured.add_outputs_before();
    before->set_path(path);
    before->set_looks(*std::move(looks));
  }
}

std::vector<std::string> WarningsOfUnchangedOutputs(FileSystem& files,
                                                    const v1::SessionStarted& started,
                                                    const v1::CodeCaptured& captured) {
  std::vector<std::string> warnings;
  for (const v1::OutputBefore& before : captured.outputs_before()) {
    if (Looks(files, {}).Of(before.path()) != before.looks()) continue;
    warnings.push_back("-o " + Printable(PathInProject(before.path(), started.project_folder())) +
                       ": was there before and was not changed by the run");
  }
  return warnings;
}

}  // namespace reprise::tracker
