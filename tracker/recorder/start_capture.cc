#include "tracker/recorder/start_capture.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "lineage/capture/file_rules.h"
#include "lineage/capture/git_state.h"
#include "lineage/capture/host.h"
#include "lineage/capture/redact.h"
#include "lineage/capture/variables.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"
#include "storage/importer.h"
#include "storage/private_folder.h"
#include "tracker/path_set.h"
#include "tracker/produced_paths.h"
#include "tracker/project_path.h"
#include "tracker/recorder/artifact_capture.h"
#include "tracker/recorder/environment_capture.h"
#include "tracker/recorder/file_classes.h"
#include "tracker/recorder/output_watch.h"
#include "tracker/recorder/variable_facts.h"
#include "tracker/store_folder.h"
#include "tracker/store_key.h"

namespace reprise::tracker {
namespace {

// PEP 405.
constexpr std::string_view kEnvironmentMark = "pyvenv.cfg";

// As a run document would have them.
Json VariablesOnly(const std::vector<std::string>& environment) {
  return Json().Set("variables", FactsOfVariables(environment, std::nullopt).variables);
}

class StartCapture {
 public:
  StartCapture(FileSystem& files, const v1::SessionStarted& started, storage::ObjectWriter& writer,
               const StartCaptureOptions& options)
      : files_(files), started_(started), writer_(writer), options_(options) {}

  Result<v1::CodeCaptured> Capture() {
    REPRISE_TRY(CheckOutputs());
    classes_ = FileClasses::Load(files_, started_.project_folder(), options_.store_folder,
                                 VariablesOnly(options_.environment), nullptr, {});
    // Later it would be too late to mend it.
    if (classes_->problem().has_value()) {
      return Error{ErrorCode::kInvalidArgument, *classes_->problem()};
    }
    // libgit2 takes milliseconds to compare a large work tree with the index.
    std::optional<Result<capture::GitLookup>> git;
    capture::GitOptions git_options;
    git_options.is_secret = [this](const std::string& path) {
      return IsSecret(path) && !IsNamedAsInput(path);
    };
    git_options.is_data = [this](const std::string& path) { return classes_->IsDataInGit(path); };
    std::jthread git_reader(
        [&] { git = capture::ReadGitState(files_, started_.project_folder(), git_options); });
    REPRISE_TRY(CaptureInputs());
    REPRISE_ASSIGN_OR_RETURN(
        const CapturedEnvironment environment,
        CaptureEnvironment(files_, started_, options_.environment, {}, cache_folder(), writer_));
    REPRISE_TRY(storage::CheckStop(options_.stop, "recording", started_.project_folder()));
    captured_.set_environment(environment.document.ToStored());
    for (const std::string& warning : environment.warnings) captured_.add_warnings(warning);
    captured_.set_redacted(environment.redacted);
    git_reader.join();
    REPRISE_TRY(CaptureCode(*std::move(git)));
    REPRISE_ASSIGN_OR_RETURN(
        MachineFacts facts,
        GatherMachineFacts(files_, options_.store_folder,
                           options_.named_project_folder.value_or(started_.project_folder()),
                           options_.environment));
    for (std::string& warning : facts.warnings) captured_.add_warnings(std::move(warning));
    if (facts.redacted) captured_.set_redacted(true);
    REPRISE_ASSIGN_OR_RETURN(*captured_.mutable_host(), Canonicalize(facts.host));
    NoteOutputsBefore(files_, started_, options_.stop, captured_);
    return std::move(captured_);
  }

 private:
  std::string cache_folder() const { return StorePaths(options_.store_folder).cache(); }

  // For the next import.
  storage::ImportOptions Importing() {
    storage::ImportOptions importing;
    importing.cache_folder = cache_folder();
    importing.presence = options_.presence;
    importing.stop = options_.stop;
    if (!options_.progress) return importing;
    files_before_ += std::exchange(files_now_, 0);
    bytes_before_ += std::exchange(bytes_now_, 0);
    importing.progress = [this](std::uint64_t files, std::uint64_t bytes) {
      files_now_ = files;
      bytes_now_ = bytes;
      options_.progress(files_before_ + files, bytes_before_ + bytes);
    };
    return importing;
  }

  bool IsSecret(const std::string& path) const {
    return classes_->ClassOf(path) == lineage::FileClass::kSecret;
  }

  bool IsNamedAsInput(const std::string& path) const {
    return std::ranges::any_of(options_.inputs, [&](const std::string& input) {
      return capture::Below(input, path).has_value();
    });
  }

  // In a project without git, where nobody has decided it.
  bool IsSecretOfProject(const std::string& path) {
    if (!IsSecret(JoinPath(classes_->project_folder(), path))) return false;
    const std::lock_guard lock(warnings_mutex_);
    if (secrets_.insert(path).second) captured_.add_warnings(capture::SecretLeftOut(path));
    return true;
  }

  Result<void> CheckOutputs() const {
    for (const std::string& path : started_.declared_outputs()) {
      if (auto content = storage::RequireContent(files_, path); !content.ok()) {
        return Annotate(std::move(content).error(),
                        "the output '" + Printable(path) + "' cannot be stored");
      }
    }
    return {};
  }

  // Unlike an output that is missing, an input that is missing is the caller's mistake.
  Result<void> CaptureInputs() {
    for (const std::string& path : options_.inputs) {
      if (const auto stat = files_.StatFollowing(path);
          !stat.ok() && stat.error().code == ErrorCode::kNotFound) {
        return Error{ErrorCode::kNotFound, "there is no input '" + Printable(path) + "'"};
      }
      const auto role = options_.input_roles.find(path);
      auto artifact =
          StoreArtifact(files_, path, role == options_.input_roles.end() ? "" : role->second,
                        writer_, Importing());
      if (!artifact.ok()) {
        return Annotate(std::move(artifact).error(),
                        "the input '" + Printable(path) + "' cannot be stored");
      }
      *captured_.add_inputs() = std::move(artifact->artifact);
      for (const std::string& warning : artifact->warnings) captured_.add_warnings(warning);
    }
    return {};
  }

  Result<void> CaptureCode(Result<capture::GitLookup> looked_up) {
    REPRISE_ASSIGN_OR_RETURN(const capture::GitLookup git, std::move(looked_up));
    for (const std::string& warning : git.warnings) captured_.add_warnings(warning);
    if (git.state.has_value()) REPRISE_TRY(NoteGit(*git.state));
    // What is data is left out before it is read: the data of a project may be large.
    ReadDataOfProject();
    NoteEnvironments(git.state.has_value() ? &*git.state : nullptr);
    std::set<std::string> wanted;
    std::set<std::string> tracked;
    if (git.state.has_value()) {
      for (const capture::WorkFile& file : git.state->files) {
        if (!IsNoCode(file.path, file.tracked)) wanted.insert(file.path);
        if (file.tracked) tracked.insert(file.path);
      }
    }
    storage::ImportOptions importing = Importing();
    importing.read_ignore_files = !git.state.has_value();
    importing.store_trees = false;
    importing.include = [&](const std::string& path, FileKind kind) {
      if (!git.state.has_value()) return BelongsWithoutGit(path, kind);
      return kind == FileKind::kDirectory ? HasBelow(wanted, path) : wanted.contains(path);
    };
    importing.on_entry = [&](const std::string& path, const storage::TreeEntry& entry) {
      if (entry.kind == FileKind::kDirectory) return;
      v1::CodeFile* const file = captured_.add_files();
      file->set_path(path);
      file->set_symlink(entry.kind == FileKind::kSymlink);
      file->set_target(entry.target);
      file->set_executable(entry.executable);
      file->set_size_bytes(entry.size_bytes);
      file->set_tracked(tracked.contains(path));
      if (entry.kind == FileKind::kFile) file->set_digest(entry.digest.ToStored());
    };
    auto imported = storage::Import(files_, started_.project_folder(), writer_, importing);
    if (!imported.ok() && imported.error().code == ErrorCode::kIoError) {
      // What cannot be read does not keep a run from being recorded; looking for it costs, so only
      // now.
      LeaveOutUnreadable(importing);
      importing.progress = Importing().progress;  // Which counts from the start again.
      imported = storage::Import(files_, started_.project_folder(), writer_, importing);
    }
    if (!imported.ok()) return std::move(imported).error();
    for (const std::string& warning : imported->warnings) captured_.add_warnings(warning);
    return {};
  }

  void LeaveOutUnreadable(storage::ImportOptions& importing) {
    importing.include = [this, wanted = std::move(importing.include)](const std::string& path,
                                                                      FileKind kind) {
      if (!wanted(path, kind)) return false;
      const std::string absolute = JoinPath(started_.project_folder(), path);
      Result<void> read;
      if (kind == FileKind::kFile) {
        if (auto file = files_.Open(absolute, OpenMode::kRead); !file.ok()) read = file.error();
      } else if (kind == FileKind::kDirectory) {
        if (auto entries = files_.List(absolute); !entries.ok()) read = entries.error();
      }
      if (read.ok()) return true;
      const std::lock_guard lock(warnings_mutex_);
      captured_.add_warnings("'" + Printable(path) +
                             "' is not part of the recorded code: " + read.error().message);
      return false;
    };
  }

  Result<void> NoteGit(const capture::GitState& state) {
    captured_.set_in_git(true);
    if (state.redacted) captured_.set_redacted(true);
    captured_.set_dirty(state.dirty());
    captured_.set_commit(state.commit.value_or(""));
    captured_.set_branch(state.branch.value_or(""));
    for (const capture::GitRemote& remote : state.remotes) {
      v1::Tag* const tag = captured_.add_remotes();
      tag->set_key(remote.name);
      tag->set_value(remote.url);
    }
    for (const capture::GitSubmodule& submodule : state.submodules) {
      v1::Tag* const tag = captured_.add_submodules();
      tag->set_key(submodule.path);
      tag->set_value(submodule.commit.value_or(""));
    }
    if (state.patch.text.empty()) return {};
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_.Put(AsBytes(state.patch.text)));
    captured_.set_patch(put.digest.ToStored());
    return {};
  }

  // Declared inputs and outputs, what earlier runs produced or read, and datasets; relative to the
  // project.
  void ReadDataOfProject() {
    data_ = ReadDataPaths(files_, options_.store_folder);
    const auto add = [&](const std::string& path) {
      const std::string relative = PathInProject(path, started_.project_folder());
      if (!relative.starts_with('/') && relative != ".") data_.produced.insert(relative);
    };
    for (const std::string& path : options_.inputs) add(path);
    for (const std::string& path : started_.declared_outputs()) add(path);
  }

  // A file that an earlier run got as its input may be a script, which is code to whoever runs it;
  // one that an earlier run wrote was made.
  bool IsNoCode(const std::string& path, bool tracked) const {
    if (IsWithin(path, data_.produced)) return true;
    const std::string absolute = JoinPath(classes_->project_folder(), path);
    if (IsWithin(path, data_.read) && !classes_->IsCodeByName(absolute)) return true;
    return classes_->IsRuledOut(absolute, tracked);
  }

  // Virtual environments of the project, which may have any name; `git` may be null.
  void NoteEnvironments(const capture::GitState* git) {
    std::vector<std::string> paths;
    const std::string& project = classes_->project_folder();
    if (git == nullptr) {
      const std::string mark = JoinPath(project, kEnvironmentMark);
      if (Exists(files_, mark)) paths.push_back(mark);
    } else {
      for (const capture::WorkFile& file : git->files) {
        if (!file.tracked) paths.push_back(JoinPath(project, file.path));
      }
    }
    classes_->AddEnvironments(capture::FindEnvironmentFolders(paths));
  }

  bool BelongsWithoutGit(const std::string& path, FileKind kind) {
    if (kind != FileKind::kDirectory) return !IsNoCode(path, false) && !IsSecretOfProject(path);
    if (IsWithin(path, data_.produced)) return false;
    // Its files are many, and which they are shows only here.
    const std::string absolute = JoinPath(classes_->project_folder(), path);
    return !Exists(files_, JoinPath(absolute, kEnvironmentMark));
  }

  // Whether `paths` has one below `folder`.
  static bool HasBelow(const std::set<std::string>& paths, const std::string& folder) {
    const std::string prefix = folder + "/";
    const auto next = paths.lower_bound(prefix);
    return next != paths.end() && next->starts_with(prefix);
  }

  FileSystem& files_;
  const v1::SessionStarted& started_;
  storage::ObjectWriter& writer_;
  const StartCaptureOptions& options_;
  std::optional<FileClasses> classes_;
  DataPaths data_;                 // Relative to the project; `produced` has what was declared.
  std::set<std::string> secrets_;  // Of the project, that were warned of.
  v1::CodeCaptured captured_;
  std::uint64_t files_before_ = 0;  // Of the imports that are done.
  std::uint64_t bytes_before_ = 0;
  std::uint64_t files_now_ = 0;  // Of the import that goes on.
  std::uint64_t bytes_now_ = 0;
  std::mutex warnings_mutex_;  // An import asks from many threads.
};

}  // namespace

// In frames of bounded size: a folder may hold millions of files.
Result<void> AppendStart(v1::CodeCaptured captured, Session& session) {
  constexpr std::size_t kFrameBytesMax = std::size_t{16} << 20;
  const google::protobuf::RepeatedPtrField<v1::CodeFile> code_files =
      std::exchange(*captured.mutable_files(), {});
  v1::Frame part;
  part.mutable_code()->set_more(true);
  std::size_t part_bytes = 0;
  for (const v1::CodeFile& file : code_files) {
    part_bytes += file.ByteSizeLong();
    *part.mutable_code()->add_files() = file;
    if (part_bytes < kFrameBytesMax) continue;
    REPRISE_TRY(session.Append(part));
    part.mutable_code()->clear_files();
    part_bytes = 0;
  }
  captured.mutable_files()->Swap(part.mutable_code()->mutable_files());
  v1::Frame last;
  *last.mutable_code() = std::move(captured);
  return session.Append(last);  // Synced with what follows, as of any live run.
}

Result<MachineFacts> GatherMachineFacts(FileSystem& files, const std::string& store_folder,
                                        const std::string& named_project_folder,
                                        const std::vector<std::string>& environment) {
  MachineFacts facts;
  facts.host = capture::HostToJson(
      capture::ReadHost(capture::SystemView(files), capture::ParseVariables(environment)));
  // A rerun must know what the recorded text means by its absolute paths.
  facts.host.Set("project_folder", BytesToJson(named_project_folder));
  // Without a key a run is recorded all the same: only drift is not seen.
  std::optional<StoreKey> key;
  if (auto made = LoadOrMakeStoreKey(files, store_folder); made.ok()) {
    key = *std::move(made);
  } else {
    facts.warnings.push_back(
        "whether variables that are not recorded are the same in a rerun will not be known: " +
        made.error().message);
  }
  VariableFacts variables = FactsOfVariables(environment, key);
  facts.redacted = variables.redacted;
  facts.host.Set("variables", std::move(variables.variables));
  facts.host.Set("keyed_variables", std::move(variables.keyed_variables));
  facts.host.Set("store_key", key.has_value() ? Json(key->Id()) : Json());
  return facts;
}

Result<void> CaptureStart(FileSystem& files, Session& session, const StartCaptureOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(auto writer, session.NewWriter(options.presence));
  REPRISE_ASSIGN_OR_RETURN(auto captured,
                           StartCapture(files, session.started(), *writer, options).Capture());
  REPRISE_TRY(session.FinishWriter(std::move(writer)));
  return AppendStart(std::move(captured), session);
}

std::vector<std::string> RecordableVariables(const std::vector<std::string>& environment) {
  std::vector<std::string> variables;
  for (const std::string& variable : environment) {
    const std::string name = variable.substr(0, variable.find('='));
    const bool told = capture::FindVariableRule(name) != nullptr || name == "PATH";
    if (!told || capture::IsSecretVariable(name) || name.size() == variable.size()) continue;
    const std::string_view value = std::string_view(variable).substr(name.size() + 1);
    variables.push_back(name + "=" + capture::RedactText(value).text);
  }
  return variables;
}

}  // namespace reprise::tracker
