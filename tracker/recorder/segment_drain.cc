#include "tracker/recorder/segment_drain.h"

#include "lineage/governance/evidence_content.h"
#include "lineage/param_value.h"
#include "sdk/wire/messages.h"
#include "storage/base/json.h"
#include "tracker/evidence_check.h"
#include "tracker/project_path.h"
#include "tracker/recorder/artifact_capture.h"
#include "tracker/recorder/run_facts.h"

namespace reprise::tracker {
namespace {

// A frame holds at most about so many points, or four times as many bytes of text, so that a
// recorder that finds a long backlog stays small.
constexpr std::uint64_t kBatchSizeMax = 1'000'000;

std::int64_t Milliseconds(std::int64_t unix_ns) { return unix_ns / 1'000'000; }

// Keys become members of documents, which are UTF-8.
std::string KeyText(std::string_view key) {
  return IsUtf8(key) ? std::string(key) : Printable(key);
}

// Names the thread that wrote a segment, within the run.
std::string WriterText(const wire::SegmentName& name) {
  return std::to_string(name.pid) + "-" + std::to_string(name.process_start_ticks) + "-" +
         std::to_string(name.thread);
}

void AddParam(const ParamRecord& record, v1::Observed& observed) {
  lineage::ParamType type = lineage::ParamType::kString;
  for (const auto known : {lineage::ParamType::kInt, lineage::ParamType::kReal,
                           lineage::ParamType::kBool, lineage::ParamType::kJson}) {
    if (lineage::ParamTypeName(known) == wire::ParamTypeName(record.type)) type = known;
  }
  auto value = lineage::ParamValue::Parse(type, record.value);
  if (!value.ok()) value = lineage::ParamValue::String(std::string(record.value));
  v1::Param* const param = observed.add_params();
  param->set_key(KeyText(record.key));
  param->set_type(std::string(lineage::ParamTypeName(value->type())));
  param->set_value(value->text());
}

void AddDerivation(const DeriveRecord& record, v1::Observed& observed) {
  auto* const derivation = observed.add_derivations();
  derivation->set_column(std::string(record.column));
  std::string_view sources = record.sources;
  while (!sources.empty()) {
    const std::size_t end = sources.find('\0');  // The last one is ended, too.
    derivation->add_sources(std::string(sources.substr(0, end)));
    sources.remove_prefix(end + 1);
  }
}

}  // namespace

SegmentDrain::SegmentDrain(FileSystem& files, Session& session, storage::ImportOptions importing,
                           FileSystem* sandbox_files, std::map<std::string, SegmentCursor> cursors)
    : session_(session),
      importing_(std::move(importing)),
      run_files_(session.started().in_sandbox() ? sandbox_files : &files),
      reader_(files, session.folder(), cursors),
      journalled_(std::move(cursors)) {}

Result<std::unique_ptr<SegmentDrain>> SegmentDrain::Open(FileSystem& files, Session& session,
                                                         storage::ImportOptions importing,
                                                         FileSystem* sandbox_files) {
  REPRISE_ASSIGN_OR_RETURN(RunFacts facts, GatherRunFacts(files, session.folder()));
  return std::unique_ptr<SegmentDrain>(new SegmentDrain(files, session, std::move(importing),
                                                        sandbox_files, std::move(facts.cursors)));
}

Result<void> SegmentDrain::Drain(Writer writer) {
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool more, Step(writer));
    if (!more) return RemoveDrained();
  }
}

Result<void> SegmentDrain::CheckAllRead() const {
  if (const auto& unread = reader_.unread()) return *unread;
  return {};
}

std::string SegmentDrain::TakeProblems() {
  // Whatever was named in a segment that cannot be opened is not stored.
  if (problems_.empty() && reader_.unread().has_value()) return reader_.unread()->message;
  return std::exchange(problems_, {});
}

// Journals one batch; true when it was full, so that there may be more.
Result<bool> SegmentDrain::Step(Writer writer) {
  Batch batch;
  bool full = false;
  auto polled = reader_.Poll(
      writer, [&](const SegmentSource& source, const SegmentRecord& record) -> Result<void> {
        if (batch.size >= kBatchSizeMax) {
          full = true;  // Poll() stops before this record, which the next batch begins with.
          return Error{ErrorCode::kInterrupted, "the batch is full"};
        }
        Add(source, record, batch);
        return {};
      });
  if (!polled.ok() && !full) return std::move(polled).error();
  for (const std::string& problem : reader_.TakeProblems()) {
    batch.observed.add_warnings(problem);
    batch.empty = false;
  }
  if (!batch.empty) {
    REPRISE_TRY(StoreFiles(batch));
    REPRISE_TRY(Journal(batch));
  }
  return full;
}

void SegmentDrain::Add(const SegmentSource& source, const SegmentRecord& record, Batch& batch) {
  batch.empty = false;
  ++batch.size;
  v1::Observed& observed = batch.observed;
  // Bytes that are no UTF-8 become up to four times as many.
  const auto size_of = [&](std::string_view text) { batch.size += text.size() / 4 + 1; };
  if (const auto* const point = std::get_if<PointRecord>(&record)) {
    auto& points = batch.points[{KeyText(point->key), WriterText(source.name)}];
    if (points.empty()) size_of(point->key);
    points.push_back({point->step, Milliseconds(point->unix_ns), point->value});
  } else if (const auto* const param = std::get_if<ParamRecord>(&record)) {
    size_of(param->key);
    size_of(param->value);
    AddParam(*param, observed);
  } else if (const auto* const file = std::get_if<FileRecord>(&record)) {
    size_of(file->path);
    size_of(file->role);
    batch.files.push_back(*file);
    batch.texts.emplace_back(file->path);
    batch.texts.emplace_back(file->role);
  } else if (const auto* const evidence = std::get_if<EvidenceTextRecord>(&record)) {
    size_of(evidence->kind);
    size_of(evidence->text);
    batch.evidence.push_back({std::string(evidence->kind), std::string(evidence->text)});
  } else if (const auto* const line = std::get_if<LogRecord>(&record)) {
    size_of(line->text);
    auto* const added = observed.add_log();
    added->set_time_unix_ms(Milliseconds(line->unix_ns));
    added->set_text(std::string(line->text));
    added->set_writer(WriterText(source.name));
    added->set_continues(line->continues);
  } else if (const auto* const tag = std::get_if<TagRecord>(&record)) {
    size_of(tag->key);
    size_of(tag->value);
    v1::Tag* const added = observed.add_tags();
    added->set_key(KeyText(tag->key));
    added->set_value(std::string(tag->value));
  } else if (const auto* const note = std::get_if<NoteRecord>(&record)) {
    size_of(note->text);
    observed.add_notes(std::string(note->text));
  } else if (const auto* const derive = std::get_if<DeriveRecord>(&record)) {
    size_of(derive->column);
    size_of(derive->sources);
    AddDerivation(*derive, observed);
  } else if (const auto* const mapped = std::get_if<MappedFileRecord>(&record)) {
    size_of(mapped->path);
    if (!mapped->deleted) observed.add_mapped_files(std::string(mapped->path));
  } else if (const auto* const finish = std::get_if<FinishRecord>(&record)) {
    if (!finish->forked) observed.set_finish_status(finish->failed ? 1 : 0);
  } else if (const auto* const exited = std::get_if<ExitRecord>(&record)) {
    // How a forked child ended says nothing of the program.
    if (source.name.pid == session_.started().client_pid() && !observed.has_finish_status()) {
      observed.set_finish_status(exited->exit_code);
    }
  } else if (const auto* const loss = std::get_if<LossRecord>(&record)) {
    observed.set_dropped_points(observed.dropped_points() + loss->points);
    if (loss->records > 0) {
      observed.add_warnings(std::to_string(loss->records) +
                            " records of the SDK were dropped because the disk was full");
    }
    if (loss->damaged_bytes > 0) {
      observed.add_warnings(std::to_string(loss->damaged_bytes) +
                            " bytes that the SDK wrote could not be read");
    }
  }
}

void SegmentDrain::NoteProblem(const std::string& problem) {
  problems_ += (problems_.empty() ? "" : "; ") + problem;
}

Result<void> SegmentDrain::StoreFiles(Batch& batch) {
  if (batch.files.empty() && batch.evidence.empty()) return {};
  REPRISE_ASSIGN_OR_RETURN(auto writer, session_.NewWriter(importing_.presence));
  for (std::size_t i = 0; i < batch.files.size(); ++i) {
    const FileRecord& file = batch.files[i];
    const std::string path = AbsolutePath(batch.texts[2 * i], "/");
    const std::string& role = batch.texts[2 * i + 1];
    REPRISE_ASSIGN_OR_RETURN(
        v1::Artifact artifact,
        StoreFile(file, path, file.evidence ? std::string() : role, batch, *writer));
    if (file.evidence) CheckEvidence(role, path, artifact);
    if (artifact.digest().empty()) {
      NoteProblem(artifact.missing() ? "there is no '" + Printable(path) + "'"
                                     : artifact.problem());
    }
    if (file.evidence) {
      AddEvidence(role, std::move(artifact), batch);
    } else {
      *(file.output ? batch.observed.add_outputs() : batch.observed.add_inputs()) =
          std::move(artifact);
    }
  }
  for (const Batch::EvidenceText& evidence : batch.evidence) {
    REPRISE_TRY(StoreEvidence(evidence, batch, *writer));
  }
  return session_.FinishWriter(std::move(writer));
}

void SegmentDrain::AddEvidence(const std::string& kind, v1::Artifact artifact, Batch& batch) {
  auto* const added = batch.observed.add_evidence();
  added->set_kind(KeyText(kind));
  *added->mutable_artifact() = std::move(artifact);
}

// What is no evidence of its kind is none at all.
void SegmentDrain::CheckEvidence(const std::string& kind, const std::string& path,
                                 v1::Artifact& artifact) const {
  if (artifact.digest().empty() || run_files_ == nullptr) return;
  const auto checked = CheckEvidenceFile(*run_files_, kind, path, path);
  if (checked.ok()) return;
  artifact.clear_digest();
  artifact.set_problem(checked.error().message);
}

Result<void> SegmentDrain::StoreEvidence(const Batch::EvidenceText& evidence, Batch& batch,
                                         storage::ObjectWriter& writer) {
  v1::Artifact artifact;
  const std::string name = "evidence of the kind " + Printable(evidence.kind);
  auto checked = lineage::CheckEvidenceContent(evidence.kind, evidence.text, name);
  const auto parsed = ParseJson(evidence.text);
  if (checked.ok() && !parsed.ok()) {
    checked = Error{ErrorCode::kInvalidArgument, name + " is no JSON: " + parsed.error().message};
  }
  if (checked.ok()) {
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer.Put(AsBytes(evidence.text)));
    artifact.set_digest(put.digest.ToStored());
    artifact.set_size_bytes(evidence.text.size());
  } else {
    NoteProblem(checked.error().message);
    artifact.set_problem(checked.error().message);
  }
  AddEvidence(evidence.kind, std::move(artifact), batch);
  return {};
}

Result<v1::Artifact> SegmentDrain::StoreFile(const FileRecord& file, const std::string& path,
                                             const std::string& role, Batch& batch,
                                             storage::ObjectWriter& writer) {
  if (run_files_ == nullptr) {
    // What this machine has at that path is another file.
    v1::Artifact lost;
    lost.set_path(path);
    lost.set_role(role);
    lost.set_problem(kLostWithSandbox);
    return lost;
  }
  REPRISE_ASSIGN_OR_RETURN(CapturedArtifact captured,
                           CaptureArtifact(*run_files_, path, role, writer, importing_));
  v1::Artifact& artifact = captured.artifact;
  for (const std::string& warning : captured.warnings) batch.observed.add_warnings(warning);
  // Of a file we know what it was when it was named; a folder's own times do not tell.
  auto now = run_files_->StatFollowing(path);
  if (!now.ok() || now->kind != FileKind::kFile) return std::move(artifact);
  if (session_.started().in_sandbox()) {  // An overlay gives files other numbers than ours.
    now->device = file.stat.device;
    now->inode = file.stat.inode;
  }
  if (IsUnchanged(file.stat, *now)) return std::move(artifact);
  artifact.set_unstable(true);
  if (file.output || file.evidence) {  // It may be another run's by now.
    artifact.clear_digest();
    artifact.set_problem("it was changed after it was named, before it could be stored");
  }
  return std::move(artifact);
}

Result<void> SegmentDrain::Journal(Batch& batch) {
  v1::Frame frame;
  for (const auto& [series, points] : batch.points) {
    auto* const added = batch.observed.add_points();
    added->set_key(series.first);
    added->set_writer(series.second);
    added->set_block(lineage::EncodeSeries(points));
  }
  for (const auto& [name, cursor] : reader_.cursors()) {
    const auto known = journalled_.find(name);
    if (known != journalled_.end() && known->second == cursor) continue;
    journalled_[name] = cursor;
    auto* const added = batch.observed.add_cursors();
    added->set_segment(name);
    added->set_offset(cursor.offset);
    added->set_created_unix_ns(cursor.created_unix_ns);
    added->set_points_lost(cursor.points_lost);
    added->set_records_lost(cursor.records_lost);
  }
  *frame.mutable_observed() = std::move(batch.observed);
  const bool stored_files = !batch.files.empty() || !batch.evidence.empty();
  REPRISE_TRY(session_.Append(frame));
  if (stored_files) return session_.Sync();  // Who named them waits for the answer.
  return {};
}

Result<void> SegmentDrain::RemoveDrained() {
  const std::vector<std::string> drained = reader_.Drained();
  if (drained.empty()) return {};
  REPRISE_TRY(session_.Sync());  // Before the only other copy goes.
  for (const std::string& name : drained) {
    REPRISE_TRY(reader_.Remove(name));
    journalled_.erase(name);
  }
  return {};
}

}  // namespace reprise::tracker
