#include "tracker/recorder/sealer.h"

#include <algorithm>
#include <set>

#include "lineage/closure.h"
#include "lineage/recipe.h"
#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/log.h"
#include "storage/importer.h"
#include "storage/tree_builder.h"
#include "tracker/path_set.h"
#include "tracker/project_path.h"
#include "tracker/recorder/artifact_capture.h"
#include "tracker/recorder/environment_capture.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/file_classes.h"
#include "tracker/recorder/log_text.h"
#include "tracker/recorder/metric_store.h"
#include "tracker/recorder/output_watch.h"
#include "tracker/recorder/piece_source.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/recorder/standard_input.h"
#include "tracker/recorder/traced_files.h"
#include "tracker/sandbox/sandbox_files.h"
#include "tracker/started_run.h"
#include "tracker/trace/access.h"
#include "tracker/trace/blind_spots.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;
using lineage::RunRecord;
using lineage::RunStatus;

// One for each column, with every source that was named for it.
std::vector<lineage::Derivation> MergedDerivations(const std::vector<lineage::Derivation>& told) {
  std::map<std::string, std::set<std::string>> sources;
  for (const lineage::Derivation& derivation : told) {
    sources[derivation.column].insert(derivation.sources.begin(), derivation.sources.end());
  }
  std::vector<lineage::Derivation> merged;
  for (const auto& [column, names] : sources) {
    merged.push_back({column, {names.begin(), names.end()}});
  }
  return merged;
}

// Builds the documents of one run.
class Sealer {
 public:
  Sealer(FileSystem& files, Session& session, const SealOptions& options, RunFacts facts)
      : files_(files),
        session_(session),
        options_(options),
        facts_(std::move(facts)),
        sandbox_files_(options.sandbox != nullptr
                           ? std::make_unique<SandboxFiles>(files, *options.sandbox)
                           : nullptr),
        run_files_(sandbox_files_ != nullptr ? *sandbox_files_ : files) {}

  Result<SealedRun> Seal() {
    REPRISE_ASSIGN_OR_RETURN(writer_, session_.NewWriter(options_.presence));
    FillBasics();
    REPRISE_TRY(FillStatus());
    REPRISE_TRY(CaptureDeclaredOutputs());
    REPRISE_TRY(CaptureTrace());
    REPRISE_TRY(FillOutputs());
    REPRISE_TRY(FillEvidence());
    REPRISE_TRY(FillStreams());
    REPRISE_ASSIGN_OR_RETURN(
        record_.metrics, StoreSeries(files_, session_.folder(), facts_.series_blocks, *writer_));
    REPRISE_TRY(FillRecipe());
    REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeRunRecord(record_));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(AsBytes(document)));
    REPRISE_TRY(session_.FinishWriter(std::move(writer_)));
    v1::LedgerFact fact = NewLedgerFact("run", record_.id.ToString(), put.digest);
    fact.set_actor(record_.actor);
    ForgetSecrets();
    REPRISE_TRY(session_.Seal({fact}));
    return SealedRun{std::move(record_), put.digest};
  }

 private:
  const v1::SessionStarted& started() const { return facts_.started; }

  // The command's paths then name files of this machine, which are not the run's.
  bool sandbox_is_gone() const { return started().in_sandbox() && options_.sandbox == nullptr; }

  std::string InProject(std::string_view path) const {
    return PathInProject(path, started().project_folder());
  }

  void FillBasics() {
    record_ = StartedRecord(started(), session_.id());
    record_.asked_params.assign(facts_.asked_params.begin(), facts_.asked_params.end());
    record_.derivations = MergedDerivations(facts_.derivations);
    record_.tags = facts_.tags;
    record_.notes = facts_.notes;
    record_.warnings = facts_.warnings;
    if (std::ranges::count(facts_.warnings, kStandardInputWarning) > 0) {
      record_.capture.blind_spots.emplace_back("what the command read from standard input");
    }
    if (facts_.code.has_value()) {
      record_.redacted = record_.redacted || facts_.code->redacted();
      if (const auto host = ParseJson(facts_.code->host()); host.ok()) record_.host = *host;
    }
    if (facts_.dropped_points > 0) {
      record_.warnings.push_back(std::to_string(facts_.dropped_points) +
                                 " metric points were dropped because the disk was full");
    }
    if (session_.dropped_bytes() > 0) {
      record_.warnings.push_back(std::to_string(session_.dropped_bytes()) +
                                 " bytes of a torn journal frame were dropped");
    }
    if (session_.damaged_bytes() > 0) {
      record_.warnings.push_back(std::to_string(session_.damaged_bytes()) +
                                 " bytes within the journal were damaged; what they said is lost");
    }
  }

  Result<void> FillStatus() {
    REPRISE_ASSIGN_OR_RETURN(const auto report, ReadExitReport(files_, session_.folder()));
    if (report.has_value() && report->is_torn) {
      record_.warnings.emplace_back("how the command ended was lost with the power");
    } else if (report.has_value()) {
      ApplyExitReport(*report, record_);
      record_.resources = {report->user_ms, report->system_ms, report->rss_bytes_max};
      return {};
    }
    if (!options_.recovered) record_.ended_at_unix_ms = NowUnixMs();  // Else nobody knows.
    if (started().client_pid() != 0 && facts_.finish_status.has_value()) {
      // The SDK knows what the program said of itself, not how the process exited.
      record_.status = *facts_.finish_status == 0 ? RunStatus::kFinished : RunStatus::kFailed;
      record_.warnings.emplace_back(
          "the recorder was started by the SDK: the exit status of the process is unknown");
    } else if (started().client_pid() != 0 && !options_.recovered) {
      record_.status = RunStatus::kFailed;
      record_.warnings.emplace_back(
          "the program ended without finishing its run; its exit status is unknown");
    } else {
      record_.status = RunStatus::kLost;
      record_.warnings.emplace_back("the recorder died; how the command ended is unknown");
    }
    return {};
  }

  storage::ImportOptions Importing() const {
    storage::ImportOptions importing;
    if (options_.sandbox == nullptr) importing.cache_folder = options_.cache_folder;
    importing.presence = options_.presence;
    return importing;
  }

  // Whether the file at `path` is another than when the run gave its last sign of life: it may be
  // another run's by now.  Of a folder the times of what lies in it would have to be asked.
  bool ChangedSinceTheEnd(const std::string& path) const {
    constexpr std::int64_t kToleranceNs = 2'000'000'000;  // Coarse clocks, and late writes.
    const auto stat = run_files_.StatFollowing(path);
    if (!stat.ok() || stat->kind != FileKind::kFile) return false;
    std::int64_t end_unix_ns = 0;
    for (const char* const name : {"journal", "stdout", "stderr", "exit"}) {
      const auto sign = files_.StatFollowing(JoinPath(session_.folder(), name));
      if (sign.ok()) end_unix_ns = std::max(end_unix_ns, sign->mtime_unix_ns);
    }
    return end_unix_ns > 0 && stat->ctime_unix_ns > end_unix_ns + kToleranceNs;
  }

  Result<void> CaptureDeclaredOutputs() {
    for (const std::string& path : started().declared_outputs()) {
      const bool known = std::ranges::any_of(
          facts_.outputs, [&](const v1::Artifact& output) { return output.path() == path; });
      if (known) continue;
      if (sandbox_is_gone()) {
        v1::Artifact lost;
        lost.set_path(path);
        lost.set_problem(kLostWithSandbox);
        facts_.outputs.push_back(std::move(lost));
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(CapturedArtifact captured,
                               CaptureArtifact(run_files_, path, "", *writer_, Importing()));
      v1::Artifact& artifact = captured.artifact;
      for (std::string& warning : captured.warnings) {
        record_.warnings.push_back(std::move(warning));
      }
      if (options_.afterwards && ChangedSinceTheEnd(path)) {
        artifact.clear_digest();
        artifact.set_problem(kChangedAfterwards);
      }
      facts_.outputs.push_back(std::move(artifact));
    }
    if (!facts_.code.has_value() || started().in_sandbox()) return {};
    for (std::string& warning : WarningsOfUnchangedOutputs(files_, started(), *facts_.code)) {
      record_.warnings.push_back(std::move(warning));
    }
    return {};
  }

  // What nobody declared and the tracer saw.
  Result<void> CaptureTrace() {
    Trace trace;
    if (const std::string& level = started().capture_level();
        level == "observed" || level == "sealed") {
      auto read = ReadTrace(files_, session_.folder());
      if (read.ok()) {
        trace = *std::move(read);
      } else {
        trace.failure = read.error().message;
      }
    }
    if (sandbox_is_gone()) {
      record_.warnings.emplace_back(
          "the recorder died, and the sandbox with it: what the command wrote there is lost");
      trace.tracer.clear();
      trace.failure = "they were lost with the sandbox";
    }
    if (trace.tracer.empty()) {
      if (!trace.failure.empty()) {
        record_.warnings.push_back("the files that the command used could not be traced: " +
                                   trace.failure);
      }
      record_.capture.blind_spots.insert(
          record_.capture.blind_spots.begin(),
          "files that the command read or wrote without -i, -o or the SDK are not recorded");
      return {};
    }
    record_.capture.tracer = trace.tracer;
    for (std::string& sentence : BlindSpotSentences(trace)) {
      record_.capture.blind_spots.push_back(std::move(sentence));
    }
    // Too little was seen to say what the run depends on; what was is part of its environment.
    if (trace.tracer == kTracerMaps) {
      for (const auto& [path, access] : trace.accesses) {
        if ((access.uses & kUseRead) != 0) facts_.mapped_files.push_back(path);
      }
      return {};
    }
    record_.capture.level = started().capture_level();
    return StoreTraced(trace);
  }

  Result<void> StoreTraced(const Trace& trace) {
    const FileClasses classes =
        FileClasses::Load(run_files_, started().project_folder(), session_.store_folder(),
                          record_.host, facts_.code.has_value() ? &*facts_.code : nullptr, trace);
    if (classes.problem().has_value()) record_.warnings.push_back(*classes.problem());
    TracedFilesOptions options;
    options.project_folder = started().project_folder();
    options.store_folder = session_.store_folder();
    options.session_folder = session_.folder();
    options.cache_folder = options_.cache_folder;
    options.rule_of = [&](const std::string& path) -> const capture::FileRule& {
      return classes.RuleFor(path);
    };
    std::map<std::string_view, const v1::CodeFile*> code;
    if (facts_.code.has_value()) {
      for (const v1::CodeFile& file : facts_.code->files()) code.emplace(file.path(), &file);
    }
    options.code_file = [&](const std::string& path) {
      const auto found = code.find(PathInProject(path, classes.project_folder()));
      return found != code.end() ? found->second : nullptr;
    };
    options.stores_system = record_.capture.level == "sealed";
    options.presence = options_.presence;
    options.in_sandbox = options_.sandbox != nullptr;
    if (options_.afterwards) {
      options.changed_afterwards = [&](const std::string& path) {
        return ChangedSinceTheEnd(path);
      };
    }
    for (const v1::Artifact& input : facts_.inputs) options.known_inputs.insert(input.path());
    for (const v1::Artifact& output : facts_.outputs) options.known_outputs.insert(output.path());
    REPRISE_ASSIGN_OR_RETURN(TracedFiles traced,
                             CaptureTracedFiles(files_, run_files_, trace, options, *writer_));
    REPRISE_ASSIGN_OR_RETURN(const std::string document,
                             lineage::EncodeClosure(std::move(traced.closure)));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(AsBytes(document)));
    record_.capture.closure = put.digest;
    std::ranges::move(traced.inputs, std::back_inserter(facts_.inputs));
    std::ranges::move(traced.outputs, std::back_inserter(facts_.outputs));
    std::ranges::move(traced.libraries, std::back_inserter(facts_.mapped_files));
    kept_secrets_ = std::move(traced.kept_secrets);
    std::ranges::move(traced.warnings, std::back_inserter(record_.warnings));
    const bool saw_all = trace.ended && trace.failure.empty() && trace.blind_spots.empty();
    if (saw_all && !started().in_sandbox()) LeaveOutUnused(trace, classes);
    return {};
  }

  // Takes files out of the code that are none by their names and that the run did not look at:
  // data of other runs.  What a run read of untracked files is its input by now.  A rerun in a
  // sandbox is given the code of the first run.
  void LeaveOutUnused(const Trace& trace, const FileClasses& classes) {
    if (!facts_.code.has_value()) return;
    auto& code_files = *facts_.code->mutable_files();
    const auto is_unused = [&](const v1::CodeFile& file) {
      // What may be executed is a program, whatever its name.
      if (file.symlink() || file.executable()) return false;
      const std::string path = JoinPath(classes.project_folder(), file.path());
      if (!file.tracked()) return classes.ClassOf(path) == lineage::FileClass::kData;
      const auto access = trace.accesses.find(path);
      const bool is_used = access != trace.accesses.end() && access->second.uses != 0;
      return !is_used && !classes.IsCodeByName(path);
    };
    code_files.erase(std::remove_if(code_files.begin(), code_files.end(), is_unused),
                     code_files.end());
  }

  // Last, so that whoever has to do all of this again finds them.
  void ForgetSecrets() {
    for (const std::string& name : kept_secrets_) {
      const auto removed = files_.RemoveFile(JoinPath(session_.folder(), name));
      if (!removed.ok()) LogWarning(removed.error().message);
    }
  }

  Result<void> FillOutputs() {
    for (const v1::Artifact& output : facts_.outputs) {
      const std::string path = InProject(output.path());
      if (output.digest().empty()) {
        record_.missing_outputs.push_back(path);
        record_.warnings.push_back(
            output.missing()
                ? "the output '" + Printable(path) + "' was not there at the end"
                : "the output '" + Printable(path) + "' could not be stored: " + output.problem());
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(ArtifactUse use, UseOf(output, started().project_folder()));
      record_.outputs.push_back(std::move(use));
    }
    std::ranges::sort(record_.outputs, lineage::ArtifactUseBefore);
    std::ranges::sort(record_.missing_outputs);
    return {};
  }

  Result<void> FillEvidence() {
    for (const auto& told : facts_.evidence) {
      const v1::Artifact& artifact = told.artifact();
      if (artifact.digest().empty()) {
        const std::string path = InProject(artifact.path());
        const std::string name = artifact.path().empty() ? "" : " '" + Printable(path) + "'";
        record_.warnings.push_back(
            "the " + Printable(told.kind()) + " evidence" + name +
            (artifact.missing() ? " was not there" : " is not recorded: " + artifact.problem()));
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(ArtifactUse use, UseOf(artifact, started().project_folder()));
      const auto is_same = [&](const lineage::RunEvidence& known) {
        return known.kind == told.kind() && known.artifact.digest == use.digest;
      };
      if (std::ranges::any_of(record_.evidence, is_same)) continue;
      if (artifact.path().empty()) use.path = told.kind() + ".json";
      record_.evidence.push_back({told.kind(), std::move(use)});
    }
    return {};
  }

  Result<std::optional<lineage::StreamRecord>> StoreStream(const std::string& name) {
    const auto file = files_.Open(JoinPath(session_.folder(), name), OpenMode::kRead);
    if (!file.ok()) {
      if (file.error().code == ErrorCode::kNotFound) {
        return std::optional<lineage::StreamRecord>();
      }
      return file.error();
    }
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->PutFile(**file));
    return std::optional(lineage::StreamRecord{put.digest, put.size_bytes});
  }

  Result<lineage::StreamRecord> StoreLogText() {
    REPRISE_ASSIGN_OR_RETURN(LogText text, LogText::Open(files_, session_.folder()));
    const auto source = FromPieces([&](std::string& out) { return text.Next(out); });
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->PutStream(source));
    return lineage::StreamRecord{put.digest, put.size_bytes};
  }

  Result<void> FillStreams() {
    REPRISE_ASSIGN_OR_RETURN(record_.stdout_log, StoreStream("stdout"));
    REPRISE_ASSIGN_OR_RETURN(record_.stderr_log, StoreStream("stderr"));
    if (!facts_.has_log) return {};
    REPRISE_ASSIGN_OR_RETURN(record_.sdk_log, StoreLogText());
    return {};
  }

  Result<void> FillRecipe() {
    lineage::Recipe recipe = StartedRecipe(started());
    recipe.parameters = facts_.params;
    for (const std::string& variable : started().kept_variables()) {
      const std::size_t equals = variable.find('=');
      recipe.variables[variable.substr(0, equals)] =
          equals == std::string::npos ? "" : variable.substr(equals + 1);
    }
    for (const v1::Artifact& input : facts_.inputs) {
      if (input.digest().empty()) {
        record_.warnings.push_back(
            "the input '" + Printable(InProject(input.path())) +
            "' could not be read: " + (input.missing() ? "it was not there" : input.problem()));
        continue;
      }
      REPRISE_ASSIGN_OR_RETURN(ArtifactUse use, UseOf(input, started().project_folder()));
      recipe.inputs.push_back(std::move(use));
    }
    std::ranges::sort(recipe.inputs, lineage::ArtifactUseBefore);
    REPRISE_TRY(FillCode(recipe));
    if (facts_.code.has_value()) {
      REPRISE_ASSIGN_OR_RETURN(recipe.environment, Environment());
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeRecipe(recipe));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(AsBytes(document)));
    record_.recipe = put.digest;
    return {};
  }

  // As before the start, and with the files that the SDK saw mapped.
  Result<Digest> Environment() {
    if (facts_.mapped_files.empty() || started().in_sandbox())
      return DigestFromMessage(facts_.code->environment());
    std::vector<std::string> variables(started().variables().begin(), started().variables().end());
    const auto& kept = started().kept_variables();
    variables.insert(variables.end(), kept.begin(), kept.end());
    REPRISE_ASSIGN_OR_RETURN(const CapturedEnvironment captured,
                             CaptureEnvironment(files_, started(), variables, facts_.mapped_files,
                                                options_.cache_folder, *writer_));
    record_.redacted = record_.redacted || captured.redacted;
    for (const std::string& warning : captured.warnings) {
      if (std::ranges::find(record_.warnings, warning) != record_.warnings.end()) continue;
      record_.warnings.push_back(warning);
    }
    return captured.document;
  }

  // The code tree is what was there at the start, without what the run read or wrote as data.
  Result<void> FillCode(lineage::Recipe& recipe) {
    if (!facts_.code.has_value()) return {};
    std::set<std::string> data;
    for (const ArtifactUse& use : recipe.inputs) data.insert(use.path);
    for (const ArtifactUse& use : record_.outputs) data.insert(use.path);
    std::vector<storage::PathEntry> entries;
    for (const v1::CodeFile& file : facts_.code->files()) {
      if (IsWithin(file.path(), data)) continue;
      storage::PathEntry entry{file.path(), {}};
      entry.entry.executable = file.executable();
      entry.entry.size_bytes = file.size_bytes();
      entry.entry.target = file.target();
      entry.entry.kind = file.symlink() ? FileKind::kSymlink : FileKind::kFile;
      if (!file.symlink()) {
        REPRISE_ASSIGN_OR_RETURN(entry.entry.digest, DigestFromMessage(file.digest()));
      }
      entries.push_back(std::move(entry));
    }
    REPRISE_ASSIGN_OR_RETURN(const storage::TreeSummary tree,
                             storage::PutTree(std::move(entries), *writer_));
    recipe.code = tree.digest;
    return PutCodeDocument(tree.digest);
  }

  Result<void> PutCodeDocument(const Digest& tree) {
    const v1::CodeCaptured& captured = *facts_.code;
    lineage::Code code;
    code.tree = tree;
    if (!captured.commit().empty()) code.commit = captured.commit();
    if (!captured.branch().empty()) code.branch = captured.branch();
    for (const v1::Tag& remote : captured.remotes()) {
      code.remotes.emplace_back(remote.key(), remote.value());
    }
    for (const v1::Tag& submodule : captured.submodules()) {
      code.submodules.emplace_back(submodule.key(), submodule.value());
    }
    if (captured.in_git()) code.dirty = captured.dirty();
    if (!captured.patch().empty()) {
      REPRISE_ASSIGN_OR_RETURN(code.patch, DigestFromMessage(captured.patch()));
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string document, lineage::EncodeCode(code));
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer_->Put(AsBytes(document)));
    record_.code = put.digest;
    return {};
  }

  FileSystem& files_;
  Session& session_;
  const SealOptions& options_;
  RunFacts facts_;
  std::unique_ptr<FileSystem> sandbox_files_;
  FileSystem& run_files_;  // By the paths that the command used.
  std::unique_ptr<storage::ObjectWriter> writer_;
  RunRecord record_;
  std::vector<std::string> kept_secrets_;  // Files of the session's folder.
};

}  // namespace

Result<SealedRun> SealRun(FileSystem& files, Session& session, const SealOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(RunFacts facts, GatherRunFacts(files, session.folder()));
  return Sealer(files, session, options, std::move(facts)).Seal();
}

}  // namespace reprise::tracker
