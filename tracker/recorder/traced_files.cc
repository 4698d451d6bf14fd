// Each access is looked at by itself and becomes a file of the closure, an input, an output, or
// several of these; then all contents are read at once.

#include "tracker/recorder/traced_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "lineage/capture/system_view.h"
#include "tracker/path_set.h"
#include "tracker/recorder/artifact_capture.h"
#include "tracker/recorder/content_pool.h"
#include "tracker/recorder/traced_secrets.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::FileClass;

constexpr std::uint32_t kUsesOfContent = kUseRead | kUseExecuted;

// The path of a process's own entry in /proc, whichever number it had.
std::string WithoutProcessNumber(const std::string& path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return path;
  const std::size_t end = path.find_first_not_of("0123456789", kProc.size());
  if (end == kProc.size() || (end != std::string::npos && path[end] != '/')) return path;
  return "/proc/self" + (end == std::string::npos ? "" : path.substr(end));
}

bool IsStoredAlways(FileClass file_class) {
  return file_class == FileClass::kCode || file_class == FileClass::kData;
}

// What is left of a run's scratch and caches is no result.
bool CanBeOutput(FileClass file_class) {
  return !lineage::IsVolatile(file_class) && file_class != FileClass::kScratch &&
         file_class != FileClass::kCache && file_class != FileClass::kSecret;
}

class TracedFilesCapture {
 public:
  TracedFilesCapture(FileSystem& host, FileSystem& files, const Trace& trace,
                     const TracedFilesOptions& options, storage::ObjectWriter& writer)
      : host_(host),
        files_(files),
        trace_(trace),
        options_(options),
        writer_(writer),
        store_(RealOr(options.store_folder)),
        project_(RealOr(options.project_folder)),
        known_inputs_(WithReal(options.known_inputs)),
        known_outputs_(WithReal(options.known_outputs)),
        rules_(files, trace,
               {.project_folder = project_,
                .rule_of = options.rule_of,
                .in_code = [this](const std::string& path) { return CodeFileAt(path) != nullptr; },
                .is_named_input =
                    [this](const std::string& path) { return IsKnown(path, known_inputs_); }}) {}

  Result<TracedFiles> Capture() {
    for (const auto& [path, access] : trace_.accesses) {
      if (capture::Below(store_, path).has_value()) continue;
      AddToClosure(access);
      AddOutput(access);
      if (access.changes != 0) AddFoldersAbove(path);
    }
    AddListings();
    DigestCache cache(host_, options_.cache_folder, &files_);
    std::vector<WantedContent> wanted;
    for (const Reading& reading : readings_) wanted.push_back(reading.content);
    REPRISE_TRY(FetchContents(files_, wanted, cache, options_.presence, writer_));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      readings_[i].content = std::move(wanted[i]);
      Take(readings_[i]);
    }
    if (!options_.in_sandbox) cache.Save();
    return std::move(found_);
  }

 private:
  // Content that is to be read, and whose it is.
  struct Reading {
    WantedContent content;
    const Access* access = nullptr;
    std::optional<std::size_t> closure_file;  // Index in the closure; absent: an output.
    bool kept = false;                        // Of before the run changed it.
    bool input = false;
  };

  std::string RealOr(const std::string& folder) const {
    return capture::SystemView(files_).RealPath(folder).value_or(folder);
  }

  // Named files may be symlinks, and what was seen is what these lead to.
  std::set<std::string> WithReal(const std::set<std::string>& paths) const {
    std::set<std::string> all = paths;
    for (const std::string& path : paths) all.insert(RealOr(path));
    return all;
  }

  bool IsKnown(const std::string& path, const std::set<std::string>& known) const {
    return IsWithin(path, known) || IsWithin(Named(path), known);
  }

  // As the run names it: the project may be named by a symlink.
  std::string Named(const std::string& path) const {
    const auto below = capture::Below(project_, path);
    if (!below.has_value() || project_ == options_.project_folder) return path;
    return below->empty() ? options_.project_folder : JoinPath(options_.project_folder, *below);
  }

  // Gives `file` the class that `rule` says.
  void Classify(ClosureFile& file, const capture::FileRule& rule) {
    file.file_class = rule.file_class;
    lineage::ClosureRule written = ToClosureRule(rule);
    const auto [known, is_new] = rule_numbers_.emplace(written, found_.closure.rules.size());
    if (is_new) found_.closure.rules.push_back(std::move(written));
    file.rule = known->second;
  }

  // Where the run changed something the folder must be there before, unless the run made it.
  void AddFoldersAbove(std::string path) {
    while (path != "/") {
      path = ParentPath(path);
      const auto access = trace_.accesses.find(path);
      if (access != trace_.accesses.end() &&
          (access->second.uses != 0 || (access->second.changes & kChangeMade) != 0)) {
        return;  // With those above it.
      }
      if (!folders_above_.insert(path).second) return;
      const auto stat = files_.Stat(path);
      if (!stat.ok()) continue;
      ClosureFile folder;
      folder.path = path;
      Classify(folder, options_.rule_of(path));
      folder.kind = FileKind::kDirectory;
      folder.mode = stat->mode & 07777;
      found_.closure.files.push_back(std::move(folder));
    }
  }

  void AddToClosure(const Access& access) {
    if (access.uses == 0) return;
    const capture::FileRule& rule = rules_.RuleFor(access);
    const FileClass file_class = rule.file_class;
    if (access.state == NameState::kMissing) {
      if (!lineage::IsVolatile(file_class)) found_.closure.missing.push_back(access.path);
      return;
    }
    ClosureFile file;
    file.path = access.path;
    Classify(file, rule);
    file.kind = KindOf(access.state);
    file.uses = UsesOf(access);
    if (lineage::IsVolatile(file_class)) return AddVolatile(std::move(file));
    file.mode = access.stat.mode & 07777;
    if (file.kind == FileKind::kSymlink) file.target = access.target;
    if (file.kind == FileKind::kFile) {
      file.size_bytes = access.stat.size_bytes;
      file.modified_at_unix_ns = access.stat.mtime_unix_ns;
    }
    // Of folders that the run does not write to: fontconfig compares it with that of its caches.
    if (file.kind == FileKind::kDirectory && lineage::IsOfTheMachine(file_class)) {
      file.modified_at_unix_ns = access.stat.mtime_unix_ns;
    }
    found_.closure.files.push_back(std::move(file));
    if (access.state != NameState::kFile) return;
    if (file_class == FileClass::kSecret) return AddSecret(access);
    if (file_class == FileClass::kCode && rules_.secrets().IsSecret(access)) {
      found_.warnings.push_back("'" + Printable(Named(access.path)) +
                                "' looks like a secret, and is stored because it is part of the "
                                "recorded code");
    }
    AddReading(access, file_class);
  }

  // Folders change with every file that is made in them, which does not count.
  static std::uint32_t UsesOf(const Access& access) {
    const bool is_folder = access.state == NameState::kFolder;
    const bool changed = (access.changes & (is_folder ? kContentChanged : ~0U)) != 0;
    return access.uses | (changed ? lineage::kFileChanged : 0U);
  }

  // Where the content lies that was there before the run changed it; empty: nowhere.
  std::string PlaceOfContent(const Access& access) const {
    if ((access.changes & kContentChanged) == 0) return access.path;
    if (!access.kept.empty()) return JoinPath(options_.session_folder, access.kept);
    return access.moved_to;
  }

  // Those that are kept cannot have been changed by others.
  static bool IsKept(const Access& access) {
    return (access.changes & kContentChanged) != 0 && !access.kept.empty();
  }

  void AddSecret(const Access& access) {
    ClosureFile& file = found_.closure.files.back();
    if (!access.kept.empty()) found_.kept_secrets.push_back(access.kept);
    if ((access.uses & kUsesOfContent) == 0) return;
    found_.warnings.push_back(
        "'" + Printable(Named(access.path)) +
        "' is a secret: it is not stored, and must be supplied again for a rerun");
    const std::string path = PlaceOfContent(access);
    if (path.empty()) {
      file.unstable = true;
      return;
    }
    const auto stat = files_.StatFollowing(path);
    if (!stat.ok() || stat->kind != FileKind::kFile) return;
    file.unstable = !IsKept(access) && HasChanged(access, *stat);
    if (const auto* const key = Key()) file.keyed_digest = KeyedDigestOf(files_, path, *key);
  }

  // Made by whoever needs it first; without it a run is recorded all the same.
  const StoreKey* Key() {
    if (!key_.has_value()) {
      key_ = LoadOrMakeStoreKey(host_, options_.store_folder);
      if (!key_->ok()) {
        found_.warnings.push_back("whether secrets are the same in a rerun will not be known: " +
                                  key_->error().message);
      }
    }
    return key_->ok() ? &**key_ : nullptr;
  }

  void AddVolatile(ClosureFile file) {
    file.path = WithoutProcessNumber(file.path);
    const auto [known, is_new] = volatile_.emplace(file.path, found_.closure.files.size());
    if (is_new) {
      found_.closure.files.push_back(std::move(file));
    } else {
      found_.closure.files[known->second].uses |= file.uses;
    }
  }

  void AddReading(const Access& access, FileClass file_class) {
    ClosureFile& file = found_.closure.files.back();
    const bool content_used = (access.uses & kUsesOfContent) != 0;
    // Somebody who lists a folder of data does not depend on the bytes in it.
    if (file_class == FileClass::kData && !content_used) return;
    Reading reading{.access = &access};
    reading.content.path = PlaceOfContent(access);
    reading.kept = IsKept(access);
    reading.content.store = options_.stores_system || IsStoredAlways(file_class);
    reading.closure_file = found_.closure.files.size() - 1;
    reading.input = file_class == FileClass::kData;
    if (reading.content.path.empty()) {
      if (!content_used) return;
      file.unstable = true;
      found_.warnings.push_back("what '" + Printable(Named(access.path)) +
                                "' held before the run changed it could not be kept");
      return;
    }
    readings_.push_back(std::move(reading));
  }

  void AddOutput(const Access& access) {
    if ((access.changes & (kChangeMade | kChangeWritten)) == 0) return;
    if (!CanBeOutput(rules_.ClassOfPath(access.path)) || IsKnown(access.path, known_outputs_)) {
      return;
    }
    const auto stat = files_.StatFollowing(access.path);
    const TracedSecrets& secrets = rules_.secrets();
    if (!stat.ok() || stat->kind != FileKind::kFile || secrets.IsSecretPath(access.path)) return;
    if (secrets.IsContentOfSecret(*stat)) {
      found_.warnings.push_back("the output '" + Printable(Named(access.path)) +
                                "' is a secret under another name: it is not stored");
      return;
    }
    if (options_.changed_afterwards && options_.changed_afterwards(access.path)) {
      v1::Artifact lost;
      lost.set_path(Named(access.path));
      lost.set_problem(kChangedAfterwards);
      found_.outputs.push_back(std::move(lost));
      return;
    }
    Reading reading{.access = &access};
    reading.content.path = access.path;
    readings_.push_back(std::move(reading));
  }

  void AddListings() {
    for (const auto& [folder, names] : trace_.listings) {
      if (capture::Below(store_, folder).has_value()) continue;
      if (lineage::IsVolatile(rules_.ClassOfPath(folder))) continue;
      lineage::ClosureListing listing;
      listing.folder = folder;
      for (const auto& [name, state] : names) {
        switch (state) {
          case NameState::kFolder:
            listing.folders.push_back(name);
            break;
          case NameState::kSymlink:
            listing.symlinks.push_back(name);
            break;
          case NameState::kFile:
            listing.files.push_back(name);
            break;
          case NameState::kMissing:
          case NameState::kOther:
            listing.others.push_back(name);
        }
      }
      found_.closure.listings.push_back(std::move(listing));
    }
  }

  // Puts what was read where it belongs.
  void Take(const Reading& reading) {
    const std::string name = Named(reading.access->path);
    const WantedContent& content = reading.content;
    if (!reading.closure_file.has_value()) {
      found_.outputs.push_back(ArtifactOf(name, content));
      return;
    }
    ClosureFile& file = found_.closure.files[*reading.closure_file];
    file.digest = content.digest;
    file.stored = content.digest.has_value() && content.store;
    if (!content.digest.has_value()) {
      found_.warnings.push_back("'" + Printable(name) +
                                "', which the run used, could not be read: " + content.problem);
    } else if (!reading.kept && (content.changed || HasChanged(*reading.access, content.stat))) {
      file.unstable = true;
    }
    const bool may_be_library = reading.input || file.file_class == FileClass::kSystem;
    if (may_be_library && content.digest.has_value() && IsProgramOrLibrary(files_, content.path)) {
      // Wherever it lies: a plugin that was built in the project, a library in somebody's home.
      if (file.file_class != FileClass::kSystem) Classify(file, UsedFileRules::RuleOfBinaries());
      found_.libraries.push_back(file.path);
      return;
    }
    if (!reading.input) return;
    v1::Artifact input = ArtifactOf(name, content);
    input.set_unstable(file.unstable);
    input.set_executable((file.mode & 0100) != 0);
    TakeFromTheStart(file, input);
    if (IsKnown(reading.access->path, known_inputs_)) return;
    found_.inputs.push_back(std::move(input));
  }

  const v1::CodeFile* CodeFileAt(const std::string& path) const {
    return options_.code_file ? options_.code_file(path) : nullptr;
  }

  // Of data that somebody else changed while the run was going on, what was read with the code at
  // the start is the nearest to what the run read.
  void TakeFromTheStart(ClosureFile& file, v1::Artifact& input) const {
    const v1::CodeFile* const start = file.unstable ? CodeFileAt(file.path) : nullptr;
    if (start == nullptr || start->symlink()) return;
    const auto digest = DigestFromMessage(start->digest());
    if (!digest.ok()) return;
    file.digest = *digest;
    file.size_bytes = start->size_bytes();
    input.set_digest(start->digest());
    input.set_size_bytes(start->size_bytes());
    input.set_executable(start->executable());
  }

  // Changing attributes is no change of content, and gives another ctime.
  bool HasChanged(const Access& access, FileStat now) const {
    if (options_.in_sandbox) {
      now.device = access.stat.device;
      now.inode = access.stat.inode;
    }
    if ((access.changes & kChangeAttributes) != 0) now.ctime_unix_ns = access.stat.ctime_unix_ns;
    return !IsUnchanged(access.stat, now);
  }

  static v1::Artifact ArtifactOf(const std::string& name, const WantedContent& content) {
    v1::Artifact artifact;
    artifact.set_path(name);
    artifact.set_size_bytes(content.stat.size_bytes);
    artifact.set_executable(content.stat.executable);
    if (content.digest.has_value()) {
      artifact.set_digest(content.digest->ToStored());
    } else {
      artifact.set_problem(content.problem);
    }
    return artifact;
  }

  FileSystem& host_;
  FileSystem& files_;
  const Trace& trace_;
  const TracedFilesOptions& options_;
  storage::ObjectWriter& writer_;
  const std::string store_;                      // Real.
  const std::string project_;                    // Real.
  const std::set<std::string> known_inputs_;     // As named, and real.
  const std::set<std::string> known_outputs_;    // As named, and real.
  std::map<std::string, std::size_t> volatile_;  // Index in the closure, by path.
  std::set<std::string> folders_above_;          // Of what the run changed.
  const UsedFileRules rules_;
  std::map<lineage::ClosureRule, std::size_t> rule_numbers_;  // Index in the closure.
  std::optional<Result<StoreKey>> key_;                       // Once it was needed.
  std::vector<Reading> readings_;
  TracedFiles found_;
};

}  // namespace

Result<TracedFiles> CaptureTracedFiles(FileSystem& host, FileSystem& files, const Trace& trace,
                                       const TracedFilesOptions& options,
                                       storage::ObjectWriter& writer) {
  return TracedFilesCapture(host, files, trace, options, writer).Capture();
}

}  // namespace reprise::tracker
