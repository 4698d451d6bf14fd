// What a lineage says in the words of PROV-DM.
//
// An entity is content, named by its digest: the same bytes in two runs are one entity.  A run's
// recipe is the plan that it was carried out by; its code and environment are entities that it
// used.  That an output derives from an input is said where a run that used the one generated the
// other, unless there are too many pairs; then it follows from used and wasGeneratedBy alone.

#include <algorithm>
#include <cmath>

#include "lineage/export/formats.h"
#include "lineage/export/names.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

using Kind = ProvRecord::Kind;

// Pairs of an output and an input of one run beyond this are not written out.
constexpr std::size_t kDerivationsMax = 10'000;

ProvValue Text(std::string_view text) { return {ProvValue::Kind::kText, FreeText(text)}; }
ProvValue Name(std::string name) { return {ProvValue::Kind::kName, std::move(name)}; }
ProvValue Long(std::int64_t value) { return {ProvValue::Kind::kLong, std::to_string(value)}; }
ProvValue Uri(std::string uri) { return {ProvValue::Kind::kUri, std::move(uri)}; }

// XML Schema's lexical form (XML Schema Part 2 §3.2.5).
ProvValue Double(double value) {
  std::string text;
  if (std::isnan(value)) {
    text = "NaN";
  } else if (std::isinf(value)) {
    text = value > 0 ? "INF" : "-INF";
  } else {
    AppendCanonicalNumber(text, value);
  }
  return {ProvValue::Kind::kDouble, std::move(text)};
}

std::string Local(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + ":" + PercentEncode(name, "_");
}

std::string EntityName(const Digest& digest) { return "sha256:" + digest.ToHex(); }
std::string ActivityName(const Ulid& id) { return "run:" + id.ToString(); }
std::string PersonName(const ExportedRun& run) { return Local("person", run.record.actor); }

ProvValue ParamValueOf(const ParamValue& value) {
  switch (value.type()) {
    case ParamType::kInt:
      return {ProvValue::Kind::kLong, value.text()};
    case ParamType::kBool:
      return {ProvValue::Kind::kBoolean, value.text()};
    case ParamType::kReal:
      if (value.text() == "Infinity") return {ProvValue::Kind::kDouble, "INF"};
      if (value.text() == "-Infinity") return {ProvValue::Kind::kDouble, "-INF"};
      return {ProvValue::Kind::kDouble, value.text()};
    case ParamType::kString:
    case ParamType::kJson:
      break;
  }
  return Text(value.text());
}

class Builder {
 public:
  explicit Builder(const LineageExport& lineage) : lineage_(lineage), roles_(RolesOfUses(lineage)) {
    for (const ExportedRun& run : lineage.runs) runs_.insert(run.record.id);
  }

  ProvDocument Build() {
    AddPrefixes();
    for (const ExportedArtifact& artifact : lineage_.artifacts) AddArtifact(artifact);
    for (const ExportedRun& run : lineage_.runs) AddRun(run);
    for (const Ulid& run : lineage_.lost_runs) {
      Add(Kind::kActivity, {ActivityName(run), "", ""},
          {{"prov:type", Name("reprise:Run")},
           {"reprise:missing", Text("its record is not in the store")}});
    }
    AddEdges();
    for (const auto& [run, ends] : ends_) AddDerivations(run, ends);
    std::ranges::stable_sort(document_.records, {}, &ProvRecord::kind);
    return std::move(document_);
  }

 private:
  struct Ends {
    std::set<Digest> used;
    std::set<Digest> generated;
  };

  void AddPrefixes() {
    document_.prefixes = {{"metric", RepriseUri("metric:")},
                          {"parameter", RepriseUri("parameter:")},
                          {"person", RepriseUri("person:")},
                          {"program", RepriseUri("program:")},
                          {"prov", "http://www.w3.org/ns/prov#"},
                          {"reprise", RepriseUri("term:")},
                          {"run", RepriseUri("run:")},
                          {"sha256", "nih:sha-256;"},
                          {"xsd", "http://www.w3.org/2001/XMLSchema#"}};
  }

  void Add(Kind kind, std::vector<std::string> arguments, ProvAttributes attributes) {
    document_.records.push_back({kind, std::move(arguments), std::move(attributes)});
  }

  // An entity or agent that several runs name is told of once.
  void AddOnce(Kind kind, const std::string& name, ProvAttributes attributes) {
    if (named_.insert({kind, name}).second) Add(kind, {name}, std::move(attributes));
  }

  void AddArtifact(const ExportedArtifact& artifact) {
    ProvAttributes attributes = {{"prov:label", Text(Printable(NameOf(artifact)))}};
    for (const std::string& path : artifact.paths) {
      attributes.emplace_back("prov:location", Uri(PathReference(path)));
    }
    attributes.emplace_back(
        "prov:type",
        Name(artifact.kind == ArtifactKind::kFolder ? "reprise:Folder" : "reprise:File"));
    if (artifact.kind == ArtifactKind::kFolder) {
      attributes.emplace_back("prov:type", Name("prov:Collection"));
    }
    for (const std::string& name : artifact.dataset_names) {
      attributes.emplace_back("reprise:dataset", Text(Printable(name)));
    }
    attributes.emplace_back("reprise:sha256", Text(artifact.digest.ToHex()));
    if (artifact.size_bytes.has_value()) {
      attributes.emplace_back("reprise:sizeBytes",
                              Long(static_cast<std::int64_t>(*artifact.size_bytes)));
    }
    for (const auto& [key, value] : artifact.tags) {
      attributes.emplace_back("reprise:tag", Text(Printable(key) + "=" + FreeText(value)));
    }
    AddOnce(Kind::kEntity, EntityName(artifact.digest), std::move(attributes));
  }

  void AddRun(const ExportedRun& run) {
    const std::string activity = ActivityName(run.record.id);
    std::string ended;
    if (run.record.ended_at_unix_ms.has_value()) ended = FormatTime(*run.record.ended_at_unix_ms);
    Add(Kind::kActivity, {activity, FormatTime(run.record.started_at_unix_ms), ended},
        AttributesOf(run));
    AddDocuments(run, activity);
    AddAgents(run, activity);
    if (const auto& original = run.record.reproduces; original.has_value()) {
      AddInfluence(activity, *original, "reprise:Rerun");
    }
    if (const auto& original = run.record.derived_from; original.has_value()) {
      AddInfluence(activity, *original, "reprise:Retraining");
    }
  }

  static ProvAttributes AttributesOf(const ExportedRun& run) {
    const RunRecord& record = run.record;
    ProvAttributes attributes;
    if (run.recipe.has_value()) {
      for (const auto& [key, value] : run.recipe->parameters) {
        attributes.emplace_back(Local("parameter", key), ParamValueOf(value));
      }
    }
    for (const auto& [key, metric] : record.metrics) {
      attributes.emplace_back(Local("metric", key), Double(metric.last));
    }
    std::ranges::sort(attributes, {}, &ProvAttributes::value_type::first);
    attributes.emplace_back("prov:label", Text(Printable(record.name)));
    attributes.emplace_back("prov:type", Name("reprise:Run"));
    attributes.emplace_back("reprise:captureLevel", Text(record.capture.level));
    if (run.recipe.has_value()) {
      attributes.emplace_back("reprise:command", Text(CommandTextOf(run)));
    }
    if (record.exit_code.has_value()) {
      attributes.emplace_back("reprise:exitCode", Long(*record.exit_code));
    }
    attributes.emplace_back("reprise:experiment", Text(Printable(record.experiment)));
    for (const std::string& part : run.missing) {
      attributes.emplace_back("reprise:missing", Text(part));
    }
    for (const ExportedNote& note : run.notes) {
      attributes.emplace_back("reprise:note", Text(note.text));
    }
    attributes.emplace_back("reprise:record", Name(EntityName(run.document)));
    if (record.signal.has_value()) attributes.emplace_back("reprise:signal", Long(*record.signal));
    attributes.emplace_back("reprise:status", Text(RunStatusName(record.status)));
    for (const auto& [key, value] : run.tags) {
      attributes.emplace_back("reprise:tag", Text(Printable(key) + "=" + FreeText(value)));
    }
    return attributes;
  }

  void AddInfluence(const std::string& activity, const std::string& original,
                    const std::string& type) {
    const auto id = Ulid::Parse(original);
    if (!id.ok() || (!runs_.contains(*id) && !lineage_.lost_runs.contains(*id))) return;
    Add(Kind::kWasInfluencedBy, {activity, ActivityName(*id)}, {{"prov:type", Name(type)}});
  }

  void AddDocuments(const ExportedRun& run, const std::string& activity) {
    if (!run.recipe.has_value()) return;
    if (run.record.recipe.has_value()) {
      AddOnce(Kind::kEntity, EntityName(*run.record.recipe),
              {{"prov:type", Name("prov:Plan")}, {"prov:type", Name("reprise:Recipe")}});
    }
    if (run.recipe->environment.has_value()) {
      AddOnce(Kind::kEntity, EntityName(*run.recipe->environment),
              {{"prov:type", Name("reprise:Environment")}});
      Add(Kind::kUsed, {activity, EntityName(*run.recipe->environment)},
          {{"prov:role", Text("environment")}});
    }
    if (!run.recipe->code.has_value()) return;
    AddOnce(Kind::kEntity, EntityName(*run.recipe->code), {{"prov:type", Name("reprise:Code")}});
    ProvAttributes attributes = {{"prov:role", Text("code")}};
    if (run.code.has_value() && run.code->commit.has_value()) {
      attributes.emplace_back("reprise:commit", Text(*run.code->commit));
    }
    if (run.code.has_value() && run.code->dirty.has_value()) {
      attributes.emplace_back("reprise:dirty", ProvValue{ProvValue::Kind::kBoolean,
                                                         *run.code->dirty ? "true" : "false"});
    }
    Add(Kind::kUsed, {activity, EntityName(*run.recipe->code)}, std::move(attributes));
  }

  // Who started it, and the program that did it on their behalf.
  void AddAgents(const ExportedRun& run, const std::string& activity) {
    const std::string person = PersonName(run);
    if (!run.record.actor.empty()) {
      AddOnce(
          Kind::kAgent, person,
          {{"prov:label", Text(Printable(run.record.actor))}, {"prov:type", Name("prov:Person")}});
      Add(Kind::kWasAssociatedWith,
          {activity, person,
           run.recipe.has_value() && run.record.recipe.has_value() ? EntityName(*run.record.recipe)
                                                                   : ""},
          {});
    }
    if (!run.recipe.has_value() || run.recipe->command.empty()) return;
    const std::string program = AddProgram(run);
    Add(Kind::kWasAssociatedWith, {activity, program, ""}, {{"prov:role", Text("program")}});
    if (!run.record.actor.empty()) Add(Kind::kActedOnBehalfOf, {program, person, activity}, {});
  }

  // The program that the command names: by its content where that is known.
  std::string AddProgram(const ExportedRun& run) {
    const std::string& word = run.recipe->command[0];
    if (const ExportedEnvironment* const environment = lineage_.EnvironmentOf(run)) {
      for (const ExportedFile& file : environment->files) {
        if (!file.digest.has_value() || file.role == "library") continue;
        if (file.path != word && BaseName(file.path) != BaseName(word)) continue;
        const std::string name = Local("program", file.digest->ToString());
        ProvAttributes attributes = {{"prov:label", Text(Printable(file.path))},
                                     {"prov:type", Name("prov:SoftwareAgent")}};
        if (file.package.has_value() && file.version.has_value()) {
          attributes.emplace_back("reprise:package", Text(*file.package + " " + *file.version));
        }
        attributes.emplace_back("reprise:sha256", Text(file.digest->ToHex()));
        AddOnce(Kind::kAgent, name, std::move(attributes));
        return name;
      }
    }
    const std::string name = Local("program", word);
    AddOnce(Kind::kAgent, name,
            {{"prov:label", Text(Printable(word))}, {"prov:type", Name("prov:SoftwareAgent")}});
    return name;
  }

  void AddEdges() {
    // PROV allows one generation of an entity by an activity (PROV-CONSTRAINTS, 24), so that the
    // paths under which a run wrote the same content stand in one.
    std::map<std::pair<Ulid, Digest>, ProvAttributes> generated;
    for (const Edge& edge : lineage_.edges) {
      if (edge.kind == EdgeKind::kUsed) {
        Add(Kind::kUsed, {ActivityName(edge.to.run), EntityName(edge.from.artifact)},
            UseAttributes(edge));
        ends_[edge.to.run].used.insert(edge.from.artifact);
      } else if (edge.kind == EdgeKind::kProduced) {
        ProvAttributes& attributes = generated[{edge.from.run, edge.to.artifact}];
        for (auto& attribute : UseAttributes(edge)) attributes.push_back(std::move(attribute));
        ends_[edge.from.run].generated.insert(edge.to.artifact);
      } else if (edge.kind == EdgeKind::kContains) {
        Add(Kind::kHadMember, {EntityName(edge.from.artifact), EntityName(edge.to.artifact)}, {});
      } else if (edge.kind == EdgeKind::kPartOf) {
        Add(Kind::kHadMember, {EntityName(edge.to.artifact), EntityName(edge.from.artifact)}, {});
      }
    }
    for (auto& [ends, attributes] : generated) {
      std::ranges::stable_sort(attributes, {}, &ProvAttributes::value_type::first);
      Add(Kind::kWasGeneratedBy, {EntityName(ends.second), ActivityName(ends.first)},
          std::move(attributes));
    }
  }

  ProvAttributes UseAttributes(const Edge& edge) const {
    ProvAttributes attributes = {{"prov:location", Uri(PathReference(edge.path))}};
    const Ulid& run = edge.kind == EdgeKind::kUsed ? edge.to.run : edge.from.run;
    if (const auto roles = roles_.find({run, edge.kind, edge.path}); roles != roles_.end()) {
      for (const std::string& role : roles->second) {
        attributes.emplace_back("prov:role", Text(Printable(role)));
      }
    }
    return attributes;
  }

  void AddDerivations(const Ulid& run, const Ends& ends) {
    if (ends.used.size() * ends.generated.size() > kDerivationsMax) return;
    for (const Digest& output : ends.generated) {
      for (const Digest& input : ends.used) {
        if (output == input) continue;  // Read and written again: it derives from nothing.
        Add(Kind::kWasDerivedFrom, {EntityName(output), EntityName(input), ActivityName(run)}, {});
      }
    }
  }

  const LineageExport& lineage_;
  std::set<Ulid> runs_;
  const UseRoles roles_;
  ProvDocument document_;
  std::set<std::pair<Kind, std::string>> named_;
  std::map<Ulid, Ends> ends_;
};

}  // namespace

ProvDocument ToProv(const LineageExport& lineage) { return Builder(lineage).Build(); }

}  // namespace reprise::lineage
