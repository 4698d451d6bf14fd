#include "tracker/import/mlflow_run.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lineage/capture/redact.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"
#include "storage/crypto/sha256.h"
#include "tracker/experiment_name.h"
#include "tracker/run_names.h"

namespace reprise::tracker {
namespace {

constexpr std::int64_t kTimeMaxUnixMs = 253'402'300'799'999;  // The end of the year 9999.
constexpr std::string_view kNoteTag = "mlflow.note.content";
constexpr std::string_view kNameTag = "mlflow.runName";

std::string Utf8(const std::string& text) { return IsUtf8(text) ? text : Printable(text); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The significant digits of a decimal number, without sign, point, exponent and outer zeros.
std::string SignificantDigits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (IsDigit(c)) digits += c;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

// Whether Python, Java or R could have written the double by this text.
bool IsWrittenReal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return false;
  const std::size_t point = text.find('.');
  const std::size_t exponent = text.find_first_of("eE");
  const std::string_view whole = text.substr(0, std::min(point, exponent));
  if (whole.size() > 1 && whole[0] == '0') return false;
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(
        point + 1, exponent == std::string_view::npos ? exponent : exponent - point - 1);
    return !fraction.empty() && (fraction.size() == 1 || fraction.back() != '0');
  }
  // "1e-05" is a number, "123e45" may well be the beginning of a digest.
  return exponent != std::string_view::npos && exponent + 1 < text.size() &&
         !IsDigit(text[exponent + 1]);
}

Json PairsToJson(const std::map<std::string, std::string>& pairs) {
  Json json = Json::Object{};
  for (const auto& [key, value] : pairs) json.Set(key, BytesToJson(value));
  return json;
}

Json DatasetToJson(const MlflowDataset& dataset) {
  const auto text = [](const std::string& value) {
    return BytesToJson(capture::RedactText(value).text);
  };
  return Json()
      .Set("name", text(dataset.name))
      .Set("digest", text(dataset.digest))
      .Set("source_type", text(dataset.source_type))
      .Set("source", text(dataset.source))
      .Set("schema", text(dataset.schema))
      .Set("profile", text(dataset.profile));
}

std::string VersionText(const MlflowModelVersion& version) {
  std::string text = "version " + version.version;
  if (!version.stage.empty() && version.stage != "None") text += ", stage " + version.stage;
  for (const std::string& alias : version.aliases) text += ", alias " + alias;
  for (const auto& [key, value] : version.tags) text += ", tag " + key + "=" + value;
  return text;
}

void AddTag(const std::string& key, const std::string& value, lineage::RunRecord& record) {
  capture::RedactedText redacted = capture::RedactText(value);
  record.redacted = record.redacted || redacted.redacted;
  record.tags[key] = std::move(redacted.text);
}

}  // namespace

Ulid RunIdOfMlflow(const std::string& mlflow_id, std::int64_t started_at_unix_ms) {
  const Digest digest = crypto::Sha256("reprise/mlflow-run/v1\n" + mlflow_id);
  return Ulid::FromParts(static_cast<std::uint64_t>(started_at_unix_ms), digest.bytes().first(10));
}

std::int64_t StartOfMlflowRun(const std::optional<std::int64_t>& started,
                              const std::optional<std::int64_t>& ended) {
  const std::int64_t time = started.has_value() ? *started : ended.value_or(0);
  return std::clamp<std::int64_t>(time, 0, kTimeMaxUnixMs);
}

std::string PlainNameOfMlflow(const std::string& name) {
  constexpr std::size_t kSizeMax = 100;  // Room for what makes it unique.
  std::string valid;
  for (const char c : name) {
    const bool is_plain =
        IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
    if (is_plain) {
      valid += c;
    } else if (!valid.empty() && valid.back() != '-') {
      valid += '-';
    }
  }
  valid.erase(0, std::min(valid.find_first_not_of("._-"), valid.size()));
  valid = valid.substr(0, kSizeMax);
  while (valid.ends_with('-')) valid.pop_back();
  return valid;
}

std::optional<std::string> RunNameOfMlflow(const std::string& name) {
  std::string valid = PlainNameOfMlflow(name);
  if (!CheckRunName(valid).ok()) return std::nullopt;
  return valid;
}

std::map<std::string, std::string> TagsOfMlflowVersions(
    const std::vector<MlflowModelVersion>& versions) {
  std::map<std::string, std::string> tags;
  for (const MlflowModelVersion& version : versions) {
    std::string& text = tags["mlflow.registeredModel." + Utf8(version.model)];
    text += (text.empty() ? "" : "; ") + capture::RedactText(VersionText(version)).text;
  }
  return tags;
}

std::string ExperimentNameOfMlflow(const MlflowExperiment& experiment) {
  constexpr std::size_t kSizeMax = 256;
  if (CheckExperimentName(experiment.name).ok()) return experiment.name;
  std::string name = Utf8(experiment.name);
  for (char& c : name) {
    if (c == '@' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '_';
  }
  if (name.starts_with('-')) name[0] = '_';
  name = name.substr(0, kSizeMax);
  name = name.substr(0, Utf8PrefixBytes(name));
  return CheckExperimentName(name).ok() ? name : "mlflow-" + experiment.id;
}

lineage::ParamValue ParamOfMlflow(std::string_view text) {
  using lineage::ParamType;
  using lineage::ParamValue;
  if (text == "True" || text == "true") return ParamValue::Bool(true);
  if (text == "False" || text == "false") return ParamValue::Bool(false);
  const ParamValue guess = ParamValue::Guess(text);
  if (guess.type() == ParamType::kInt && guess.text() == text) return guess;
  if (guess.type() == ParamType::kReal && IsWrittenReal(text) &&
      SignificantDigits(guess.text()) == SignificantDigits(text)) {
    return guess;
  }
  return ParamValue::String(std::string(text));
}

Result<std::string> DatasetDescription(const MlflowDataset& dataset) {
  return Canonicalize(DatasetToJson(dataset).Set("type", "reprise/mlflow-dataset/v1"));
}

std::string DatasetPath(const MlflowDataset& dataset) {
  std::string name = dataset.name + "-" + dataset.digest;
  std::ranges::replace(name, '/', '_');
  std::ranges::replace(name, '\0', '_');
  return "mlflow-datasets/" + name + ".json";
}

Result<Digest> StateOfMlflowRun(const MlflowRun& run,
                                const std::map<std::string, lineage::MetricSummary>& metrics,
                                const std::vector<ArtifactEntry>& artifacts) {
  Json series = Json::Object{};
  for (const auto& [key, summary] : metrics) series.Set(key, summary.values.ToString());
  Json paths = Json::Array{};
  for (const ArtifactEntry& entry : artifacts) {
    for (const auto& [path, size] : entry.files) {
      paths.Append(Json().Append(BytesToJson(path)).Append(std::to_string(size)));
    }
  }
  Json datasets = Json::Array{};
  for (const MlflowDataset& dataset : run.datasets) {
    datasets.Append(DatasetToJson(dataset).Set("context", BytesToJson(dataset.context)));
  }
  const auto unix_ms_text = [](const std::optional<std::int64_t>& unix_ms) {
    return unix_ms.has_value() ? Json(std::to_string(*unix_ms)) : Json();
  };
  REPRISE_ASSIGN_OR_RETURN(const std::string document,
                           Canonicalize(Json()
                                            .Set("status", static_cast<int>(run.status))
                                            .Set("started", unix_ms_text(run.started_at_unix_ms))
                                            .Set("ended", unix_ms_text(run.ended_at_unix_ms))
                                            .Set("name", BytesToJson(run.name))
                                            .Set("params", PairsToJson(run.params))
                                            .Set("tags", PairsToJson(run.tags))
                                            .Set("datasets", std::move(datasets))
                                            .Set("metrics", std::move(series))
                                            .Set("artifacts", std::move(paths))));
  return crypto::Sha256(document);
}

lineage::RunRecord RecordOfMlflowRun(const MlflowRun& run, const MlflowExperiment& experiment,
                                     const std::vector<MlflowModelVersion>& versions) {
  lineage::RunRecord record;
  record.started_at_unix_ms = StartOfMlflowRun(run.started_at_unix_ms, run.ended_at_unix_ms);
  record.id = RunIdOfMlflow(run.id, record.started_at_unix_ms);
  record.experiment = ExperimentNameOfMlflow(experiment);
  switch (run.status) {
    case MlflowStatus::kFinished:
      record.status = lineage::RunStatus::kFinished;
      break;
    case MlflowStatus::kFailed:
      record.status = lineage::RunStatus::kFailed;
      break;
    case MlflowStatus::kKilled:
      record.status = lineage::RunStatus::kKilled;
      break;
    case MlflowStatus::kRunning:
    case MlflowStatus::kScheduled:
      record.status = lineage::RunStatus::kLost;
      record.warnings.emplace_back("MLflow never saw the end of this run");
      break;
  }
  if (run.ended_at_unix_ms.has_value()) {
    record.ended_at_unix_ms = std::clamp<std::int64_t>(*run.ended_at_unix_ms, 0, kTimeMaxUnixMs);
  }
  record.actor = Utf8(run.user);
  for (const auto& [key, value] : experiment.tags) {
    AddTag("mlflow.experiment." + key, value, record);
  }
  for (const auto& [key, value] : run.tags) {
    if (key == kNoteTag) {
      capture::RedactedText note = capture::RedactText(value);
      record.redacted = record.redacted || note.redacted;
      record.notes.push_back(std::move(note.text));
    } else if (key != kNameTag) {
      AddTag(key, value, record);
    }
  }
  if (record.actor.empty() && run.tags.contains("mlflow.user")) {
    record.actor = Utf8(run.tags.at("mlflow.user"));
  }
  for (const auto& [key, value] : TagsOfMlflowVersions(versions)) record.tags[key] = value;
  for (const MlflowModelVersion& version : versions) {
    if (version.description.empty()) continue;
    record.notes.push_back("registered model " + version.model + " version " + version.version +
                           ": " + capture::RedactText(version.description).text);
  }
  const auto add_missing = [&](const std::string& key, const std::string& value) {
    if (!value.empty() && !record.tags.contains(key)) AddTag(key, value, record);
  };
  add_missing("mlflow.source.name", run.source_name);
  add_missing("mlflow.source.git.commit", run.source_version);
  if (record.experiment != experiment.name) add_missing("mlflow.experimentName", experiment.name);
  record.tags[std::string(kMlflowRunIdTag)] = run.id;
  record.tags["mlflow.experimentId"] = run.experiment_id;
  record.capture.blind_spots.emplace_back(
      "everything that MLflow was not told: the run was imported, and nothing of it was watched");
  return record;
}

}  // namespace reprise::tracker
