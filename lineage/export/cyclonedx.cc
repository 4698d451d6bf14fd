// CycloneDX 1.6 (ECMA-424), as JSON.
//
// Components are the content that runs read and wrote (models and data), the programs that ran, and
// what their environments held.  The formulation tells how the ones were made of the others.

#include <algorithm>

#include "lineage/export/formats.h"
#include "lineage/export/media_type.h"
#include "lineage/export/names.h"
#include "lineage/export/package_urls.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/crypto/uuid.h"

namespace reprise::lineage {
namespace {

Json Hashes(const Digest& digest) {
  return Json().Append(Json().Set("alg", "SHA-256").Set("content", digest.ToHex()));
}

Json Property(const std::string& name, const std::string& value) {
  return Json().Set("name", "reprise:" + name).Set("value", value);
}

Json ResourceOf(const std::string& reference) {
  return Json().Set("resource", Json().Set("ref", reference));
}

std::string RunReference(const Ulid& id) { return "run:" + id.ToString(); }

class Writer {
 public:
  Writer(const LineageExport& lineage, const std::string& version)
      : lineage_(lineage), version_(version) {}

  std::string Write() {
    for (const ExportedRun& run : lineage_.runs) {
      for (const ArtifactUse& use : run.record.outputs) writers_[use.digest].push_back(&run);
    }
    for (const ExportedArtifact& artifact : lineage_.artifacts) AddArtifact(artifact);
    Json workflows = Json::Array{};
    for (const ExportedRun& run : lineage_.runs) {
      AddRun(run);
      workflows.Append(Workflow(run));
    }
    Json body = Json()
                    .Set("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")
                    .Set("bomFormat", "CycloneDX")
                    .Set("specVersion", "1.6")
                    .Set("version", 1);
    Json parts = Json().Set("metadata", Metadata());
    Json components = Json::Array{};
    for (auto& [reference, component] : components_) components.Append(std::move(component));
    Json dependencies = Json::Array{};
    for (const auto& [reference, needed] : needs_) {
      Json depends_on = Json::Array{};
      for (const std::string& need : needed) depends_on.Append(need);
      Json dependency = Json().Set("ref", reference);
      if (!needed.empty()) dependency.Set("dependsOn", std::move(depends_on));
      dependencies.Append(std::move(dependency));
    }
    parts.Set("components", std::move(components));
    parts.Set("dependencies", std::move(dependencies));
    if (!MissingParts(lineage_).empty()) {
      parts.Set("compositions", Json().Append(Json().Set("aggregate", "incomplete")));
    }
    if (!workflows.as_array().empty()) {
      parts.Set("formulation",
                Json().Append(
                    Json().Set("bom-ref", "formulation").Set("workflows", std::move(workflows))));
    }
    // Whatever the bill says is in the number that names it.
    const Digest content = crypto::Sha256(FormatJson(parts));
    body.Set("serialNumber",
             "urn:uuid:" + crypto::NameBasedUuid(lineage_.store.bytes(), content.ToString()));
    for (auto& [name, part] : parts.as_object()) body.Set(name, std::move(part));
    return FormatJson(body);
  }

 private:
  Json Metadata() {
    Json metadata =
        Json()
            .Set("timestamp", FormatTime(LastTimeOf(lineage_)))
            .Set("tools", Json().Set("components", Json().Append(Json()
                                                                     .Set("type", "application")
                                                                     .Set("name", "reprise")
                                                                     .Set("version", version_))));
    // What the bill is of stands here and not among the components.
    const std::string subject = lineage_.subject.kind == NodeId::Kind::kArtifact
                                    ? lineage_.subject.artifact.ToString()
                                    : RunReference(lineage_.subject.run);
    if (const auto found = components_.find(subject); found != components_.end()) {
      metadata.Set("component", std::move(found->second));
      components_.erase(found);
    }
    Json missing = Json::Array{};
    for (const std::string& part : MissingParts(lineage_)) {
      missing.Append(Property("missing", part));
    }
    if (!missing.as_array().empty()) metadata.Set("properties", std::move(missing));
    return metadata;
  }

  void Add(const std::string& reference, Json component) {
    components_.emplace(reference, std::move(component));
    needs_[reference];
  }

  bool IsModel(const ExportedArtifact& artifact) const {
    if (artifact.roles.contains("model")) return true;
    return writers_.contains(artifact.digest) && IsModelName(BaseName(NameOf(artifact)));
  }

  void AddArtifact(const ExportedArtifact& artifact) {
    const std::string reference = artifact.digest.ToString();
    const bool is_model = IsModel(artifact);
    const bool is_file = artifact.kind == ArtifactKind::kFile;
    Json component = Json().Set("type", is_model ? "machine-learning-model" : "data");
    if (is_file) component.Set("mime-type", MediaTypeOf(NameOf(artifact)));
    component.Set("bom-ref", reference).Set("name", Printable(NameOf(artifact)));
    component.Set("version", reference);
    if (is_file) component.Set("hashes", Hashes(artifact.digest));
    Json properties = Json::Array{};
    properties.Append(Property("kind", std::string(ArtifactKindName(artifact.kind))));
    if (artifact.size_bytes.has_value()) {
      properties.Append(Property("size_bytes", std::to_string(*artifact.size_bytes)));
    }
    for (const std::string& path : artifact.paths) {
      properties.Append(Property("path", Printable(path)));
    }
    for (const std::string& role : artifact.roles) {
      if (!role.empty()) properties.Append(Property("role", Printable(role)));
    }
    for (const auto& [key, value] : artifact.tags) {
      properties.Append(Property("tag:" + Printable(key), FreeText(value)));
    }
    if (is_model) {
      component.Set("modelCard", ModelCard(artifact));
    } else {
      Json data = Json().Set("type", "dataset").Set("name", Printable(NameOf(artifact)));
      if (!artifact.dataset_names.empty()) {
        data.Set("name", Printable(*artifact.dataset_names.begin()));
      }
      component.Set("data", Json().Append(std::move(data)));
    }
    component.Set("properties", std::move(properties));
    Add(reference, std::move(component));
  }

  // What the runs that wrote the model say of it.
  Json ModelCard(const ExportedArtifact& artifact) const {
    std::set<std::string> datasets;
    Json metrics = Json::Array{};
    Json properties = Json::Array{};
    if (const auto found = writers_.find(artifact.digest); found != writers_.end()) {
      for (const ExportedRun* const run : found->second) {
        if (run->recipe.has_value()) {
          for (const ArtifactUse& use : run->recipe->inputs) datasets.insert(use.digest.ToString());
        }
      }
      const ExportedRun& run = *found->second.back();  // The last run that wrote it.
      for (const auto& [key, metric] : run.record.metrics) {
        const Json number = NumberToJson(metric.last);
        std::string text;
        if (number.is_number()) AppendCanonicalNumber(text, number.as_number());
        metrics.Append(Json()
                           .Set("type", Printable(key))
                           .Set("value", number.is_number() ? text : number.as_string()));
      }
      if (run.recipe.has_value()) {
        for (const auto& [key, value] : run.recipe->parameters) {
          properties.Append(Property("parameter:" + Printable(key), FreeText(value.text())));
        }
      }
    }
    Json card = Json::Object{};
    Json references = Json::Array{};
    for (const std::string& dataset : datasets) references.Append(Json().Set("ref", dataset));
    if (!datasets.empty()) {
      card.Set("modelParameters", Json().Set("datasets", std::move(references)));
    }
    if (!metrics.as_array().empty()) {
      card.Set("quantitativeAnalysis", Json().Set("performanceMetrics", std::move(metrics)));
    }
    if (!properties.as_array().empty()) card.Set("properties", std::move(properties));
    return card;
  }

  void AddRun(const ExportedRun& run) {
    const std::string program = AddProgram(run);
    const std::string reference = RunReference(run.record.id);
    if (lineage_.subject == NodeId::Run(run.record.id)) {
      Json component = Json()
                           .Set("type", "application")
                           .Set("bom-ref", reference)
                           .Set("name", Printable(run.record.name))
                           .Set("version", run.record.id.ToString())
                           .Set("description", CommandTextOf(run));
      Add(reference, std::move(component));
      needs_[reference].insert(program);
      for (const ArtifactUse& use : run.record.outputs) {
        if (lineage_.FindArtifact(use.digest) != nullptr) {
          needs_[reference].insert(use.digest.ToString());
        }
      }
    }
    for (const ArtifactUse& output : run.record.outputs) {
      std::set<std::string>& needed = needs_[output.digest.ToString()];
      needed.insert(program);
      if (!run.recipe.has_value()) continue;
      for (const ArtifactUse& input : run.recipe->inputs) {
        if (input.digest != output.digest) needed.insert(input.digest.ToString());
      }
    }
  }

  // The program in one state of its code and one environment, which its dependencies are.
  std::string AddProgram(const ExportedRun& run) {
    const std::string version = CodeVersionOf(run);
    std::string environment = "unknown";
    if (run.recipe.has_value() && run.recipe->environment.has_value()) {
      environment = run.recipe->environment->ToString();
    }
    std::string reference =
        "program:" + Printable(ProgramOf(run)) + "@" + version + "#" + environment;
    if (components_.contains(reference)) return reference;
    Json component = Json()
                         .Set("type", "application")
                         .Set("bom-ref", reference)
                         .Set("name", Printable(ProgramOf(run)))
                         .Set("version", version);
    AddSource(run, component);
    Json properties = Json::Array{};
    properties.Append(Property("environment", environment));
    if (run.recipe.has_value() && run.recipe->code.has_value()) {
      properties.Append(Property("code", run.recipe->code->ToString()));
    }
    component.Set("properties", std::move(properties));
    Add(reference, std::move(component));
    AddEnvironment(run, reference);
    return reference;
  }

  static void AddSource(const ExportedRun& run, Json& component) {
    if (!run.code.has_value() || !run.code->commit.has_value()) return;
    Json commit = Json().Set("uid", *run.code->commit);
    Json references = Json::Array{};
    for (const auto& [name, url] : run.code->remotes) {
      const auto uri = RepositoryUri(url);
      if (uri.has_value()) references.Append(Json().Set("type", "vcs").Set("url", *uri));
    }
    if (run.code->dirty.has_value() && *run.code->dirty) {
      component.Set("pedigree", Json()
                                    .Set("commits", Json().Append(std::move(commit)))
                                    .Set("notes", "The work differed from this commit."));
    } else {
      component.Set("pedigree", Json().Set("commits", Json().Append(std::move(commit))));
    }
    if (!references.as_array().empty()) {
      component.Set("externalReferences", std::move(references));
    }
  }

  void AddEnvironment(const ExportedRun& run, const std::string& program) {
    const ExportedEnvironment* const environment = lineage_.EnvironmentOf(run);
    if (environment == nullptr) return;
    const Json* const system = run.record.host.Find("operating_system");
    const std::string operating_system =
        system != nullptr && system->is_string() ? system->as_string() : "";
    // Files by the package that owns them; the others stand alone.
    std::map<std::string, std::pair<const ExportedFile*, Json>> packages;
    for (const ExportedFile& file : environment->files) {
      if (file.package.has_value() && file.version.has_value()) {
        auto& [first, files] = packages[DebianPackageUrl(
            *file.package, *file.version, operating_system, environment->architecture)];
        if (first == nullptr) first = &file;
        files.Append(FileComponent(file));
      } else {
        AddLooseFile(file, program);
      }
    }
    for (auto& [url, package] : packages) {
      // Two environments may use different files of one package.
      const std::string reference = url + "#" + crypto::Sha256(FormatJson(package.second)).ToHex();
      needs_[program].insert(reference);
      if (components_.contains(reference)) continue;
      Add(reference, Json()
                         .Set("type", "library")
                         .Set("bom-ref", reference)
                         .Set("name", Printable(*package.first->package))
                         .Set("version", Printable(*package.first->version))
                         .Set("purl", url)
                         .Set("components", std::move(package.second)));
    }
    for (const ExportedPackage& package : environment->packages) {
      const std::string url = PackageUrl(package);
      needs_[program].insert(url);
      if (components_.contains(url)) continue;
      Add(url, Json()
                   .Set("type", "library")
                   .Set("bom-ref", url)
                   .Set("name", Printable(package.name))
                   .Set("version", Printable(package.version))
                   .Set("purl", url));
    }
  }

  static Json FileComponent(const ExportedFile& file) {
    Json component = Json().Set("type", "file").Set("name", Printable(file.path));
    if (file.digest.has_value()) component.Set("hashes", Hashes(*file.digest));
    component.Set("properties", Json().Append(Property("role", file.role)));
    return component;
  }

  void AddLooseFile(const ExportedFile& file, const std::string& program) {
    const std::string reference =
        "file:" + Printable(file.path) +
        (file.digest.has_value() ? "@" + file.digest->ToString() : std::string());
    needs_[program].insert(reference);
    if (components_.contains(reference)) return;
    Json component = FileComponent(file);
    component.Set("bom-ref", reference);
    Add(reference, std::move(component));
  }

  Json Workflow(const ExportedRun& run) const {
    const RunRecord& record = run.record;
    Json workflow = Json()
                        .Set("bom-ref", "workflow:" + record.id.ToString())
                        .Set("uid", RunUuid(record.id))
                        .Set("name", Printable(record.name))
                        .Set("description", CommandTextOf(run))
                        .Set("taskTypes", Json().Append("build"));
    std::set<std::string> read;
    std::set<std::string> written;
    if (run.recipe.has_value()) {
      for (const ArtifactUse& use : run.recipe->inputs) read.insert(use.digest.ToString());
    }
    for (const ArtifactUse& use : record.outputs) written.insert(use.digest.ToString());
    Json inputs = Json::Array{};
    for (const std::string& reference : read) inputs.Append(ResourceOf(reference));
    Json parameters = Json::Array{};
    if (run.recipe.has_value()) {
      for (const auto& [key, value] : run.recipe->parameters) {
        parameters.Append(Json()
                              .Set("name", Printable(key))
                              .Set("value", FreeText(value.text()))
                              .Set("dataType", ParamTypeName(value.type())));
      }
    }
    if (!parameters.as_array().empty()) {
      inputs.Append(Json().Set("parameters", std::move(parameters)));
    }
    Json outputs = Json::Array{};
    for (const std::string& reference : written) {
      outputs.Append(ResourceOf(reference).Set("type", "artifact"));
    }
    if (!inputs.as_array().empty()) workflow.Set("inputs", std::move(inputs));
    if (!outputs.as_array().empty()) workflow.Set("outputs", std::move(outputs));
    workflow.Set("timeStart", FormatTime(record.started_at_unix_ms));
    if (record.ended_at_unix_ms.has_value()) {
      workflow.Set("timeEnd", FormatTime(*record.ended_at_unix_ms));
    }
    return workflow;
  }

  const LineageExport& lineage_;
  const std::string version_;
  std::map<Digest, std::vector<const ExportedRun*>> writers_;
  std::map<std::string, Json> components_;  // By reference.
  std::map<std::string, std::set<std::string>> needs_;
};

}  // namespace

std::string ToCycloneDx(const LineageExport& lineage, const std::string& version) {
  return Writer(lineage, version).Write();
}

}  // namespace reprise::lineage
