#include "tracker/audit/bundle.h"

#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {
namespace {

Result<void> RequireNewFolder(FileSystem& files, const std::string& folder) {
  if (!Exists(files, folder)) return {};
  const auto stat = files.StatFollowing(folder);
  const bool is_folder = stat.ok() && stat->kind == FileKind::kDirectory;
  if (is_folder) {
    REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
    if (entries.empty()) return {};
  }
  return Error{ErrorCode::kAlreadyExists,
               "cannot write the bundle into '" + Printable(folder) + "': it exists and is " +
                   (is_folder ? "not empty" : "no folder") + "; name a new folder"};
}

}  // namespace

Result<void> ExportBundle(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& files) {
  REPRISE_TRY(RequireNewFolder(files, folder));
  const auto gathered = GatherBundle(store, run);
  if (!gathered.ok()) {
    return Annotate(gathered.error(), "no bundle can be written of run " + run.ToString());
  }
  const BundleContent& content = *gathered;
  REPRISE_ASSIGN_OR_RETURN(
      const std::vector<BundleFile> bundle,
      BundleFiles(content, [&](std::string_view text) { return store.ledger().Sign(text); }));
  for (const BundleFile& file : bundle) {
    const std::string path = JoinPath(folder, file.path);
    REPRISE_TRY(CreateDirectories(files, ParentPath(path)));
    REPRISE_TRY(WriteFileAtomically(files, path, file.bytes));
  }
  return {};
}

}  // namespace reprise::tracker
