#include "tracker/registry/provenance.h"

#include <algorithm>
#include <map>

#include "lineage/export/formats.h"
#include "storage/tree.h"
#include "tracker/export_view.h"

namespace reprise::tracker {

Result<std::optional<Writing>> FirstWritingOf(Store& store, const Digest& content) {
  REPRISE_ASSIGN_OR_RETURN(const auto edges,
                           lineage::EdgesInto(store.catalog(), lineage::NodeId::Artifact(content)));
  std::optional<Writing> first;
  for (const lineage::Edge& edge : edges) {
    if (edge.kind != lineage::EdgeKind::kProduced) continue;
    // Ids begin with the time.
    if (!first.has_value() || edge.from.run < first->run) first = {edge.from.run, edge.path};
  }
  return first;
}

Result<Made> MakingOf(Store& store, const RegisteredModel& model) {
  Made made;
  made.products = {model.version.artifact};
  std::optional<Ulid> run = model.version.run;
  if (!run.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const auto writing,
                             FirstWritingOf(store, model.version.artifact.digest));
    if (writing.has_value()) run = writing->run;
  }
  if (!run.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 "no recorded run wrote " + model.Name() +
                     ", so nobody knows how it was made; register it from the run that did"};
  }
  made.run = *run;
  return made;
}

lineage::StatementVersion StatementVersionOf(const RegisteredModel& model) {
  return {model.version.name, model.version.version, model.registration};
}

Result<std::vector<lineage::StatementSubject>> FilesOf(Store& store,
                                                       const lineage::ArtifactUse& artifact) {
  std::vector<lineage::StatementSubject> files;
  if (artifact.kind == lineage::ArtifactKind::kFile) {
    files.push_back({Printable(artifact.path), artifact.digest});
    return files;
  }
  const std::string prefix = artifact.path == "." ? "" : artifact.path + "/";
  REPRISE_TRY(storage::WalkTree(
      store.objects(), artifact.digest,
      [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
        if (entry.kind == FileKind::kFile) {
          files.push_back({Printable(prefix + path), entry.digest});
        }
        return {};
      }));
  std::ranges::sort(files);
  return files;
}

Result<Provenance> GatherProvenance(Store& store, const Made& made,
                                    const std::optional<lineage::StatementVersion>& about,
                                    const std::string& version) {
  const lineage::NodeId node = lineage::NodeId::Run(made.run);
  REPRISE_ASSIGN_OR_RETURN(const auto lineage, GatherExport(store, node, 0));
  const lineage::ExportedRun* const run = lineage.FindRun(made.run);
  REPRISE_ASSERT(run != nullptr);  // What was asked for is there.
  std::map<std::string, Digest> files;
  for (const lineage::ArtifactUse& product : made.products) {
    REPRISE_ASSIGN_OR_RETURN(const auto of_product, FilesOf(store, product));
    for (const auto& file : of_product) files.emplace(file.name, file.digest);
  }
  if (files.empty()) {
    return Error{ErrorCode::kInvalidArgument, "run '" + Printable(run->record.name) +
                                                  "' wrote no file that provenance could be of"};
  }
  std::vector<lineage::StatementSubject> subjects;
  for (const auto& [name, digest] : files) subjects.push_back({name, digest});
  return Provenance{lineage::ToSlsaProvenance(lineage, *run, std::move(subjects), about, version),
                    lineage::MissingParts(lineage)};
}

}  // namespace reprise::tracker
