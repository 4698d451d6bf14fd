#include "tracker/audit/bundle_subject.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "lineage/document.h"
#include "lineage/graph.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {
namespace {

using Kind = BundleSubject::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 6> kKinds = {
    {{Kind::kRun, "run"},
     {Kind::kArtifact, "artifact"},
     {Kind::kModelVersion, "model_version"},
     {Kind::kModel, "model"},
     {Kind::kStage, "stage"},
     {Kind::kExperiment, "experiment"}}};

// The runs that wrote `digest`, without those that were to reproduce another of them.
Result<std::set<Ulid>> WritersOf(Store& store, const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const auto edges,
                           lineage::EdgesInto(store.catalog(), lineage::NodeId::Artifact(digest)));
  std::set<Ulid> writers;
  for (const lineage::Edge& edge : edges) {
    if (edge.kind == lineage::EdgeKind::kProduced) writers.insert(edge.from.run);
  }
  std::set<Ulid> originals;
  for (const Ulid& id : writers) {
    REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store.GetRun(id));
    const auto& original = run.record.reproduces;
    const bool is_rerun = original.has_value() && std::ranges::any_of(writers, [&](const Ulid& of) {
                            return of != id && of.ToString() == *original;
                          });
    if (!is_rerun) originals.insert(id);
  }
  return originals;
}

Result<BundleSubject> SubjectOfVersions(Store& store, Kind kind, std::string name,
                                        const std::vector<RegisteredModel>& versions) {
  BundleSubject subject{
      .kind = kind, .name = std::move(name), .runs = {}, .artifacts = {}, .versions = {}};
  std::set<Ulid> runs;
  std::set<Digest> artifacts;
  for (const RegisteredModel& model : versions) {
    subject.versions.push_back(model.Name());
    artifacts.insert(model.version.artifact.digest);
    if (model.version.run.has_value()) {
      runs.insert(*model.version.run);
      continue;
    }
    REPRISE_ASSIGN_OR_RETURN(const auto writers, WritersOf(store, model.version.artifact.digest));
    runs.insert(writers.begin(), writers.end());
  }
  subject.runs.assign(runs.begin(), runs.end());
  subject.artifacts.assign(artifacts.begin(), artifacts.end());
  return subject;
}

}  // namespace

std::string_view BundleSubjectKindName(Kind kind) {
  return std::ranges::find(kKinds, kind, &std::pair<Kind, std::string_view>::first)->second;
}

BundleSubject SubjectOfRun(const Ulid& run) {
  return {
      .kind = Kind::kRun, .name = run.ToString(), .runs = {run}, .artifacts = {}, .versions = {}};
}

Result<BundleSubject> SubjectOfArtifact(Store& store, const Digest& digest) {
  REPRISE_ASSIGN_OR_RETURN(const auto writers, WritersOf(store, digest));
  if (writers.empty()) {
    return Error{ErrorCode::kNotFound,
                 "no run is known that wrote " + digest.ToString() +
                     ", and a bundle is about runs and models; register it with `reprise model "
                     "register` to export it as it is"};
  }
  return BundleSubject{.kind = Kind::kArtifact,
                       .name = digest.ToString(),
                       .runs = {writers.begin(), writers.end()},
                       .artifacts = {digest},
                       .versions = {}};
}

Result<BundleSubject> SubjectOfVersion(Store& store, const RegisteredModel& version) {
  return SubjectOfVersions(store, Kind::kModelVersion, version.Name(), {version});
}

Result<BundleSubject> SubjectOfModel(Store& store, const std::string& name) {
  REPRISE_ASSIGN_OR_RETURN(const auto versions, VersionsOfModel(store.catalog(), name));
  if (versions.empty()) {
    return Error{ErrorCode::kNotFound,
                 "there is no model '" + Printable(name) + "'; see `reprise models`"};
  }
  return SubjectOfVersions(store, Kind::kModel, name, versions);
}

Result<BundleSubject> SubjectOfStage(Store& store, const std::string& stage) {
  std::vector<RegisteredModel> in_stage;
  REPRISE_ASSIGN_OR_RETURN(const auto names, ModelNames(store.catalog()));
  for (const std::string& name : names) {
    REPRISE_ASSIGN_OR_RETURN(const auto versions, VersionsOfModel(store.catalog(), name));
    std::ranges::copy_if(versions, std::back_inserter(in_stage),
                         [&](const RegisteredModel& model) { return model.stage() == stage; });
  }
  if (in_stage.empty()) {
    return Error{ErrorCode::kNotFound, "no version of a model is in the stage '" +
                                           Printable(stage) + "'; see `reprise models`"};
  }
  return SubjectOfVersions(store, Kind::kStage, stage, in_stage);
}

Result<BundleSubject> SubjectOfExperiment(Store& store, const std::string& experiment) {
  std::set<Ulid> runs;
  REPRISE_TRY(store.ForEachListedRun([&](const ListedRun& run) {
    if (run.experiment == experiment) runs.insert(run.id);
    return true;
  }));
  if (runs.empty()) {
    return Error{ErrorCode::kNotFound, "no run of the experiment '" + Printable(experiment) +
                                           "' is recorded; see `reprise experiments`"};
  }
  return BundleSubject{.kind = Kind::kExperiment,
                       .name = experiment,
                       .runs = {runs.begin(), runs.end()},
                       .artifacts = {},
                       .versions = {}};
}

std::string SignedNameOf(const BundleSubject& subject) {
  if (subject.kind == Kind::kRun) return subject.name;
  return std::string(BundleSubjectKindName(subject.kind)) + " " + subject.name;
}

std::string TitleOf(const BundleSubject& subject) {
  std::string kind(BundleSubjectKindName(subject.kind));
  std::ranges::replace(kind, '_', ' ');
  return kind + " " + subject.name;
}

Json SubjectToJson(const BundleSubject& subject) {
  Json runs = Json::Array{};
  for (const Ulid& run : subject.runs) runs.Append(run.ToString());
  return Json()
      .Set("kind", BundleSubjectKindName(subject.kind))
      .Set("name", subject.name)
      .Set("runs", std::move(runs))
      .Set("artifacts", lineage::DigestsToJson(subject.artifacts))
      .Set("versions", lineage::TextsToJson(subject.versions));
}

Result<BundleSubject> SubjectFromJson(const Json& json) {
  BundleSubject subject;
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, json.GetString("kind"));
  const auto named = std::ranges::find(kKinds, kind, &std::pair<Kind, std::string_view>::second);
  if (named == kKinds.end()) {
    return Error{ErrorCode::kCorruption, "no bundle is about a '" + Printable(kind) + "'"};
  }
  subject.kind = named->first;
  REPRISE_ASSIGN_OR_RETURN(subject.name, json.GetString("name"));
  REPRISE_ASSIGN_OR_RETURN(const auto runs, lineage::GetTexts(json, "runs"));
  for (const std::string& text : runs) {
    const auto run = Ulid::Parse(text);
    if (!run.ok()) return Error{ErrorCode::kCorruption, run.error().message};
    subject.runs.push_back(*run);
  }
  REPRISE_ASSIGN_OR_RETURN(subject.artifacts, lineage::GetDigests(json, "artifacts"));
  REPRISE_ASSIGN_OR_RETURN(subject.versions, lineage::GetTexts(json, "versions"));
  return subject;
}

}  // namespace reprise::tracker
