#include "tracker/audit/bundle.h"

#include <utility>

#include "tracker/audit/report_html.h"
#include "tracker/new_file.h"
#include "tracker/new_folder.h"
#include "tracker/zip_writer.h"

namespace reprise::tracker {
namespace {

// Everything that the bundle is, in memory.
Result<std::vector<BundleFile>> FilesOf(Store& store, const BundleRequest& request) {
  auto content = GatherBundle(store, request);
  if (!content.ok()) {
    return Annotate(content.error(), "no bundle can be written of " + TitleOf(request.subject));
  }
  if (request.make_pdf) {
    REPRISE_ASSIGN_OR_RETURN(const std::string page, ReportHtml(*content));
    REPRISE_ASSIGN_OR_RETURN(content->pdf, request.make_pdf(page));
  }
  return BundleFiles(*content, [&](std::string_view text) { return store.ledger().Sign(text); });
}

Result<void> WriteFolder(Store& store, const BundleRequest& request, const std::string& path,
                         FileSystem& files) {
  auto folder = NewFolder::Make(store.files(), path);
  if (!folder.ok()) return Annotate(std::move(folder).error(), "no bundle can be written");
  REPRISE_ASSIGN_OR_RETURN(const auto bundle, FilesOf(store, request));
  std::string made;  // The folder of the file before: most lie together.
  for (const BundleFile& file : bundle) {
    const std::string place = JoinPath(path, file.path);
    if (std::string parent = ParentPath(place); parent != made) {
      REPRISE_TRY(CreateDirectories(files, parent));
      made = std::move(parent);
    }
    REPRISE_ASSIGN_OR_RETURN(const auto written, files.Open(place, OpenMode::kCreateExclusive));
    REPRISE_TRY(written->WriteAt(0, AsBytes(file.bytes)));
  }
  (*folder)->Keep();
  return {};
}

Result<void> WriteArchive(Store& store, const BundleRequest& request, const std::string& path,
                          FileSystem& files) {
  auto archive = NewFile::Make(files, path);
  if (!archive.ok()) return Annotate(std::move(archive).error(), "no bundle can be written");
  REPRISE_ASSIGN_OR_RETURN(const auto bundle, FilesOf(store, request));
  ZipWriter zip((*archive)->file());
  for (const BundleFile& file : bundle) REPRISE_TRY(zip.AddBytes(file.path, AsBytes(file.bytes)));
  REPRISE_TRY(zip.Finish());
  return (*archive)->Keep();
}

}  // namespace

Result<void> ExportBundle(Store& store, const BundleRequest& request, const std::string& path,
                          FileSystem& files) {
  return path.ends_with(".zip") ? WriteArchive(store, request, path, files)
                                : WriteFolder(store, request, path, files);
}

}  // namespace reprise::tracker
