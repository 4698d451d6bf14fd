// OpenLineage RunEvents (github.com/OpenLineage/OpenLineage, spec/OpenLineage.json, 2-0-2).
//
// A job is the program of an experiment; a dataset is a path of the project, and its version the
// digest of its content.  Where a run read content that another run wrote under another path, the
// dataset has that path as a second name, without which the two runs would not be linked.

#include <algorithm>

#include "lineage/export/formats.h"
#include "lineage/export/names.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

std::string SchemaUri(const std::string& path) { return "https://openlineage.io/spec/" + path; }

std::string AbsoluteUri(const std::string& path) { return "file://" + PathReference(path); }

// The project's folder on the recording machine, where the run tells it.
std::optional<std::string> ProjectFolder(const ExportedRun& run) {
  const Json* const folder = run.record.host.Find("project_folder");
  if (folder == nullptr || !folder->is_string() || !folder->as_string().starts_with('/')) {
    return std::nullopt;
  }
  return folder->as_string();
}

class Writer {
 public:
  Writer(const LineageExport& lineage, const std::string& version)
      : lineage_(lineage),
        version_(version),
        producer_(RepriseUri("release:" + PercentEncode(version, "-._~"))),
        store_(RepriseUri("store:" + lineage.store.ToString())) {
    for (const ExportedRun& run : lineage.runs) {
      for (const ArtifactUse& use : run.record.outputs) written_[use.digest].insert(use.path);
    }
  }

  Result<std::string> Write() {
    std::vector<std::pair<std::int64_t, Json>> events;
    for (const ExportedRun& run : lineage_.runs) {
      const std::int64_t start = run.record.started_at_unix_ms;
      // That of the start stands for an end that nobody knows.
      events.emplace_back(start, Event(run, start, "START"));
      const std::int64_t end = run.record.ended_at_unix_ms.value_or(start);
      events.emplace_back(end, Event(run, end, EndOf(run.record.status)));
    }
    std::ranges::stable_sort(events, {}, &std::pair<std::int64_t, Json>::first);
    std::string lines;
    for (const auto& [time, event] : events) {
      REPRISE_ASSIGN_OR_RETURN(const std::string line, Canonicalize(event));
      lines += line + "\n";
    }
    return lines;
  }

 private:
  static std::string_view EndOf(RunStatus status) {
    switch (status) {
      case RunStatus::kFinished:
        return "COMPLETE";
      case RunStatus::kFailed:
        return "FAIL";
      case RunStatus::kRunning:
        return "RUNNING";
      case RunStatus::kKilled:
      case RunStatus::kLost:
        break;
    }
    return "ABORT";
  }

  // A facet of the standard, by its version and name.
  Json Facet(const std::string& version, const std::string& name) const {
    return Json()
        .Set("_producer", producer_)
        .Set("_schemaURL", SchemaUri("facets/" + version + "/" + name + ".json#/$defs/" + name));
  }

  Json Event(const ExportedRun& run, std::int64_t time, std::string_view type) const {
    const bool is_start = type == "START";
    Json inputs = Json::Array{};
    if (run.recipe.has_value()) inputs = Datasets(run, run.recipe->inputs, true);
    Json outputs = Json::Array{};
    if (!is_start) outputs = Datasets(run, run.record.outputs, false);
    return Json()
        .Set("eventTime", FormatTime(time))
        .Set("eventType", type)
        .Set("producer", producer_)
        .Set("schemaURL", SchemaUri("2-0-2/OpenLineage.json#/$defs/RunEvent"))
        .Set("run",
             Json().Set("runId", RunUuid(run.record.id)).Set("facets", RunFacets(run, is_start)))
        .Set("job",
             Json()
                 .Set("namespace", store_)
                 .Set("name", Printable(run.record.experiment) + "." + Printable(ProgramOf(run)))
                 .Set("facets", JobFacets(run)))
        .Set("inputs", std::move(inputs))
        .Set("outputs", std::move(outputs));
  }

  Json RunFacets(const ExportedRun& run, bool is_start) const {
    Json facets = Json::Object{};
    facets.Set("processing_engine", Facet("1-1-1", "ProcessingEngineRunFacet")
                                        .Set("name", "reprise")
                                        .Set("version", version_)
                                        .Set("openlineageAdapterVersion", version_));
    AddVariables(run, facets);
    AddParameters(run, facets);
    Json tags = Json::Array{};
    for (const auto& [key, value] : run.tags) {
      tags.Append(
          Json().Set("key", Printable(key)).Set("value", FreeText(value)).Set("source", "REPRISE"));
    }
    if (!run.tags.empty()) {
      facets.Set("tags", Facet("1-0-0", "TagsRunFacet").Set("tags", std::move(tags)));
    }
    const bool is_failure = !is_start && run.record.status != RunStatus::kFinished &&
                            run.record.status != RunStatus::kRunning;
    if (is_failure) {
      facets.Set("errorMessage", Facet("1-0-1", "ErrorMessageRunFacet")
                                     .Set("message", FailureOf(run.record))
                                     .Set("programmingLanguage", "unknown"));
    }
    facets.Set("reprise_run", RunFacet(run, is_start));
    return facets;
  }

  // What the standard has no facet for.
  Json RunFacet(const ExportedRun& run, bool is_start) const {
    const RunRecord& record = run.record;
    const auto digest = [](const std::optional<Digest>& value) {
      return value.has_value() ? Json(value->ToString()) : Json();
    };
    const auto uuid = [](const std::optional<std::string>& id) {
      const auto parsed = id.has_value() ? Ulid::Parse(*id) : Result<Ulid>(Ulid());
      return id.has_value() && parsed.ok() ? Json(RunUuid(*parsed)) : Json();
    };
    Json facet =
        Json()
            .Set("_producer", producer_)
            .Set("_schemaURL", RepriseUri("facet:run:1"))
            .Set("id", record.id.ToString())
            .Set("name", Printable(record.name))
            .Set("record", run.document.ToString())
            .Set("recipe", digest(record.recipe))
            .Set("environment", run.recipe.has_value() ? digest(run.recipe->environment) : Json())
            .Set("captureLevel", record.capture.level)
            .Set("reproduces", uuid(record.reproduces))
            .Set("derivedFrom", uuid(record.derived_from));
    if (!run.missing.empty()) {
      Json missing = Json::Array{};
      for (const std::string& part : run.missing) missing.Append(part);
      facet.Set("missing", std::move(missing));
    }
    if (is_start) return facet;
    Json metrics = Json::Object{};
    for (const auto& [key, metric] : record.metrics) {
      metrics.Set(Printable(key), NumberToJson(metric.last));
    }
    return facet.Set("status", RunStatusName(record.status))
        .Set("endIsKnown", record.ended_at_unix_ms.has_value())
        .Set("metrics", std::move(metrics));
  }

  void AddVariables(const ExportedRun& run, Json& facets) const {
    const std::map<std::string, std::string> variables = VariablesOf(lineage_, run);
    if (variables.empty()) return;
    Json list = Json::Array{};
    for (const auto& [name, value] : variables) {
      list.Append(Json().Set("name", Printable(name)).Set("value", FreeText(value)));
    }
    facets.Set("environmentVariables", Facet("1-0-0", "EnvironmentVariablesRunFacet")
                                           .Set("environmentVariables", std::move(list)));
  }

  void AddParameters(const ExportedRun& run, Json& facets) const {
    if (!run.recipe.has_value() || run.recipe->parameters.empty()) return;
    Json list = Json::Array{};
    for (const auto& [key, value] : run.recipe->parameters) {
      list.Append(Json()
                      .Set("key", Printable(key))
                      .Set("name", Printable(key))
                      .Set("value", FreeText(value.text())));
    }
    facets.Set("executionParameters",
               Facet("1-0-0", "ExecutionParametersRunFacet").Set("parameters", std::move(list)));
  }

  Json JobFacets(const ExportedRun& run) const {
    Json facets = Json::Object{};
    facets.Set("jobType", Facet("2-0-4", "JobTypeJobFacet")
                              .Set("processingType", "BATCH")
                              .Set("integration", "REPRISE")
                              .Set("jobType", "COMMAND"));
    if (!run.record.actor.empty()) {
      facets.Set(
          "ownership",
          Facet("1-0-1", "OwnershipJobFacet")
              .Set("owners",
                   Json().Append(
                       Json().Set("name", Printable(run.record.actor)).Set("type", "RUN_BY"))));
    }
    AddSourceCode(run, facets);
    return facets;
  }

  void AddSourceCode(const ExportedRun& run, Json& facets) const {
    if (!run.code.has_value() || !run.code->commit.has_value()) return;
    for (const auto& [name, url] : run.code->remotes) {
      const auto uri = RepositoryUri(url);
      if (!uri.has_value()) continue;
      Json facet = Facet("1-1-0", "SourceCodeLocationJobFacet")
                       .Set("type", "git")
                       .Set("url", *uri)
                       .Set("repoUrl", *uri)
                       .Set("version", *run.code->commit);
      if (run.code->branch.has_value()) facet.Set("branch", Printable(*run.code->branch));
      facets.Set("sourceCodeLocation", std::move(facet));
      return;
    }
  }

  // Each once, whatever number of roles it has.
  Json Datasets(const ExportedRun& run, const std::vector<ArtifactUse>& uses, bool is_input) const {
    Json list = Json::Array{};
    std::set<std::string> paths;
    for (const ArtifactUse& use : uses) {
      if (paths.insert(use.path).second) list.Append(Dataset(run, use, is_input));
    }
    return list;
  }

  Json Dataset(const ExportedRun& run, const ArtifactUse& use, bool is_input) const {
    Json facets = Json::Object{};
    facets.Set(
        "version",
        Facet("1-0-1", "DatasetVersionDatasetFacet").Set("datasetVersion", use.digest.ToString()));
    const auto project = ProjectFolder(run);
    const bool is_absolute = use.path.starts_with('/');
    if (is_absolute || project.has_value()) {
      const std::string absolute = is_absolute ? use.path : *project + "/" + use.path;
      facets.Set("dataSource", Facet("1-0-1", "DatasourceDatasetFacet")
                                   .Set("name", Printable(absolute))
                                   .Set("uri", AbsoluteUri(absolute)));
    }
    AddSchema(use, facets);
    AddOtherNames(use, is_input, facets);
    if (!is_input) AddColumnLineage(run, use, facets);
    const Json statistics =
        Facet(is_input ? "1-0-0" : "1-0-2",
              is_input ? "InputStatisticsInputDatasetFacet" : "OutputStatisticsOutputDatasetFacet")
            .Set("size", use.size_bytes);
    return Json()
        .Set("namespace", store_)
        .Set("name", Printable(use.path))
        .Set("facets", std::move(facets))
        .Set(is_input ? "inputFacets" : "outputFacets",
             Json().Set(is_input ? "inputStatistics" : "outputStatistics", statistics));
  }

  // The columns that profiles know.
  void AddSchema(const ArtifactUse& use, Json& facets) const {
    const ExportedArtifact* const artifact = lineage_.FindArtifact(use.digest);
    if (artifact == nullptr || artifact->columns.empty()) return;
    Json fields = Json::Array{};
    std::map<std::string, std::int64_t> places;  // In each table, from 1.
    for (const ExportedColumn& column : artifact->columns) {
      const std::string name = column.path.empty() ? column.name : column.path + "#" + column.name;
      fields.Append(Json()
                        .Set("name", Printable(name))
                        .Set("type", column.type)
                        .Set("ordinal_position", ++places[column.path]));
    }
    facets.Set("schema", Facet("1-2-0", "SchemaDatasetFacet").Set("fields", std::move(fields)));
  }

  void AddOtherNames(const ArtifactUse& use, bool is_input, Json& facets) const {
    Json identifiers = Json::Array{};
    if (const auto paths = written_.find(use.digest); is_input && paths != written_.end()) {
      for (const std::string& path : paths->second) {
        if (path == use.path) continue;
        identifiers.Append(
            Json().Set("namespace", store_).Set("name", Printable(path)).Set("type", "LOCATION"));
      }
    }
    if (const ExportedArtifact* const artifact = lineage_.FindArtifact(use.digest)) {
      for (const std::string& name : artifact->dataset_names) {
        identifiers.Append(
            Json().Set("namespace", store_).Set("name", Printable(name)).Set("type", "DATASET"));
      }
    }
    if (identifiers.as_array().empty()) return;
    facets.Set("symlinks",
               Facet("1-0-1", "SymlinksDatasetFacet").Set("identifiers", std::move(identifiers)));
  }

  // What a dataset calls a column of the table at `path`: of a table in a folder, which is one
  // dataset, with the path in it.
  static std::string FieldOf(const std::string& dataset, const std::string& path,
                             const std::string& column) {
    if (dataset == path) return Printable(column);
    const std::string within = dataset == "." ? path : path.substr(dataset.size() + 1);
    return Printable(within + "#" + column);
  }

  void AddColumnLineage(const ExportedRun& run, const ArtifactUse& use, Json& facets) const {
    Json fields = Json::Object{};
    for (const DerivedColumn& column : run.derived_columns) {
      const ArtifactUse* const holder = UseThatHolds(run.record.outputs, column.path);
      if (holder == nullptr || holder->path != use.path) continue;
      Json sources = Json::Array{};
      for (const DerivedColumn::Source& source : column.sources) {
        const ArtifactUse* const read =
            run.recipe.has_value() ? UseThatHolds(run.recipe->inputs, source.path) : nullptr;
        const std::string& dataset = read == nullptr ? source.path : read->path;
        sources.Append(Json()
                           .Set("namespace", store_)
                           .Set("name", Printable(dataset))
                           .Set("field", FieldOf(dataset, source.path, source.column)));
      }
      fields.Set(FieldOf(use.path, column.path, column.column),
                 Json().Set("inputFields", std::move(sources)));
    }
    if (fields.as_object().empty()) return;
    facets.Set("columnLineage",
               Facet("1-2-0", "ColumnLineageDatasetFacet").Set("fields", std::move(fields)));
  }

  const LineageExport& lineage_;
  const std::string version_;
  const std::string producer_;
  const std::string store_;
  std::map<Digest, std::set<std::string>> written_;  // Under which paths runs wrote it.
};

}  // namespace

Result<std::string> ToOpenLineage(const LineageExport& lineage, const std::string& version) {
  return Writer(lineage, version).Write();
}

}  // namespace reprise::lineage
