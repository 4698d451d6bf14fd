#include "tracker/audit/bundle.h"

#include "tracker/new_folder.h"
#include "tracker/zip_writer.h"

namespace reprise::tracker {
namespace {

Result<void> WriteFiles(const std::vector<BundleFile>& bundle, const std::string& folder,
                        FileSystem& files) {
  for (const BundleFile& file : bundle) {
    const std::string path = JoinPath(folder, file.path);
    REPRISE_TRY(CreateDirectories(files, ParentPath(path)));
    REPRISE_TRY(WriteFileAtomically(files, path, file.bytes));
  }
  return {};
}

}  // namespace

Result<void> ExportBundle(Store& store, const BundleRequest& request, const std::string& path,
                          FileSystem& files) {
  const bool is_zip = path.ends_with(".zip");
  if (is_zip && Exists(store.files(), path)) {
    return Error{ErrorCode::kAlreadyExists, "no bundle can be written: '" + Printable(path) +
                                                "' exists already; name a new file with -o"};
  }
  // An archive is made beside its place, of a folder that goes again.
  const std::string beside = is_zip ? path + ".partial" : path;
  auto partial = NewFolder::Make(store.files(), beside);
  if (!partial.ok()) return Annotate(std::move(partial).error(), "no bundle can be written");
  const auto content = GatherBundle(store, request);
  if (!content.ok()) {
    return Annotate(content.error(), "no bundle can be written of " + TitleOf(request.subject));
  }
  REPRISE_ASSIGN_OR_RETURN(
      const std::vector<BundleFile> bundle,
      BundleFiles(*content, [&](std::string_view text) { return store.ledger().Sign(text); }));
  if (!is_zip) {
    REPRISE_TRY(WriteFiles(bundle, path, files));
    (*partial)->Keep();
    return {};
  }
  const std::string folder = JoinPath(beside, "content");
  const std::string archive = JoinPath(beside, "archive");
  REPRISE_TRY(WriteFiles(bundle, folder, files));
  REPRISE_TRY(ZipFolder(files, folder, archive));
  REPRISE_TRY(files.Rename(archive, path));
  return files.SyncDirectory(ParentPath(path));
}

}  // namespace reprise::tracker
