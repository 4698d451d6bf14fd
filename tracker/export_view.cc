#include "tracker/export_view.h"

#include <algorithm>
#include <set>

#include "lineage/capture/redact.h"
#include "lineage/folder_members.h"
#include "storage/base/text_value.h"
#include "tracker/artifact_facts.h"
#include "tracker/column_lineage.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;
using lineage::Edge;
using lineage::EdgeKind;
using lineage::ExportedArtifact;
using lineage::ExportedRun;
using lineage::NodeId;

// A text that has a name: redacted as a whole where the name is that of a secret.
std::string Redacted(const std::string& name, const std::string& value) {
  if (capture::RedactArguments({"--" + name + "=" + value}).redacted) {
    return std::string(capture::kRedacted);
  }
  return capture::RedactText(value).text;
}

std::map<std::string, std::string> RedactedMap(const std::map<std::string, std::string>& values) {
  std::map<std::string, std::string> redacted;
  for (const auto& [name, value] : values) redacted[name] = Redacted(name, value);
  return redacted;
}

// What stands in records was redacted when it was recorded, by the rules of then; notes, tags and
// what a program said through the SDK were not.
void Redact(ExportedRun& run) {
  run.tags = RedactedMap(run.tags);
  for (lineage::ExportedNote& note : run.notes) note.text = capture::RedactText(note.text).text;
  if (run.code.has_value()) {
    for (auto& [name, url] : run.code->remotes) url = capture::RedactText(url).text;
  }
  if (!run.recipe.has_value()) return;
  run.recipe->command = capture::RedactArguments(run.recipe->command).arguments;
  for (auto& [key, value] : run.recipe->parameters) {
    const std::string text = Redacted(key, value.text());
    if (text != value.text()) value = lineage::ParamValue::String(text);
  }
  std::map<std::string, std::string> variables;
  for (const auto& [name, value] : run.recipe->variables) {
    if (!capture::IsSecretVariable(name)) variables[name] = Redacted(name, value);
  }
  run.recipe->variables = std::move(variables);
}

class Gatherer {
 public:
  Gatherer(Store& store, const NodeId& subject) : store_(store) {
    content_.store = store.id();
    content_.subject = subject;
  }

  Result<lineage::LineageExport> Gather(const lineage::Subgraph& graph) {
    edges_.insert(graph.edges.begin(), graph.edges.end());
    for (const NodeId& node : graph.nodes) {
      if (node.kind == NodeId::Kind::kArtifact) {
        artifacts_.try_emplace(node.artifact, ExportedArtifact{.digest = node.artifact});
        continue;
      }
      const auto run = store_.GetRun(node.run);
      if (run.ok()) {
        REPRISE_TRY(AddRun(*run));
        continue;
      }
      // What others came from may be lost; what was asked for may not.
      if (!IsDamage(run.error()) || node == content_.subject) return run.error();
      content_.lost_runs.insert(node.run);
    }
    REPRISE_TRY(DescribeArtifacts());
    std::ranges::sort(content_.runs, {}, [](const ExportedRun& run) {
      return std::pair(run.record.started_at_unix_ms, run.record.id);
    });
    for (auto& [digest, artifact] : artifacts_) content_.artifacts.push_back(std::move(artifact));
    content_.edges.assign(edges_.begin(), edges_.end());
    return std::move(content_);
  }

 private:
  Result<void> AddRun(const StoredRun& stored) {
    ExportedRun run{.record = stored.record,
                    .document = stored.document,
                    .recipe = stored.recipe,
                    .code = stored.code,
                    .tags = stored.tags};
    for (const Note& note : stored.notes) {
      run.notes.push_back({note.time_unix_ms, note.actor, note.text});
    }
    const NodeId node = NodeId::Run(stored.record.id);
    if (stored.recipe.has_value()) {
      for (const ArtifactUse& use : stored.recipe->inputs) {
        AddUse(use);
        edges_.insert({NodeId::Artifact(use.digest), node, EdgeKind::kUsed, use.path});
      }
      REPRISE_TRY(AddEnvironment(stored, run));
    }
    for (const ArtifactUse& use : stored.record.outputs) {
      AddUse(use);
      edges_.insert({node, NodeId::Artifact(use.digest), EdgeKind::kProduced, use.path});
    }
    REPRISE_TRY(AddDerivedColumns(stored, run));
    Redact(run);
    content_.runs.push_back(std::move(run));
    return {};
  }

  Result<void> AddDerivedColumns(const StoredRun& stored, ExportedRun& run) {
    const std::vector<ArtifactUse> none;
    const auto& inputs = stored.recipe.has_value() ? stored.recipe->inputs : none;
    for (const lineage::Derivation& derivation : stored.record.derivations) {
      const auto derived = ColumnsDerived(derivation, inputs, stored.record.outputs);
      if (derived.ok()) {
        run.derived_columns.insert(run.derived_columns.end(), derived->begin(), derived->end());
        continue;
      }
      if (!IsDamage(derived.error())) return derived.error();
      run.missing.push_back("the profile of a table of its column " + Printable(derivation.column));
    }
    return {};
  }

  // The columns that a run means by `derivation`, as far as the profiles of tables tell.
  Result<std::vector<lineage::DerivedColumn>> ColumnsDerived(
      const lineage::Derivation& derivation, const std::vector<ArtifactUse>& inputs,
      const std::vector<ArtifactUse>& outputs) {
    lineage::DerivedColumn derived;
    for (const std::string& given : derivation.sources) {
      REPRISE_ASSIGN_OR_RETURN(const auto sources, ColumnsMeant(store_, inputs, given));
      for (const NamedColumn& source : sources) {
        derived.sources.push_back({source.path, source.name});
      }
    }
    REPRISE_ASSIGN_OR_RETURN(const auto columns, ColumnsMeant(store_, outputs, derivation.column));
    std::vector<lineage::DerivedColumn> all;
    for (const NamedColumn& column : columns) {
      derived.path = column.path;
      derived.column = column.name;
      all.push_back(derived);
    }
    return all;
  }

  void AddUse(const ArtifactUse& use) {
    ExportedArtifact& artifact =
        artifacts_.try_emplace(use.digest, ExportedArtifact{.digest = use.digest}).first->second;
    described_.insert(use.digest);
    artifact.kind = use.kind;
    artifact.size_bytes = use.size_bytes;
    artifact.is_executable = artifact.is_executable || use.executable;
    if (!use.role.empty()) artifact.roles.insert(use.role);
  }

  Result<void> AddEnvironment(const StoredRun& stored, ExportedRun& run) {
    const std::optional<Digest>& digest = stored.recipe->environment;
    if (!digest.has_value() || content_.environments.contains(*digest)) return {};
    const auto read = [&]() -> Result<lineage::ExportedEnvironment> {
      REPRISE_ASSIGN_OR_RETURN(const std::string document, store_.objects().Get(*digest));
      return lineage::ReadExportedEnvironment(document);
    };
    auto environment = read();
    if (!environment.ok()) {
      if (!IsDamage(environment.error())) return std::move(environment).error();
      run.missing.push_back("the environment " + digest->ToString());
      return {};
    }
    std::map<std::string, std::string> variables;
    for (const auto& [name, value] : environment->variables) {
      if (!capture::IsSecretVariable(name)) variables[name] = Redacted(name, value);
    }
    environment->variables = std::move(variables);
    content_.environments.emplace(*digest, *std::move(environment));
    return {};
  }

  Result<void> DescribeArtifacts() {
    for (const Edge& edge : edges_) {
      const bool is_from = edge.kind == EdgeKind::kUsed;
      const bool is_of_run = is_from || edge.kind == EdgeKind::kProduced;
      if (is_of_run && !edge.path.empty()) {
        artifacts_.at((is_from ? edge.from : edge.to).artifact).paths.insert(edge.path);
      }
    }
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Dataset> datasets, store_.Datasets());
    for (const Dataset& dataset : datasets) {
      const auto found = artifacts_.find(dataset.artifact.digest);
      if (found == artifacts_.end()) continue;
      described_.insert(dataset.artifact.digest);
      found->second.kind = dataset.artifact.kind;
      found->second.size_bytes = dataset.artifact.size_bytes;
      if (!dataset.name.empty()) found->second.dataset_names.insert(dataset.name);
      found->second.paths.insert(dataset.artifact.path);
    }
    for (auto& [digest, artifact] : artifacts_) {
      REPRISE_ASSIGN_OR_RETURN(const auto tags, store_.TagsOf(digest.ToString()));
      artifact.tags = RedactedMap(tags);
      if (!described_.contains(digest)) REPRISE_TRY(DescribePart(artifact));
      if (auto told = AddColumns(artifact); !told.ok() && !IsDamage(told.error())) return told;
    }
    return {};
  }

  // The columns of the table that the artifact is, or of those in it, that profiles know.
  Result<void> AddColumns(ExportedArtifact& artifact) {
    ArtifactUse use;
    use.digest = artifact.digest;
    use.kind = artifact.kind;
    use.path = "in";  // Before the paths of those in a folder, which are told without.
    for (const std::string& path : artifact.paths) {
      if (artifact.kind == lineage::ArtifactKind::kFile) use.path = path;
    }
    REPRISE_ASSIGN_OR_RETURN(const auto tables, TablesOf(store_, {use}));
    for (const TableFile& table : tables) {
      REPRISE_ASSIGN_OR_RETURN(const auto profile, StoredProfile(store_, table.content));
      if (!profile.has_value()) continue;
      const bool is_part = table.path.size() > use.path.size();
      const std::string path = is_part ? table.path.substr(use.path.size() + 1) : "";
      for (const lineage::ColumnProfile& column : profile->columns) {
        artifact.columns.push_back(
            {path, column.name, std::string(lineage::ColumnTypeName(column.type))});
      }
    }
    return {};
  }

  // A file or folder that is known only as a part of a folder, which alone tells what it is, and
  // its content how large.
  Result<void> DescribePart(ExportedArtifact& artifact) {
    REPRISE_ASSIGN_OR_RETURN(const auto kind,
                             lineage::KnownKind(store_.catalog(), artifact.digest));
    artifact.kind = kind.value_or(lineage::ArtifactKind::kFile);
    if (artifact.kind == lineage::ArtifactKind::kFolder) {
      const auto size_bytes = SizeOfFolder(store_.objects(), artifact.digest);
      if (size_bytes.ok()) artifact.size_bytes = *size_bytes;
    } else {
      const auto info = store_.objects().Describe(artifact.digest);
      if (info.ok()) artifact.size_bytes = info->size_bytes;
    }
    return {};
  }

  Store& store_;
  lineage::LineageExport content_;
  std::set<Edge> edges_;
  std::map<Digest, ExportedArtifact> artifacts_;
  std::set<Digest> described_;  // By a use or dataset.
};

}  // namespace

Result<lineage::LineageExport> GatherExportOf(Store& store, const lineage::NodeId& subject,
                                              const lineage::Subgraph& graph) {
  return Gatherer(store, subject).Gather(graph);
}

Result<lineage::LineageExport> GatherExport(Store& store, const lineage::NodeId& subject,
                                            std::optional<std::uint64_t> depth_max) {
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::Subgraph graph,
      lineage::Traverse(store.catalog(), subject, lineage::Direction::kUp, depth_max));
  return GatherExportOf(store, subject, graph);
}

}  // namespace reprise::tracker
