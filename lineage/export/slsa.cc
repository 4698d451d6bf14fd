// SLSA provenance v1 (slsa.dev/provenance/v1), as an in-toto statement: a run as a build, and what
// it wrote as what was built.

#include <algorithm>

#include "lineage/export/formats.h"
#include "lineage/export/names.h"
#include "lineage/export/package_urls.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kTreeMediaType = "application/vnd.reprise.tree.v1+json";

Json Sha256Of(const Digest& digest) { return Json().Set("sha256", digest.ToHex()); }

// A "resource descriptor".
Json Resource(const std::string& name, const Digest& digest) {
  return Json().Set("name", name).Set("digest", Sha256Of(digest));
}

Json TypedParameters(const std::map<std::string, ParamValue>& parameters) {
  Json json = Json::Object{};
  for (const auto& [key, value] : parameters) {
    json.Set(Printable(key),
             Json().Set("type", ParamTypeName(value.type())).Set("value", FreeText(value.text())));
  }
  return json;
}

Json Variables(const std::map<std::string, std::string>& variables) {
  Json json = Json::Object{};
  for (const auto& [name, value] : variables) json.Set(Printable(name), FreeText(value));
  return json;
}

class Writer {
 public:
  Writer(const LineageExport& lineage, const ExportedRun& run)
      : lineage_(lineage), run_(run), environment_(lineage.EnvironmentOf(run)) {}

  Json Predicate(const std::string& version) {
    Json dependencies = Json::Array{};
    AddInputs(dependencies);
    AddCode(dependencies);
    AddEnvironment(dependencies);
    return Json()
        .Set("buildDefinition", Json()
                                    .Set("buildType", kSlsaBuildType)
                                    .Set("externalParameters", ExternalParameters())
                                    .Set("internalParameters", InternalParameters())
                                    .Set("resolvedDependencies", std::move(dependencies)))
        .Set("runDetails", RunDetails(version));
  }

 private:
  // What whoever started the run chose.
  Json ExternalParameters() const {
    if (!run_.recipe.has_value()) return Json::Object{};
    Json command = Json::Array{};
    for (const std::string& word : run_.recipe->command) command.Append(FreeText(word));
    return Json()
        .Set("command", std::move(command))
        .Set("working_directory", Printable(run_.recipe->working_directory))
        .Set("parameters", TypedParameters(run_.recipe->parameters))
        .Set("variables", Variables(run_.recipe->variables));
  }

  // What was found out.
  Json InternalParameters() const {
    const CaptureFacts& capture = run_.record.capture;
    Json blind_spots = Json::Array{};
    for (const std::string& one : capture.blind_spots) blind_spots.Append(FreeText(one));
    Json json = Json()
                    .Set("experiment", Printable(run_.record.experiment))
                    .Set("run", Printable(run_.record.name))
                    .Set("status", RunStatusName(run_.record.status))
                    .Set("capture_level", Printable(capture.level))
                    .Set("blind_spots", std::move(blind_spots));
    if (capture.tracer.has_value()) json.Set("tracer", Printable(*capture.tracer));
    if (run_.record.recipe.has_value()) json.Set("recipe", run_.record.recipe->ToString());
    if (environment_ != nullptr) json.Set("variables", Variables(environment_->variables));
    Json missing = Json::Array{};
    for (const std::string& part : run_.missing) missing.Append(Printable(part));
    if (!run_.missing.empty()) json.Set("missing", std::move(missing));
    return json;
  }

  void AddInputs(Json& dependencies) const {
    if (!run_.recipe.has_value()) return;
    for (const ArtifactUse& use : run_.recipe->inputs) {
      Json input = Resource(Printable(use.path), use.digest);
      Json annotations = Json().Set("reprise_kind", ArtifactKindName(use.kind));
      if (use.kind == ArtifactKind::kFolder) input.Set("mediaType", kTreeMediaType);
      if (!use.role.empty()) annotations.Set("reprise_role", Printable(use.role));
      if (use.unstable) annotations.Set("reprise_unstable", true);
      dependencies.Append(input.Set("annotations", std::move(annotations)));
    }
  }

  void AddCode(Json& dependencies) const {
    if (run_.code.has_value() && run_.code->commit.has_value()) AddCommit(*run_.code, dependencies);
    if (run_.recipe.has_value() && run_.recipe->code.has_value()) {
      dependencies.Append(
          Resource("code tree", *run_.recipe->code).Set("mediaType", kTreeMediaType));
    }
  }

  static void AddCommit(const Code& code, Json& dependencies) {
    Json commit = Json().Set("name", "code");
    for (const auto& [name, url] : code.remotes) {
      const auto uri = RepositoryUri(url);
      if (!uri.has_value()) continue;
      std::string repository = "git+" + *uri;
      if (code.branch.has_value()) repository += "@refs/heads/" + PathReference(*code.branch);
      commit.Set("uri", repository);
      break;
    }
    commit.Set("digest", Json().Set("gitCommit", Printable(*code.commit)));
    if (code.dirty.has_value()) {
      commit.Set("annotations", Json().Set("reprise_dirty", *code.dirty));
    }
    dependencies.Append(std::move(commit));
    if (code.patch.has_value()) {
      dependencies.Append(
          Resource("uncommitted changes", *code.patch).Set("mediaType", "text/x-diff"));
    }
    for (const auto& [path, submodule] : code.submodules) {
      dependencies.Append(Json()
                              .Set("name", "submodule " + Printable(path))
                              .Set("digest", Json().Set("gitCommit", Printable(submodule))));
    }
  }

  void AddEnvironment(Json& dependencies) const {
    if (run_.recipe.has_value() && run_.recipe->environment.has_value()) {
      dependencies.Append(Resource("environment", *run_.recipe->environment)
                              .Set("mediaType", "application/vnd.reprise.environment.v1+json"));
    }
    if (environment_ == nullptr) return;
    const Json* const system = run_.record.host.Find("operating_system");
    const std::string operating_system =
        system != nullptr && system->is_string() ? system->as_string() : "";
    for (const ExportedFile& file : environment_->files) {
      dependencies.Append(FileOf(file, operating_system));
    }
    for (const ExportedPackage& package : environment_->packages) {
      dependencies.Append(
          Json().Set("name", Printable(package.name)).Set("uri", PackageUrl(package)));
    }
  }

  // A descriptor has a URI or a digest at least; the URI of what no package owns is where it lay.
  Json FileOf(const ExportedFile& file, const std::string& operating_system) const {
    Json json = Json().Set("name", Printable(file.path));
    if (file.package.has_value() && file.version.has_value()) {
      json.Set("uri", DebianPackageUrl(*file.package, *file.version, operating_system,
                                       environment_->architecture));
    } else {
      json.Set("uri", "file:" + PathReference(file.path));
    }
    if (file.digest.has_value()) json.Set("digest", Sha256Of(*file.digest));
    return json.Set("annotations", Json().Set("reprise_role", Printable(file.role)));
  }

  Json RunDetails(const std::string& version) const {
    Json metadata = Json()
                        .Set("invocationId", RunUri(run_.record.id))
                        .Set("startedOn", FormatTime(run_.record.started_at_unix_ms));
    if (run_.record.ended_at_unix_ms.has_value()) {
      metadata.Set("finishedOn", FormatTime(*run_.record.ended_at_unix_ms));
    }
    return Json()
        .Set("builder", Json()
                            .Set("id", RepriseUri("store:" + lineage_.store.ToString()))
                            .Set("version", Json().Set("reprise", version)))
        .Set("metadata", std::move(metadata))
        .Set("byproducts", Byproducts());
  }

  Json Byproducts() const {
    const RunRecord& record = run_.record;
    Json list = Json::Array{};
    list.Append(Resource("run record", run_.document)
                    .Set("mediaType", "application/vnd.reprise.run.v1+json"));
    const auto add_log = [&](const char* name, const std::optional<StreamRecord>& log) {
      if (log.has_value()) list.Append(Resource(name, log->digest));
    };
    add_log("stdout", record.stdout_log);
    add_log("stderr", record.stderr_log);
    add_log("log", record.sdk_log);
    for (const auto& [key, metric] : record.metrics) {
      list.Append(Resource("metric " + Printable(key), metric.series)
                      .Set("annotations", Json()
                                              .Set("reprise_count", metric.count)
                                              .Set("reprise_last", NumberToJson(metric.last))
                                              .Set("reprise_min", NumberToJson(metric.min))
                                              .Set("reprise_max", NumberToJson(metric.max))));
    }
    return list;
  }

  const LineageExport& lineage_;
  const ExportedRun& run_;
  const ExportedEnvironment* const environment_;
};

}  // namespace

InTotoStatement ToSlsaProvenance(const LineageExport& lineage, const ExportedRun& run,
                                 std::vector<StatementSubject> subjects,
                                 const std::optional<StatementVersion>& about,
                                 const std::string& version) {
  InTotoStatement statement;
  statement.subjects = std::move(subjects);
  statement.about = about;
  statement.predicate_type = kSlsaProvenanceType;
  statement.predicate = Writer(lineage, run).Predicate(version);
  return statement;
}

}  // namespace reprise::lineage
