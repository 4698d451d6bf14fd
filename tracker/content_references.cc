#include "tracker/content_references.h"

#include "lineage/governance/evidence.h"
#include "storage/tree.h"
#include "tracker/erasing.h"
#include "tracker/governance_rows.h"
#include "tracker/models.h"

namespace reprise::tracker {
namespace {

class ReferenceWalk {
 public:
  ReferenceWalk(Store& store, const std::set<Digest>& contents, const std::set<Digest>& within)
      : store_(store), contents_(contents), within_(within) {}

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
  // All but those that may be erased themselves.
  Result<void> NotePayloads() {
    return store_.ledger().ForEach(0, [&](const storage::LedgerEntry& entry) -> Result<void> {
      if (entry.kind != "note" && entry.kind != "profile") {
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
    if (contents_.contains(digest)) references_.named_by.try_emplace(digest, by);
  }

  Result<void> NoteTree(const Digest& tree, const std::string& by) {
    if (!references_.documents.insert(tree).second) return {};
    if (within_.contains(tree)) return {};  // What lies in these alone is not named elsewhere.
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
  const std::set<Digest>& contents_;
  const std::set<Digest>& within_;
  ContentReferences references_;
};

}  // namespace

Result<ContentReferences> FindReferences(Store& store, const std::set<Digest>& contents,
                                         const std::set<Digest>& within) {
  return ReferenceWalk(store, contents, within).Walk();
}

}  // namespace reprise::tracker
