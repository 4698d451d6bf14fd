#include "tracker/replay/root_contents.h"

#include <utility>

#include "storage/base/text_value.h"
#include "storage/tree.h"
#include "tracker/project_path.h"
#include "tracker/run_closure.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::FileClass;

constexpr int kLinksMax = 40;  // As path_resolution(7): more are a loop.

class Gatherer {
 public:
  Gatherer(Store& store, const StoredRun& run) : store_(store), run_(run) {}

  Result<RootContents> Gather() {
    REPRISE_ASSIGN_OR_RETURN(const lineage::Closure closure, ReadClosure(store_, run_));
    for (const ClosureFile& file : closure.files) AddFile(file);
    project_ = Real(RecordedProject(run_));
    if (run_.recipe->code.has_value()) {
      REPRISE_TRY(AddTree(*run_.recipe->code, project_, FileClass::kCode));
    }
    for (const lineage::ArtifactUse& input : run_.recipe->inputs) REPRISE_TRY(AddInput(input));
    for (const lineage::ClosureListing& listing : closure.listings) AddListing(listing);
    AddFolder(project_);
    AddFolder(Real(AbsolutePath(run_.recipe->working_directory, project_)));
    return std::move(contents_);
  }

 private:
  std::string Real(const std::string& path) const { return RealInRoot(contents_, path); }

  void AddFile(const ClosureFile& file) {
    if (lineage::IsVolatile(file.file_class)) return;
    if (file.kind == FileKind::kOther) return;  // A socket or FIFO, which nobody would serve.
    RootEntry entry;
    entry.kind = file.kind;
    entry.file_class = file.file_class;
    entry.size_bytes = file.size_bytes;
    entry.mode = file.mode;
    entry.modified_at_unix_ns = file.modified_at_unix_ns;
    entry.target = file.target;
    entry.changed = (file.uses & lineage::kFileChanged) != 0;
    contents_.moves_folders |= entry.changed && entry.kind == FileKind::kDirectory;
    if (file.stored) entry.digest = file.digest;
    if (file.kind == FileKind::kFile && !file.stored) NoteMissing(file);
    contents_.entries.emplace(file.path, std::move(entry));
  }

  void NoteMissing(const ClosureFile& file) {
    const bool content_used = (file.uses & (lineage::kFileRead | lineage::kFileExecuted)) != 0;
    const std::string name = "'" + Printable(file.path) + "'";
    if (file.file_class == FileClass::kSecret) {
      if (content_used) {
        contents_.missing.push_back(name + " is a secret, which is not stored; supply it again");
      }
    } else if (content_used || file.digest.has_value()) {
      contents_.missing.push_back(name + ", which the run used, is not stored");
    }
  }

  // What the closure has is more exact: it knows modes and times.
  void Add(const std::string& path, RootEntry entry) {
    contents_.entries.emplace(path, std::move(entry));
  }

  void AddFolder(const std::string& path) {
    if (path != "/") Add(path, {.kind = FileKind::kDirectory, .mode = 0755});
  }

  Result<void> AddTree(const Digest& tree, const std::string& folder, FileClass file_class) {
    return storage::WalkTree(
        store_.objects(), tree,
        [&](const std::string& path, const storage::TreeEntry& item) -> Result<void> {
          RootEntry entry;
          entry.kind = item.kind;
          entry.file_class = file_class;
          entry.mode = item.kind == FileKind::kDirectory || item.executable ? 0755 : 0644;
          entry.target = item.target;
          if (item.kind == FileKind::kFile) {
            entry.digest = item.digest;
            entry.size_bytes = item.size_bytes;
          }
          Add(JoinPath(folder, path), std::move(entry));
          return {};
        });
  }

  Result<void> AddInput(const lineage::ArtifactUse& input) {
    const std::string path = Real(AbsolutePath(input.path, project_));
    if (input.kind == lineage::ArtifactKind::kFolder) {
      AddFolder(path);
      return AddTree(input.digest, path, FileClass::kData);
    }
    Add(path, {.file_class = FileClass::kData,
               .digest = input.digest,
               .size_bytes = input.size_bytes,
               .mode = input.executable ? 0755U : 0644U});
    return {};
  }

  // The names alone: whoever reads one of these files reads what was not captured.
  void AddListing(const lineage::ClosureListing& listing) {
    const auto add = [&](const std::vector<std::string>& names, const RootEntry& entry) {
      for (const std::string& name : names) Add(JoinPath(listing.folder, name), entry);
    };
    add(listing.files, {});
    add(listing.folders, {.kind = FileKind::kDirectory, .mode = 0755});
    add(listing.symlinks, {.kind = FileKind::kSymlink, .mode = 0777, .target = "."});
    add(listing.others, {});
  }

  Store& store_;
  const StoredRun& run_;
  std::string project_;  // Without symlinks.
  RootContents contents_;
};

}  // namespace

std::string RecordedProject(const StoredRun& run) {
  const Json* const folder = run.record.host.Find("project_folder");
  if (folder == nullptr) return "/";
  return BytesFromJson(*folder).value_or("/");
}

std::string RealInRoot(const RootContents& contents, const std::string& path) {
  std::string real = path;
  for (int links = 0; links < kLinksMax; ++links) {
    bool followed = false;
    for (std::size_t slash = 1; slash != std::string::npos && !followed;) {
      slash = real.find('/', slash + 1);
      const auto entry = contents.entries.find(real.substr(0, slash));
      if (entry == contents.entries.end() || entry->second.kind != FileKind::kSymlink) continue;
      const std::string rest = slash == std::string::npos ? "" : real.substr(slash + 1);
      real = AbsolutePath(entry->second.target, ParentPath(entry->first));
      if (!rest.empty()) real = JoinPath(real, rest);
      followed = true;
    }
    if (!followed) break;
  }
  return real;
}

Result<lineage::Closure> ReadClosure(Store& store, const StoredRun& run) {
  if (!run.record.capture.closure.has_value() || !run.recipe.has_value()) {
    return Error{ErrorCode::kNotFound,
                 "run " + run.record.name +
                     " was not traced, so that what it used is not known; record it again, or "
                     "rerun it with --on-host"};
  }
  return ReadClosure(store.objects(), *run.record.capture.closure);
}

Result<RootContents> ContentsOfRoot(Store& store, const StoredRun& run) {
  return Gatherer(store, run).Gather();
}

}  // namespace reprise::tracker
