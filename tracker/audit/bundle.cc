#include "tracker/audit/bundle.h"

#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {
namespace {

Result<void> RequireNewFolder(FileSystem& files, const std::string& folder) {
  if (!Exists(files, folder)) return {};
  const auto entries = files.List(folder);
  if (entries.ok() && entries->empty()) return {};
  return Error{ErrorCode::kAlreadyExists, "cannot write the bundle into '" + Printable(folder) +
                                              "': it exists and is not empty; name a new folder"};
}

}  // namespace

Result<void> ExportBundle(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& files) {
  REPRISE_TRY(RequireNewFolder(files, folder));
  REPRISE_ASSIGN_OR_RETURN(const BundleContent content, GatherBundle(store, run));
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
