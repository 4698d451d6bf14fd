#include "tracker/registry/checked_content.h"

#include "lineage/content_overlap.h"
#include "lineage/table/header.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "tracker/content_digest.h"
#include "tracker/project_path.h"
#include "tracker/refs.h"
#include "tracker/split_role.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;

// Content that is read on as before, and lets others have the store meanwhile.
class GivingContent final : public lineage::ContentSource {
 public:
  GivingContent(Store& store, std::unique_ptr<lineage::ContentSource> content)
      : store_(store), content_(std::move(content)) {}

  std::uint64_t size_bytes() const override { return content_->size_bytes(); }
  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    constexpr std::uint64_t kReadsBetween = 64;  // Some 16 MiB.
    if (++reads_ % kReadsBetween == 0) REPRISE_TRY(store_.GiveWay());
    return content_->ReadAt(offset, buffer);
  }

 private:
  Store& store_;
  const std::unique_ptr<lineage::ContentSource> content_;
  mutable std::uint64_t reads_ = 0;
};

Error NoTable(const std::string& named, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "cannot check '" + Printable(named) + "': " + why};
}

Result<OpenTables> OpenFile(FileSystem& files, const std::string& path, const std::string& named) {
  OpenTables open;
  open.path = named;
  open.path_on_disk = path;
  REPRISE_ASSIGN_OR_RETURN(open.stat, files.StatFollowing(path));
  if (open.stat.kind != FileKind::kFile) return NoTable(named, "it is no file; name a table in it");
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported, DigestContent(files, path));
  open.digest = imported.digest;
  REPRISE_ASSIGN_OR_RETURN(auto content, lineage::FileContent::Open(files, path));
  open.tables.push_back({named, open.digest, content.get()});
  open.contents.push_back(std::move(content));
  return open;
}

std::string ListOf(const std::vector<const ArtifactUse*>& uses) {
  constexpr std::size_t kListed = 8;
  std::vector<std::string> names;
  for (const ArtifactUse* const use : uses) {
    if (names.size() == kListed) {
      names.emplace_back("…");
      break;
    }
    names.push_back(Printable(use->path) +
                    (use->role.empty() ? "" : " (" + Printable(use->role) + ")"));
  }
  return Joined(names);
}

bool IsWanted(const ArtifactUse& use, const WantedInput& wanted) {
  if (wanted.path.has_value()) return use.path == *wanted.path;
  if (use.role == wanted.role) return true;
  const auto role = SplitRoleOf(wanted.role);
  if (!role.has_value()) return false;
  return use.role.empty() ? SplitRoleOfPath(use.path) == role : SplitRoleOf(use.role) == role;
}

}  // namespace

Result<OpenTables> OpenStoredTables(Store& store, const ArtifactUse& use) {
  OpenTables open;
  open.path = use.path;
  open.digest = use.digest;
  REPRISE_ASSIGN_OR_RETURN(const lineage::FoundFiles found, lineage::FilesOf(store.objects(), use));
  const bool is_folder = use.kind == lineage::ArtifactKind::kFolder;
  for (const lineage::ContentFile& file : found.files) {
    if (is_folder && !lineage::IsTableName(file.path)) continue;
    REPRISE_ASSIGN_OR_RETURN(auto content, lineage::OpenObject(store.objects(), file.digest));
    open.tables.push_back({file.path, file.digest, content.get()});
    open.contents.push_back(std::move(content));
  }
  if (!open.tables.empty()) return open;
  return Error{ErrorCode::kNotFound,
               "there is no .csv or .tsv file in the folder '" + Printable(use.path) + "'"};
}

Result<std::optional<OpenTables>> OpenTableOnDisk(FileSystem& files,
                                                  const std::string& working_directory,
                                                  const std::string& named) {
  const std::string path = AbsolutePath(named, working_directory);
  if (!Exists(files, path)) return std::optional<OpenTables>();
  REPRISE_ASSIGN_OR_RETURN(OpenTables open, OpenFile(files, path, named));
  return std::optional(std::move(open));
}

Result<OpenTables> OpenNamedTable(std::optional<OpenTables> on_disk, Store& store,
                                  const std::string& working_directory, const std::string& named) {
  if (on_disk.has_value()) return *std::move(on_disk);
  REPRISE_ASSIGN_OR_RETURN(
      const Resolved resolved,
      ResolveRef({.store = store, .working_directory = working_directory}, named));
  const auto* const artifact = std::get_if<ArtifactRef>(&resolved);
  if (artifact == nullptr) {
    return NoTable(named, "it is a run; name a table of it as in '" + Printable(named) + ":PATH'");
  }
  if (artifact->kind == lineage::ArtifactKind::kFolder) {
    return NoTable(named, "it is a folder; name a table in it");
  }
  ArtifactUse use;
  use.path = named;
  use.digest = artifact->digest;
  return OpenStoredTables(store, use);
}

void GiveWayWhileReading(Store& store, OpenTables& tables) {
  for (std::size_t i = 0; i < tables.contents.size(); ++i) {
    tables.contents[i] = std::make_unique<GivingContent>(store, std::move(tables.contents[i]));
    tables.tables[i].content = tables.contents[i].get();
  }
}

Result<void> RequireUnchanged(FileSystem& files, const OpenTables& tables) {
  if (!tables.path_on_disk.has_value()) return {};
  REPRISE_ASSIGN_OR_RETURN(const FileStat now, files.StatFollowing(*tables.path_on_disk));
  if (now.inode == tables.stat.inode && now.size_bytes == tables.stat.size_bytes &&
      now.mtime_unix_ns == tables.stat.mtime_unix_ns &&
      now.ctime_unix_ns == tables.stat.ctime_unix_ns) {
    return {};
  }
  return Error{ErrorCode::kIoError, "'" + Printable(tables.path) +
                                        "' was changed while it was checked; check it again "
                                        "when nobody writes to it"};
}

Result<ArtifactUse> FindInput(const StoredRun& run, const WantedInput& wanted) {
  const std::string start = "run " + run.record.name;
  if (!run.recipe.has_value()) {
    return Error{ErrorCode::kNotFound, "nothing is known of the inputs of " + start};
  }
  std::vector<const ArtifactUse*> found;
  std::vector<const ArtifactUse*> all;
  for (const ArtifactUse& use : run.recipe->inputs) {
    all.push_back(&use);
    if (IsWanted(use, wanted)) found.push_back(&use);
  }
  if (found.size() == 1) return *found.front();
  const std::string what = wanted.path.has_value()
                               ? "input '" + Printable(*wanted.path) + "'"
                               : "input with the role '" + Printable(wanted.role) + "'";
  if (found.size() > 1) {
    return Error{ErrorCode::kAmbiguous, start + " has more than one " + what + ": " +
                                            ListOf(found) + "; name one with --input PATH"};
  }
  if (all.empty()) return Error{ErrorCode::kNotFound, start + " has no inputs"};
  return Error{
      ErrorCode::kNotFound,
      start + " has no " + what + "; name one of its inputs with --input PATH: " + ListOf(all)};
}

}  // namespace reprise::tracker
