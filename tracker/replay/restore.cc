#include "tracker/replay/restore.h"

#include <algorithm>

#include "lineage/capture/system_view.h"
#include "storage/base/plain_path.h"
#include "storage/importer.h"
#include "storage/tree.h"
#include "tracker/new_folder.h"

namespace reprise::tracker {
namespace {

class Restorer {
 public:
  Restorer(Store& store, FileSystem& files, const StoredRun& run, const std::string& folder)
      : store_(store), files_(files), run_(run), folder_(folder) {}

  Result<Restored> Restore(const RestoreOptions& options) {
    REPRISE_TRY(MakeEmptyFolder());
    if (!run_.recipe.has_value()) {
      return Error{ErrorCode::kNotFound, "run " + run_.record.id.ToString() +
                                             " has no recipe, so there is nothing to restore"};
    }
    if (options.parts.contains(RunPart::kCode)) REPRISE_TRY(RestoreCode());
    if (options.parts.contains(RunPart::kInputs)) {
      REPRISE_TRY(RestoreUses(run_.recipe->inputs, options));
    }
    if (options.parts.contains(RunPart::kOutputs)) {
      REPRISE_TRY(RestoreUses(run_.record.outputs, options));
    }
    if (options.parts.contains(RunPart::kEnvironment) || options.parts.contains(RunPart::kCode)) {
      REPRISE_TRY(RestoreEnvironment(options.parts.contains(RunPart::kEnvironment)));
    }
    return std::move(restored_);
  }

 private:
  FileSystem& files() { return files_; }

  Result<void> MakeEmptyFolder() {
    REPRISE_TRY(CreateDirectories(files(), folder_));
    REPRISE_ASSIGN_OR_RETURN(const auto entries, files().List(folder_));
    const auto is_claim = [](const auto& entry) { return entry.name == NewFolder::kClaimName; };
    if (std::ranges::all_of(entries, is_claim)) return {};
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(folder_) + "' is not empty; name a new folder"};
  }

  // Where a recorded path lies in the restored folder.
  std::string PlaceOf(const std::string& path) const {
    if (path == ".") return folder_;
    return path.starts_with('/') ? folder_ + "/.outside" + path : JoinPath(folder_, path);
  }

  Result<void> MakeParents(const std::string& place) {
    if (place == folder_) return {};
    return MakeParentsInside(files(), folder_, place.substr(folder_.size() + 1),
                             restored_.warnings);
  }

  // A recorded file or folder stands for what a link of its name led to; it is not written there.
  Result<void> RemoveLink(const std::string& place) {
    const auto stat = files().Stat(place);
    if (!stat.ok() || stat->kind != FileKind::kSymlink || place == folder_) return {};
    return files().RemoveFile(place);
  }

  Result<void> RestoreCode() {
    if (!run_.recipe->code.has_value()) return {};
    return storage::ExportTree(files(), store_.objects(), *run_.recipe->code, folder_,
                               {.overwrite = true});
  }

  Result<void> RestoreUses(const std::vector<lineage::ArtifactUse>& uses,
                           const RestoreOptions& options) {
    for (const lineage::ArtifactUse& use : uses) {
      if (use.path.starts_with('/') && !options.outside_files) continue;
      const std::string place = PlaceOf(use.path);
      REPRISE_TRY(MakeParents(place));
      REPRISE_TRY(RemoveLink(place));
      // An output may lie where an input lay before: the later content is the run's result.
      const storage::ExportOptions exporting{.overwrite = true};
      if (use.kind == lineage::ArtifactKind::kFolder) {
        REPRISE_TRY(storage::ExportTree(files(), store_.objects(), use.digest, place, exporting));
      } else {
        REPRISE_TRY(storage::ExportFile(files(), store_.objects(), use.digest, use.executable,
                                        place, exporting));
      }
    }
    return {};
  }

  // Programs and libraries in the project that git ignores are part of the environment, and stored.
  Result<void> RestoreEnvironment(bool with_document) {
    if (!run_.recipe->environment.has_value()) return {};
    REPRISE_ASSIGN_OR_RETURN(const std::string document,
                             store_.objects().Get(*run_.recipe->environment));
    if (with_document) {
      REPRISE_TRY(
          WriteFileAtomically(files(), JoinPath(folder_, ".reprise-environment.json"), document));
    }
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
    REPRISE_ASSIGN_OR_RETURN(const Json::Array* const entries, json.GetArray("files"));
    for (const Json& entry : *entries) REPRISE_TRY(RestoreEnvironmentFile(entry));
    return {};
  }

  Result<void> RestoreEnvironmentFile(const Json& entry) {
    const auto path = entry.GetString("path");
    const auto digest_text = entry.GetString("digest");
    if (!path.ok() || !digest_text.ok() || path->starts_with('/')) return {};
    REPRISE_ASSIGN_OR_RETURN(const Digest digest, Digest::Parse(*digest_text));
    const std::string place = PlaceOf(*path);
    REPRISE_TRY(MakeParents(place));
    if (Exists(files(), place)) return {};  // Code laid it out already.
    const auto exported = storage::ExportFile(files(), store_.objects(), digest, true, place, {});
    if (!exported.ok() && exported.error().code == ErrorCode::kNotFound) {
      restored_.warnings.push_back("'" + Printable(*path) +
                                   "' is part of the environment, but not stored");
      return {};
    }
    return exported;
  }

  Store& store_;
  FileSystem& files_;
  const StoredRun& run_;
  const std::string& folder_;
  Restored restored_;
};

}  // namespace

Result<Restored> RestoreRun(Store& store, const StoredRun& run, const std::string& folder,
                            const RestoreOptions& options) {
  FileSystem& files = options.files != nullptr ? *options.files : store.files();
  return Restorer(store, files, run, folder).Restore(options);
}

Result<void> MakeParentsInside(FileSystem& files, const std::string& folder,
                               const std::string& path, std::vector<std::string>& warnings) {
  // Recorded paths have such names alone; a store that was made to hurt may have others.
  if (!ArePlainNames(path)) {
    return Error{ErrorCode::kCorruption,
                 "the recorded path '" + Printable(path) + "' leads out of the project"};
  }
  const capture::SystemView view(files);
  REPRISE_ASSIGN_OR_RETURN(const std::string top, view.RealPath(folder));
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string relative = path.substr(0, slash);
    const std::string place = JoinPath(folder, relative);
    const auto stat = files.Stat(place);
    if (stat.ok() && stat->kind == FileKind::kDirectory) continue;
    if (stat.ok() && stat->kind == FileKind::kSymlink) {
      const auto real = view.RealPath(place);
      if (real.ok() && capture::Below(top, *real).has_value()) continue;
      warnings.push_back("'" + Printable(relative) +
                         "' was a link that leads out of the restored folder; a folder stands in "
                         "its place");
      REPRISE_TRY(files.RemoveFile(place));
    }
    REPRISE_TRY(files.CreateDirectory(place));
  }
  return {};
}

Result<void> RestoreArtifact(Store& store, const Digest& digest, bool folder, bool executable,
                             const std::string& path, FileSystem* files) {
  FileSystem& target = files != nullptr ? *files : store.files();
  if (Exists(target, path)) {
    return Error{ErrorCode::kAlreadyExists,
                 "'" + Printable(path) + "' exists already; name a new path"};
  }
  if (folder) {
    REPRISE_ASSIGN_OR_RETURN(const auto partial, NewFolder::Make(store.files(), path));
    REPRISE_TRY(storage::ExportTree(target, store.objects(), digest, path, {}));
    partial->Keep();
    return {};
  }
  return storage::ExportFile(target, store.objects(), digest, executable, path, {});
}

Result<std::set<RunPart>> ParseRunParts(const std::string& list) {
  constexpr std::pair<std::string_view, RunPart> kParts[] = {
      {"code", RunPart::kCode},
      {"inputs", RunPart::kInputs},
      {"outputs", RunPart::kOutputs},
      {"environment", RunPart::kEnvironment}};
  std::set<RunPart> parts;
  std::string_view rest = list;
  for (;;) {
    const std::string_view word = rest.substr(0, rest.find(','));
    bool known = false;
    for (const auto& [name, part] : kParts) {
      if (name != word) continue;
      parts.insert(part);
      known = true;
    }
    if (!known) {
      return Error{
          ErrorCode::kInvalidArgument,
          "--only takes code, inputs, outputs and environment, joined by commas, and got '" +
              Printable(word) + "'"};
    }
    if (word.size() == rest.size()) return parts;
    rest.remove_prefix(word.size() + 1);
  }
}

}  // namespace reprise::tracker
