#include "tracker/import/mlflow_registry.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "lineage/capture/redact.h"
#include "storage/base/assert.h"
#include "storage/base/clock.h"
#include "tracker/artifact_facts.h"
#include "tracker/import/mlflow_artifacts.h"
#include "tracker/import/mlflow_run.h"
#include "tracker/models.h"
#include "tracker/refs.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {
namespace {

// Before MLflow's name of a stage: by it a later import knows the changes that imports made.
constexpr std::string_view kStageReason = "in MLflow: ";

std::optional<std::uint64_t> NumberOf(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

// "None" is where versions begin.
std::string StageOf(const MlflowModelVersion& version) {
  std::string stage = version.stage;
  if (stage.empty() || stage == "None") return std::string(lineage::kFirstStage);
  std::ranges::transform(stage, stage.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return stage;
}

// In which stage the last import saw the version.
std::string LastImportedStage(const RegisteredModel& model) {
  for (auto change = model.changes.rbegin(); change != model.changes.rend(); ++change) {
    if (change->promotion.reason.starts_with(kStageReason)) return change->promotion.to;
  }
  return std::string(lineage::kFirstStage);
}

bool WasMovedHere(const RegisteredModel& model) {
  return !model.changes.empty() && !model.changes.back().promotion.reason.starts_with(kStageReason);
}

class RegistryImport {
 public:
  RegistryImport(Store& store, const MlflowRegistryRequest& request, MlflowRegistryReport& report)
      : store_(store), request_(request), report_(report) {}

  Result<void> Take(const MlflowModelVersion& version) {
    const auto place = request_.runs.find(version.run_id);
    if (place == request_.runs.end()) {
      if (!request_.only_of_runs) LeaveOut(version, "the run that made it was not imported");
      return {};
    }
    const auto name = ModelNameOfMlflow(version.model);
    const auto number = NumberOf(version.version);
    if (!name.has_value() || !number.has_value()) {
      LeaveOut(version, "no model here can have this name and number");
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(auto model, Find(*name, *number));
    if (request_.dry_run) {
      if (!model.has_value()) ++report_.versions;
      return {};
    }
    const auto content = ContentOf(version, place->second);
    if (!content.ok() && !IsDamage(content.error())) return content.error();
    if (model.has_value()) {
      const bool is_same = content.ok() && model->version.artifact.digest == content->digest;
      if (!is_same) {
        LeaveOut(version, model->Name() + " is something else here");
        return {};
      }
    } else {
      if (!content.ok()) {
        LeaveOut(version, content.error().message);
        return {};
      }
      lineage::ModelVersion ours{*name, *number, *content, place->second.id,
                                 capture::RedactText(version.description).text};
      REPRISE_ASSIGN_OR_RETURN(model, RegisterModel(store_, std::move(ours)));
      ++report_.versions;
    }
    return TakeStage(version, *model);
  }

 private:
  void LeaveOut(const MlflowModelVersion& version, const std::string& why) {
    request_.warn("version " + Printable(version.version) + " of the registered model '" +
                  Printable(version.model) + "' was not registered: " + why);
  }

  Result<std::optional<RegisteredModel>> Find(const std::string& name, std::uint64_t number) {
    REPRISE_ASSIGN_OR_RETURN(auto versions, VersionsOfModel(store_.catalog(), name));
    for (RegisteredModel& model : versions) {
      if (model.version.version == number) return std::optional(std::move(model));
    }
    return std::optional<RegisteredModel>();
  }

  // Errors: kNotFound, kCorruption  it is not in the store.
  Result<lineage::ArtifactUse> ContentOf(const MlflowModelVersion& version,
                                         const MlflowRunPlace& place) {
    const auto within = PathOfModelSource(version.source, version.run_id, place.models);
    if (!within.has_value()) {
      return Error{ErrorCode::kNotFound, "its source '" +
                                             Printable(capture::RedactText(version.source).text) +
                                             "' is no artifact of its run"};
    }
    const std::string path = JoinPath(kMlflowArtifactFolder, *within);
    REPRISE_ASSIGN_OR_RETURN(const StoredRun run, store_.GetRun(place.id));
    const auto output = std::ranges::find(run.record.outputs, path, &lineage::ArtifactUse::path);
    if (output != run.record.outputs.end()) return *output;
    REPRISE_ASSIGN_OR_RETURN(const ArtifactRef part,
                             ResolveArtifact({.store = store_, .working_directory = "/"},
                                             place.id.ToString() + ":" + path));
    REPRISE_ASSIGN_OR_RETURN(const ArtifactFacts facts, GatherArtifactFacts(store_, part));
    lineage::ArtifactUse use;
    use.path = path;
    use.kind = part.kind.value_or(lineage::ArtifactKind::kFile);
    use.digest = part.digest;
    use.size_bytes = facts.size_bytes.value_or(0);
    use.executable = part.executable;
    return use;
  }

  // A stage that somebody has given it here outranks MLflow's.
  Result<void> TakeStage(const MlflowModelVersion& version, const RegisteredModel& model) {
    const std::string stage = StageOf(version);
    if (stage == model.stage() || stage == LastImportedStage(model)) return {};
    const bool can_have = lineage::CheckStageName(stage).ok();
    if (!can_have || WasMovedHere(model)) {
      request_.warn(model.Name() + " is in the stage '" + Printable(version.stage) +
                    "' in MLflow, and stays in " + model.stage() +
                    (can_have ? ", where it was moved here" : ""));
      return {};
    }
    const std::int64_t now_unix_ms = NowUnixMs();
    REPRISE_ASSIGN_OR_RETURN(const auto policy, FindPolicyInForce(store_.catalog(), now_unix_ms));
    if (policy.has_value()) return StayBehind(version, model, stage);
    REPRISE_ASSIGN_OR_RETURN(
        const MoveOutcome outcome,
        MoveModel(store_, model, stage, std::string(kStageReason) + version.stage, false,
                  now_unix_ms));
    REPRISE_ASSERT(!outcome.refused.has_value());  // There is no policy to refuse it.
    ++report_.stage_changes;
    return {};
  }

  // What MLflow let pass is no approval: where a policy is in force, people move models.
  Result<void> StayBehind(const MlflowModelVersion& version, const RegisteredModel& model,
                          const std::string& stage) {
    ++report_.stages_held_back;
    request_.warn(model.Name() + " is in the stage '" + Printable(version.stage) +
                  "' in MLflow, and stays in " + model.stage() +
                  ", as a policy is in force; `reprise model promote " + model.Name() + " --to " +
                  stage + "` asks it");
    return {};
  }

  Store& store_;
  const MlflowRegistryRequest& request_;
  MlflowRegistryReport& report_;
};

// Brings the tags that tell of versions up to what MLflow says now.
Result<void> UpdateTags(Store& store, const Ulid& id,
                        const std::map<std::string, std::string>& tags) {
  const auto run = store.GetRun(id);
  if (!run.ok()) return IsDamage(run.error()) ? Result<void>() : run.error();
  std::map<std::string, std::string> changed;
  for (const auto& [key, text] : tags) {
    const auto known = run->tags.find(key);
    if (known == run->tags.end() || known->second != text) changed[key] = text;
  }
  return changed.empty() ? Result<void>() : store.AddTags(id.ToString(), changed);
}

}  // namespace

std::optional<std::string> ModelNameOfMlflow(const std::string& name) {
  std::string valid = PlainNameOfMlflow(name);
  if (!lineage::CheckModelName(valid).ok()) return std::nullopt;
  return valid;
}

std::optional<std::string> PathOfModelSource(const std::string& source, const std::string& run_id,
                                             const std::map<std::string, std::string>& models) {
  constexpr std::string_view kOfModel = "models:/";
  if (source.starts_with(kOfModel)) {
    const auto model = models.find(source.substr(kOfModel.size()));
    return model == models.end() ? std::nullopt : std::optional(model->second);
  }
  const std::string of_run = "runs:/" + run_id + "/";
  const std::string in_store = "/" + run_id + "/artifacts/";
  std::string path;
  if (source.starts_with(of_run)) {
    path = source.substr(of_run.size());
  } else if (const std::size_t at = source.find(in_store); at != source.npos) {
    path = source.substr(at + in_store.size());
    if (source.find(":/") != source.npos) path = PercentDecoded(path);
  }
  while (path.ends_with('/')) path.pop_back();
  if (path.empty()) return std::nullopt;
  return path;
}

Result<MlflowRegistryReport> ImportMlflowRegistry(LeasedStore& lease,
                                                  const MlflowRegistryRequest& request) {
  MlflowRegistryReport report;
  std::map<std::string, std::vector<const MlflowModelVersion*>> models;
  std::map<Ulid, std::vector<MlflowModelVersion>> of_runs;
  for (const MlflowModelVersion& version : request.versions) {
    models[version.model].push_back(&version);
    const auto place = request.runs.find(version.run_id);
    if (place != request.runs.end()) of_runs[place->second.id].push_back(version);
  }
  for (auto& [name, versions] : models) {
    if (request.check_stop) REPRISE_TRY(request.check_stop());
    std::ranges::stable_sort(versions, {}, [](const MlflowModelVersion* version) {
      return NumberOf(version->version).value_or(0);
    });
    REPRISE_TRY(lease.WithStore([&](Store& store) -> Result<void> {
      RegistryImport import(store, request, report);
      for (const MlflowModelVersion* const version : versions) REPRISE_TRY(import.Take(*version));
      return {};
    }));
  }
  if (of_runs.empty() || request.dry_run) return report;
  REPRISE_TRY(lease.WithStore([&](Store& store) -> Result<void> {
    for (const auto& [id, versions] : of_runs) {
      REPRISE_TRY(UpdateTags(store, id, TagsOfMlflowVersions(versions)));
    }
    return {};
  }));
  return report;
}

}  // namespace reprise::tracker
