#include "tracker/audit/bundle.h"

#include "tracker/audit/bundle_content.h"
#include "tracker/new_folder.h"

namespace reprise::tracker {

Result<void> ExportBundle(Store& store, const Ulid& run, const std::string& folder,
                          FileSystem& files) {
  auto partial = NewFolder::Make(store.files(), folder);
  if (!partial.ok()) return Annotate(std::move(partial).error(), "no bundle can be written");
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
  (*partial)->Keep();
  return {};
}

}  // namespace reprise::tracker
