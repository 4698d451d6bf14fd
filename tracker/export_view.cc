#include "tracker/export_view.h"

#include <algorithm>
#include <set>

#include "lineage/capture/redact.h"
#include "storage/base/text_value.h"
#include "tracker/column_lineage.h"

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
      REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store_.GetRun(node.run));
      REPRISE_TRY(AddRun(run));
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
      REPRISE_TRY(AddEnvironment(stored));
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
      lineage::DerivedColumn derived;
      for (const std::string& given : derivation.sources) {
        REPRISE_ASSIGN_OR_RETURN(const auto sources, ColumnsMeant(store_, inputs, given));
        for (const NamedColumn& source : sources) {
          derived.sources.push_back({source.path, source.name});
        }
      }
      REPRISE_ASSIGN_OR_RETURN(const auto columns,
                               ColumnsMeant(store_, stored.record.outputs, derivation.column));
      for (const NamedColumn& column : columns) {
        derived.path = column.path;
        derived.column = column.name;
        run.derived_columns.push_back(derived);
      }
    }
    return {};
  }

  void AddUse(const ArtifactUse& use) {
    ExportedArtifact& artifact =
        artifacts_.try_emplace(use.digest, ExportedArtifact{.digest = use.digest}).first->second;
    artifact.kind = use.kind;
    artifact.size_bytes = use.size_bytes;
    artifact.is_executable = artifact.is_executable || use.executable;
    if (!use.role.empty()) artifact.roles.insert(use.role);
  }

  Result<void> AddEnvironment(const StoredRun& run) {
    const std::optional<Digest>& digest = run.recipe->environment;
    if (!digest.has_value() || content_.environments.contains(*digest)) return {};
    const auto read = [&]() -> Result<lineage::ExportedEnvironment> {
      REPRISE_ASSIGN_OR_RETURN(const std::string document, store_.objects().Get(*digest));
      return lineage::ReadExportedEnvironment(document);
    };
    auto environment = read();
    if (!environment.ok()) {
      return Annotate(std::move(environment).error(),
                      "the environment of run " + run.record.id.ToString() + " cannot be read");
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
      found->second.kind = dataset.artifact.kind;
      found->second.size_bytes = dataset.artifact.size_bytes;
      if (!dataset.name.empty()) found->second.dataset_names.insert(dataset.name);
      found->second.paths.insert(dataset.artifact.path);
    }
    for (auto& [digest, artifact] : artifacts_) {
      REPRISE_ASSIGN_OR_RETURN(const auto tags, store_.TagsOf(digest.ToString()));
      artifact.tags = RedactedMap(tags);
      // A file that is known only as a part of a folder: nothing but its content tells its size.
      if (artifact.size_bytes.has_value()) continue;
      const auto info = store_.objects().Describe(digest);
      if (info.ok()) artifact.size_bytes = info->size_bytes;
    }
    return {};
  }

  Store& store_;
  lineage::LineageExport content_;
  std::set<Edge> edges_;
  std::map<Digest, ExportedArtifact> artifacts_;
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
