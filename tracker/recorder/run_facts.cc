#include "tracker/recorder/run_facts.h"

#include <sys/wait.h>

#include <algorithm>

#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

Result<lineage::ParamType> TypeNamed(const std::string& name) {
  using lineage::ParamType;
  for (const ParamType type : {ParamType::kInt, ParamType::kReal, ParamType::kBool,
                               ParamType::kString, ParamType::kJson}) {
    if (lineage::ParamTypeName(type) == name) return type;
  }
  return Error{ErrorCode::kCorruption,
               "a journalled parameter is of the unknown type '" + Printable(name) + "'"};
}

Result<void> AddParams(const google::protobuf::RepeatedPtrField<v1::Param>& params,
                       RunFacts& facts) {
  for (const v1::Param& param : params) {
    REPRISE_ASSIGN_OR_RETURN(const lineage::ParamType type, TypeNamed(param.type()));
    REPRISE_ASSIGN_OR_RETURN(auto value, lineage::ParamValue::Parse(type, param.value()));
    facts.params.try_emplace(param.key(), std::move(value));
  }
  return {};
}

void AddObserved(const v1::Observed& observed, RunFacts& facts) {
  for (const auto& cursor : observed.cursors()) {
    facts.cursors[cursor.segment()] = {cursor.created_unix_ns(), cursor.offset(),
                                       cursor.points_lost(), cursor.records_lost()};
  }
  for (const auto& points : observed.points()) {
    ++facts.series_blocks[points.key()];
  }
  for (const v1::Artifact& input : observed.inputs()) {
    const auto known = std::ranges::find_if(facts.inputs, [&](const v1::Artifact& other) {
      return other.path() == input.path() && other.digest() == input.digest();
    });
    if (known == facts.inputs.end()) {
      facts.inputs.push_back(input);
    } else if (known->role().empty()) {
      known->set_role(input.role());  // Named with -i, and described by the program.
    }
  }
  for (const v1::Artifact& output : observed.outputs()) {
    std::erase_if(facts.outputs,
                  [&](const v1::Artifact& other) { return other.path() == output.path(); });
    facts.outputs.push_back(output);
  }
  for (const v1::Tag& tag : observed.tags()) facts.tags[tag.key()] = tag.value();
  for (const std::string& note : observed.notes()) facts.notes.push_back(note);
  for (const auto& derivation : observed.derivations()) {
    facts.derivations.push_back(
        {derivation.column(), {derivation.sources().begin(), derivation.sources().end()}});
  }
  for (const auto& evidence : observed.evidence()) facts.evidence.push_back(evidence);
  facts.has_log = facts.has_log || observed.log_size() > 0;
  for (const std::string& path : observed.mapped_files()) facts.mapped_files.push_back(path);
  for (const std::string& warning : observed.warnings()) facts.warnings.push_back(warning);
  facts.dropped_points += observed.dropped_points();
  if (observed.has_finish_status()) facts.finish_status = observed.finish_status();
}

}  // namespace

Result<void> AddFrame(const v1::Frame& frame, RunFacts& facts) {
  if (frame.has_started()) {
    facts.started = frame.started();
    for (const v1::Tag& tag : frame.started().tags()) facts.tags[tag.key()] = tag.value();
    for (const std::string& note : frame.started().notes()) facts.notes.push_back(note);
    for (const std::string& text : frame.started().warnings()) facts.warnings.push_back(text);
    return AddParams(frame.started().params(), facts);
  }
  if (frame.has_code()) {
    facts.code_parts.MergeFrom(frame.code());
    if (frame.code().more()) return {};
    facts.code = std::exchange(facts.code_parts, {});
    for (const v1::Artifact& input : frame.code().inputs()) facts.inputs.push_back(input);
    for (const std::string& text : frame.code().warnings()) facts.warnings.push_back(text);
  }
  if (frame.has_observed()) {
    REPRISE_TRY(AddParams(frame.observed().params(), facts));
    for (const v1::Param& param : frame.observed().params()) facts.asked_params.insert(param.key());
    AddObserved(frame.observed(), facts);
  }
  return {};
}

Result<lineage::ArtifactUse> UseOf(const v1::Artifact& artifact,
                                   const std::string& project_folder) {
  lineage::ArtifactUse use;
  use.path = PathInProject(artifact.path(), project_folder);
  use.role = artifact.role();
  use.kind = artifact.folder() ? lineage::ArtifactKind::kFolder : lineage::ArtifactKind::kFile;
  REPRISE_ASSIGN_OR_RETURN(use.digest, DigestFromMessage(artifact.digest()));
  use.size_bytes = artifact.size_bytes();
  use.executable = artifact.executable();
  use.unstable = artifact.unstable();
  return use;
}

Result<RunFacts> GatherRunFacts(FileSystem& files, const std::string& session_folder) {
  REPRISE_ASSIGN_OR_RETURN(JournalReader journal, JournalReader::Open(files, session_folder));
  return GatherRunFacts(std::move(journal));
}

Result<RunFacts> GatherRunFacts(JournalReader journal) {
  RunFacts facts;
  REPRISE_TRY(ScanJournal(std::move(journal),
                          [&](const v1::Frame& frame) { return AddFrame(frame, facts); }));
  return facts;
}

void ApplyExitReport(const ExitReport& report, lineage::RunRecord& record) {
  record.ended_at_unix_ms = report.ended_at_unix_ms;
  if (WIFSIGNALED(report.wait_status)) {
    record.status = lineage::RunStatus::kKilled;
    record.signal = WTERMSIG(report.wait_status);
    return;
  }
  record.exit_code = WEXITSTATUS(report.wait_status);
  record.status =
      record.exit_code == 0 ? lineage::RunStatus::kFinished : lineage::RunStatus::kFailed;
}

}  // namespace reprise::tracker
