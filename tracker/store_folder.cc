#include "tracker/store_folder.h"

#include "storage/base/canonical.h"
#include "storage/base/json.h"
#include "storage/ledger.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kStoreFolderName = ".reprise";
constexpr std::string_view kFormatType = "reprise/store/v1";

// Making a store takes a few syncs.
constexpr std::int64_t kCreationWaitMsMax = 30'000;

Result<std::string> EncodeFormat(const Ulid& id) {
  Json json;
  json.Set("type", kFormatType);
  json.Set("format", kStoreFormat);
  json.Set("id", id.ToString());
  REPRISE_ASSIGN_OR_RETURN(std::string text, Canonicalize(json));
  return text + "\n";
}

// Those that hold what nothing else does; others are made again.
Result<void> RequireFolders(FileSystem& files, const StorePaths& paths) {
  for (const std::string& folder : {paths.packs(), paths.ledger(), paths.keys()}) {
    const auto stat = files.Stat(folder);
    if (stat.ok()) continue;
    if (stat.error().code != ErrorCode::kNotFound) return stat.error();
    return Error{ErrorCode::kCorruption, "the store at '" + Printable(paths.folder) +
                                             "' is damaged: its folder '" + BaseName(folder) +
                                             "' is missing; put it back from a copy"};
  }
  return {};
}

// `path` or the nearest folder above it that is there.
std::string ExistingPart(FileSystem& files, std::string path) {
  while (!Exists(files, path) && ParentPath(path) != path) path = ParentPath(path);
  return path;
}

// Errors: kAlreadyExists  there is a store.  kCorruption  there is what is left of one.
Result<void> RequireNoStore(FileSystem& files, const StorePaths& paths) {
  if (Exists(files, paths.format())) {
    return Error{ErrorCode::kAlreadyExists,
                 "there is a store at '" + Printable(paths.folder) + "' already"};
  }
  const auto format = ReadStoreFormat(files, paths.folder);
  if (format.ok() || format.error().code == ErrorCode::kNotFound) return {};
  return format.error();
}

// An interrupted init left folders behind at most; the format file, written last, makes the store.
Result<void> FillStoreFolder(FileSystem& files, const StorePaths& paths) {
  for (const std::string& folder :
       {paths.inbox(), paths.packs(), paths.ledger(), paths.keys(), paths.names(), paths.cache()}) {
    REPRISE_TRY(CreateDirectories(files, folder));
  }
  const Ulid id = Ulid::Generate();
  REPRISE_TRY(storage::Ledger::Create(files, paths.folder, id));
  // Git must never take the store for project files.
  REPRISE_TRY(WriteFileDurably(files, JoinPath(paths.folder, ".gitignore"), "*\n"));
  REPRISE_ASSIGN_OR_RETURN(const std::string format, EncodeFormat(id));
  return WriteFileDurably(files, paths.format(), format);
}

}  // namespace

Result<StoreFormat> ReadStoreFormat(FileSystem& files, const std::string& store_folder) {
  const std::string path = StorePaths(store_folder).format();
  auto text = ReadFile(files, path, 4096);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) {
    // What `reprise init` was cut off at has no lock yet.
    if (Exists(files, StorePaths(store_folder).lock())) {
      return Error{ErrorCode::kCorruption, "the store at '" + Printable(store_folder) +
                                               "' is damaged: its file 'format' is missing; put it "
                                               "back from a copy"};
    }
    return Error{ErrorCode::kNotFound, "there is no store at '" + Printable(store_folder) +
                                           "'; `reprise init` makes one"};
  }
  if (!text.ok()) return std::move(text).error();
  const Error damaged{ErrorCode::kCorruption, "the format file '" + Printable(path) +
                                                  "' is damaged; the store was not touched"};
  const auto json = ParseJson(*text);
  if (!json.ok()) return damaged;
  const auto format = json->GetInteger("format");
  if (!format.ok()) return damaged;
  if (*format > kStoreFormat) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the store at '" + Printable(store_folder) + "' has format " +
                     std::to_string(*format) + ", and this release of reprise reads up to " +
                     std::to_string(kStoreFormat) +
                     "; it was not touched; install a newer release to use it"};
  }
  const auto id_text = json->GetString("id");
  if (!id_text.ok()) return damaged;
  const auto id = Ulid::Parse(*id_text);
  if (!id.ok()) return damaged;
  // Format 1, byte for byte: a change that leaves its number and its id alone is damage too.
  REPRISE_ASSIGN_OR_RETURN(const std::string again, EncodeFormat(*id));
  if (*text != again) return damaged;
  REPRISE_TRY(RequireFolders(files, StorePaths(store_folder)));
  return StoreFormat{static_cast<int>(*format), *id};
}

Result<void> CreateStoreFolder(FileSystem& files, const std::string& project_folder) {
  const StorePaths paths(JoinPath(project_folder, kStoreFolderName));
  REPRISE_TRY(RequireNoStore(files, paths));
  const std::string existing = ExistingPart(files, project_folder);
  REPRISE_TRY(CreateDirectories(files, project_folder));
  REPRISE_ASSIGN_OR_RETURN(const bool shared, files.IsShared(project_folder));
  if (shared) {
    return Error{ErrorCode::kUnsupported,
                 "'" + Printable(project_folder) +
                     "' lies on a network file system, on which locks and syncs cannot be relied "
                     "upon; make the store on a local disk and name it with --store"};
  }
  REPRISE_TRY(CreateDirectories(files, paths.folder));
  // Two that fill one folder would leave the keys of one and the checkpoint of the other.
  REPRISE_ASSIGN_OR_RETURN(
      const auto lock, files.Lock(paths.nursery_lock(), LockMode::kExclusive, kCreationWaitMsMax));
  REPRISE_TRY(RequireNoStore(files, paths));  // Whoever had the lock before may have made it.
  REPRISE_TRY(FillStoreFolder(files, paths));
  for (std::string folder = project_folder;; folder = ParentPath(folder)) {
    REPRISE_TRY(files.SyncDirectory(folder));
    if (folder == existing || folder == ParentPath(folder)) return {};
  }
}

Result<std::string> FindStoreFolder(FileSystem& files, const std::string& start_folder) {
  std::string folder = start_folder;
  for (;;) {
    const std::string candidate = JoinPath(folder, kStoreFolderName);
    if (const auto stat = files.StatFollowing(candidate);
        stat.ok() && stat->kind == FileKind::kDirectory) {
      return candidate;
    }
    const std::string parent = ParentPath(folder);
    if (parent == folder || parent == ".") break;
    folder = parent;
  }
  return Error{ErrorCode::kNotFound, "there is no store in '" + Printable(start_folder) +
                                         "' or above it; `reprise init` makes one"};
}

}  // namespace reprise::tracker
