// RO-Crate 1.1 (w3id.org/ro/crate/1.1) with Process Run Crate 0.5
// (w3id.org/ro/wfrun/process/0.5): each run is a CreateAction, its program the instrument, what it
// read the object and what it wrote the result.

#include <algorithm>

#include "lineage/export/formats.h"
#include "lineage/export/media_type.h"
#include "lineage/export/names.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kProfile = "https://w3id.org/ro/wfrun/process/0.5";
constexpr std::string_view kFragmentKept = "-._~";

// ISO 8601 with the offset that the profile asks for in place of "Z".
std::string IsoTime(std::int64_t unix_ms) {
  std::string text = FormatTime(unix_ms);
  if (text.ends_with('Z')) text.replace(text.size() - 1, 1, "+00:00");
  return text;
}

Json Reference(const std::string& id) { return Json().Set("@id", id); }

// One value stands alone, several in a list, as RO-Crate wants it.
Json OneOrMany(Json::Array values) {
  return values.size() == 1 ? std::move(values[0]) : Json(std::move(values));
}

void SetReferences(const std::string& member, const std::set<std::string>& ids, Json& json) {
  if (ids.empty()) return;
  Json::Array list;
  for (const std::string& id : ids) list.push_back(Reference(id));
  json.Set(member, OneOrMany(std::move(list)));
}

// A remote that a browser may be sent to.
std::optional<std::string> WebUrl(const ExportedRun& run) {
  if (!run.code.has_value()) return std::nullopt;
  for (const auto& [name, url] : run.code->remotes) {
    if (url.starts_with("https://") || url.starts_with("http://")) {
      return RepositoryUri(url);
    }
  }
  return std::nullopt;
}

class Writer {
 public:
  Writer(const LineageExport& lineage, const RoCrateOptions& options)
      : lineage_(lineage), options_(options) {}

  std::string Write() {
    for (const ExportedArtifact& artifact : lineage_.artifacts) AddData(artifact);
    for (const Edge& edge : lineage_.edges) {
      if (edge.kind == EdgeKind::kUsed) objects_[edge.to.run].insert(ids_[edge.from.artifact]);
      if (edge.kind == EdgeKind::kProduced) results_[edge.from.run].insert(ids_[edge.to.artifact]);
    }
    for (const ExportedRun& run : lineage_.runs) AddRun(run);
    Json graph = Json::Array{};
    graph.Append(Json()
                     .Set("@id", "ro-crate-metadata.json")
                     .Set("@type", "CreativeWork")
                     .Set("conformsTo", Reference("https://w3id.org/ro/crate/1.1"))
                     .Set("about", Reference("./")));
    graph.Append(Root());
    graph.Append(Json()
                     .Set("@id", kProfile)
                     .Set("@type", "CreativeWork")
                     .Set("name", "Process Run Crate")
                     .Set("version", "0.5"));
    graph.Append(Json()
                     .Set("@id", "#license")
                     .Set("@type", "CreativeWork")
                     .Set("name", "No licence is recorded")
                     .Set("description",
                          "Nothing is known of how this data may be used. Ask whoever gave it to "
                          "you."));
    for (auto& [id, entity] : entities_) graph.Append(std::move(entity));
    return FormatJson(
        Json()
            .Set("@context", Json().Append("https://w3id.org/ro/crate/1.1/context").Append(Terms()))
            .Set("@graph", std::move(graph)));
  }

 private:
  static Json Terms() {
    return Json()
        .Set("environment", "https://w3id.org/ro/terms/workflow-run#environment")
        .Set("sha256", "https://w3id.org/ro/terms/workflow-run#sha256");
  }

  void Add(const std::string& id, Json entity) { entities_.emplace(id, std::move(entity)); }

  Json Root() const {
    const std::string name = SubjectName(lineage_);
    std::string description =
        "What " + name + " came from: the recorded runs, what they read and what they wrote.";
    for (const std::string& part : MissingParts(lineage_))
      description += " Not whole: " + part + ".";
    Json root = Json()
                    .Set("@id", "./")
                    .Set("@type", "Dataset")
                    .Set("name", "Lineage of " + name)
                    .Set("description", description)
                    .Set("datePublished", IsoTime(LastTimeOf(lineage_)))
                    .Set("license", Reference("#license"))
                    .Set("conformsTo", Reference(std::string(kProfile)));
    std::set<std::string> data;
    for (const auto& [digest, id] : ids_) data.insert(id);
    std::set<std::string> actions;
    for (const ExportedRun& run : lineage_.runs) actions.insert(ActionId(run));
    SetReferences("author", people_, root);
    SetReferences("hasPart", data, root);
    SetReferences("mentions", actions, root);
    return root;
  }

  static std::string ActionId(const ExportedRun& run) { return "#run-" + run.record.id.ToString(); }

  void AddData(const ExportedArtifact& artifact) {
    const bool is_folder = artifact.kind == ArtifactKind::kFolder;
    const bool is_here = options_.with_data && !options_.absent.contains(artifact.digest);
    const std::string id = is_here ? PathReference(CratePath(artifact)) + (is_folder ? "/" : "")
                                   : DigestUri(artifact.digest);
    ids_[artifact.digest] = id;
    Json entity = Json().Set("@id", id).Set("@type", is_folder ? "Dataset" : "File");
    entity.Set("name", Printable(NameOf(artifact)));
    Json::Array names;
    for (const std::string& path : artifact.paths) names.emplace_back(Printable(path));
    for (const std::string& name : artifact.dataset_names) names.emplace_back(Printable(name));
    if (!names.empty()) entity.Set("alternateName", OneOrMany(std::move(names)));
    if (artifact.size_bytes.has_value() && !is_folder) {
      entity.Set("contentSize", std::to_string(*artifact.size_bytes));
    }
    if (!is_folder) {
      entity.Set("encodingFormat", MediaTypeOf(NameOf(artifact)));
      entity.Set("sha256", artifact.digest.ToHex());
    }
    entity.Set("identifier", DigestUri(artifact.digest));
    if (!is_here) entity.Set("sdDatePublished", IsoTime(LastTimeOf(lineage_)));
    Add(id, std::move(entity));
  }

  std::string AddPerson(const ExportedRun& run) {
    const std::string name = run.record.actor.empty() ? "unknown" : run.record.actor;
    const std::string id = "#person-" + PercentEncode(name, kFragmentKept);
    people_.insert(id);
    Add(id, Json().Set("@id", id).Set("@type", "Person").Set("name", Printable(name)));
    return id;
  }

  std::string AddProgram(const ExportedRun& run) {
    const std::string name = ProgramOf(run);
    const std::string version = CodeVersionOf(run);
    const std::string id = "#program-" + PercentEncode(name, kFragmentKept) + "-" +
                           PercentEncode(version, kFragmentKept);
    Json entity = Json()
                      .Set("@id", id)
                      .Set("@type", "SoftwareApplication")
                      .Set("name", Printable(name))
                      .Set("softwareVersion", Printable(version));
    if (const auto url = WebUrl(run); url.has_value()) entity.Set("url", *url);
    Add(id, std::move(entity));
    return id;
  }

  void AddRun(const ExportedRun& run) {
    const RunRecord& record = run.record;
    const std::string id = ActionId(run);
    const std::string command = CommandTextOf(run);
    Json action = Json()
                      .Set("@id", id)
                      .Set("@type", "CreateAction")
                      .Set("name", Printable(record.name))
                      .Set("description", command.empty() ? "The command is not known." : command)
                      .Set("identifier", RunUri(record.id))
                      .Set("instrument", Reference(AddProgram(run)))
                      .Set("agent", Reference(AddPerson(run)))
                      .Set("startTime", IsoTime(record.started_at_unix_ms));
    if (record.ended_at_unix_ms.has_value()) {
      action.Set("endTime", IsoTime(*record.ended_at_unix_ms));
    }
    const bool is_done = record.status == RunStatus::kFinished;
    action.Set("actionStatus", is_done ? "http://schema.org/CompletedActionStatus"
                                       : "http://schema.org/FailedActionStatus");
    if (!is_done) action.Set("error", FailureOf(record));
    std::set<std::string> objects = objects_[record.id];
    AddParameters(run, objects);
    SetReferences("object", objects, action);
    SetReferences("result", results_[record.id], action);
    AddVariables(run, action);
    Add(id, std::move(action));
  }

  std::string AddValue(const std::string& kind, const std::string& name, const std::string& value,
                       const ExportedRun& run) {
    const std::string id =
        "#" + kind + "-" + run.record.id.ToString() + "-" + PercentEncode(name, kFragmentKept);
    Add(id, Json()
                .Set("@id", id)
                .Set("@type", "PropertyValue")
                .Set("name", Printable(name))
                .Set("value", FreeText(value)));
    return id;
  }

  void AddParameters(const ExportedRun& run, std::set<std::string>& objects) {
    if (!run.recipe.has_value()) return;
    for (const auto& [key, value] : run.recipe->parameters) {
      objects.insert(AddValue("parameter", key, value.text(), run));
    }
  }

  void AddVariables(const ExportedRun& run, Json& action) {
    std::set<std::string> ids;
    for (const auto& [name, value] : VariablesOf(lineage_, run))
      ids.insert(AddValue("variable", name, value, run));
    SetReferences("environment", ids, action);
  }

  const LineageExport& lineage_;
  const RoCrateOptions& options_;
  std::map<std::string, Json> entities_;  // By id.
  std::map<Digest, std::string> ids_;     // Of the data.
  std::set<std::string> people_;
  std::map<Ulid, std::set<std::string>> objects_;
  std::map<Ulid, std::set<std::string>> results_;
};

}  // namespace

std::string CratePath(const ExportedArtifact& artifact) {
  const std::string name = BaseName(NameOf(artifact));
  const bool is_plain = !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
                        name.find('/') == std::string::npos &&
                        name.find('\0') == std::string::npos &&
                        IsUtf8(name);  // Else no reader finds what the escaped "@id" names.
  return "data/" + artifact.digest.ToHex() + "/" + (is_plain ? name : "content");
}

std::string ToRoCrate(const LineageExport& lineage, const RoCrateOptions& options) {
  return Writer(lineage, options).Write();
}

}  // namespace reprise::lineage
