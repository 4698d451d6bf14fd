#include "tracker/content_references.h"

#include <functional>

#include "lineage/closure.h"
#include "lineage/governance/evidence.h"
#include "storage/base/text_value.h"
#include "storage/tree.h"
#include "tracker/erasing.h"
#include "tracker/governance_rows.h"
#include "tracker/models.h"

namespace reprise::tracker {
namespace {

class ReferenceWalk {
 public:
  ReferenceWalk(Store& store, const ReferenceQuestion& question)
      : store_(store), question_(question) {}

  Result<ContentReferences> Walk() {
    REPRISE_TRY(NotePayloads());
    std::optional<Error> failed;
    REPRISE_TRY(store_.ForEachRun([&](const StoredRun& run) {
      const auto noted = NoteRun(run);
      if (!noted.ok()) failed = noted.error();
      return noted.ok();
    }));
    if (failed.has_value()) return *failed;
    REPRISE_ASSIGN_OR_RETURN(const auto datasets, store_.Datasets());
    for (const Dataset& dataset : datasets) {
      REPRISE_TRY(NoteUse(
          dataset.artifact,
          "the dataset '" + Printable(dataset.name.empty() ? dataset.artifact.path : dataset.name) +
              "'"));
    }
    REPRISE_TRY(NoteModels());
    return std::move(references_);
  }

 private:
  Result<void> NotePayloads() {
    return store_.ledger().ForEach(0, [&](const storage::LedgerEntry& entry) -> Result<void> {
      if (entry.kind == "note" || entry.kind == "profile") {
        references_.erasable_documents.emplace(entry.payload, entry.kind);
      } else {
        references_.documents.insert(entry.payload);
      }
      return {};
    });
  }

  Result<void> NoteRun(const StoredRun& run) {
    for (const auto& document : {run.record.recipe, run.record.code, run.record.capture.closure}) {
      if (document.has_value()) references_.documents.insert(*document);
    }
    const std::string name = "the run " + run.record.name;
    if (run.code.has_value()) REPRISE_TRY(NoteTree(run.code->tree, "the code of " + name));
    for (const auto& output : run.record.outputs) REPRISE_TRY(NoteUse(output, name));
    for (const auto& attached : run.record.evidence) {
      REPRISE_TRY(NoteUse(attached.artifact, "the evidence of " + name));
    }
    REPRISE_TRY(NoteOther(run, name));
    if (!run.recipe.has_value()) return {};
    if (run.recipe->environment.has_value()) {
      references_.documents.insert(*run.recipe->environment);
    }
    if (run.recipe->code.has_value()) {
      REPRISE_TRY(NoteTree(*run.recipe->code, "the code of " + name));
    }
    for (const auto& input : run.recipe->inputs) REPRISE_TRY(NoteUse(input, name));
    return {};
  }

  // What is a run's and not its data.
  Result<void> NoteOther(const StoredRun& run, const std::string& name) {
    const auto note = [&](const Digest& digest, const std::string& what) {
      if (question_.contents.contains(digest)) {
        references_.used_by.try_emplace(digest, what + " of " + name);
      }
    };
    if (!question_.runs.contains(run.record.id)) {
      for (const auto* log :
           {&run.record.stdout_log, &run.record.stderr_log, &run.record.sdk_log}) {
        if (log->has_value()) note((*log)->digest, "the log");
      }
      for (const auto& [key, metric] : run.record.metrics) {
        note(metric.series, "the metric '" + Printable(key) + "'");
      }
    }
    if (run.code.has_value() && run.code->patch.has_value()) note(*run.code->patch, "the patch");
    const auto& closure = run.record.capture.closure;
    if (!closure.has_value() || !closures_.insert(*closure).second) return {};
    return NoteClosure(*closure, [&](const lineage::ClosureFile& file) {
      note(*file.digest, "the file '" + Printable(file.path) + "'");
    });
  }

  // Data and code stand in the record, too.
  Result<void> NoteClosure(const Digest& digest,
                           const std::function<void(const lineage::ClosureFile& file)>& note) {
    std::string document;  // That of a run with very many files is larger than what Get() holds.
    const auto read = store_.objects().Read(digest, [&](ByteSpan part) -> Result<void> {
      document += AsText(part);
      return {};
    });
    if (!read.ok()) return IsDamage(read.error()) ? Result<void>() : read.error();
    const auto closure = lineage::DecodeClosure(document);
    if (!closure.ok()) return IsDamage(closure.error()) ? Result<void>() : closure.error();
    for (const lineage::ClosureFile& file : closure->files) {
      const bool is_of_record = file.file_class == lineage::FileClass::kData ||
                                file.file_class == lineage::FileClass::kCode;
      if (file.stored && file.digest.has_value() && !is_of_record) note(file);
    }
    return {};
  }

  Result<void> NoteModels() {
    REPRISE_ASSIGN_OR_RETURN(const auto names, ModelNames(store_.catalog()));
    for (const std::string& name : names) {
      REPRISE_ASSIGN_OR_RETURN(const auto versions, VersionsOfModel(store_.catalog(), name));
      for (const RegisteredModel& model : versions) {
        REPRISE_TRY(NoteUse(model.version.artifact, "the model " + model.Name()));
      }
      REPRISE_ASSIGN_OR_RETURN(const auto filed, EvidenceDocuments(store_.catalog(), name));
      for (const FiledDocument& document : filed) {
        REPRISE_ASSIGN_OR_RETURN(const auto evidence, lineage::DecodeEvidence(document.document));
        REPRISE_TRY(NoteUse(evidence.artifact, "the evidence for " + name));
      }
    }
    return {};
  }

  Result<void> NoteUse(const lineage::ArtifactUse& use, const std::string& by) {
    if (use.kind == lineage::ArtifactKind::kFolder) return NoteTree(use.digest, by);
    NoteFile(use.digest, by);
    return {};
  }

  void NoteFile(const Digest& digest, const std::string& by) {
    if (question_.contents.contains(digest)) references_.named_by.try_emplace(digest, by);
  }

  Result<void> NoteTree(const Digest& tree, const std::string& by) {
    if (!references_.documents.insert(tree).second) return {};
    // What lies in these alone is not named elsewhere.
    if (question_.within.contains(tree)) return {};
    auto cursor = storage::TreeCursor::Open(store_.objects(), tree);
    while (cursor.ok()) {
      const auto entry = cursor->Next();
      if (!entry.ok()) return IsDamage(entry.error()) ? Result<void>() : entry.error();
      if (!entry->has_value()) return {};
      const storage::TreeEntry& member = **entry;
      if (member.kind == FileKind::kDirectory) REPRISE_TRY(NoteTree(member.digest, by));
      if (member.kind == FileKind::kFile) NoteFile(member.digest, by);
    }
    return IsDamage(cursor.error()) ? Result<void>() : cursor.error();
  }

  Store& store_;
  const ReferenceQuestion& question_;
  std::set<Digest> closures_;
  ContentReferences references_;
};

}  // namespace

Result<ContentReferences> FindReferences(Store& store, const ReferenceQuestion& question) {
  return ReferenceWalk(store, question).Walk();
}

}  // namespace reprise::tracker
