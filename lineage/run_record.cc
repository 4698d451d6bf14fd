#include "lineage/run_record.h"

#include <array>
#include <charconv>
#include <cmath>

#include "lineage/document.h"
#include "lineage/document_writer.h"
#include "storage/base/canonical_writer.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kType = "reprise/run/v1";

constexpr std::array<std::string_view, 5> kStatusNames = {"running", "finished", "failed", "killed",
                                                          "lost"};

void WriteStream(const std::optional<StreamRecord>& stream, CanonicalWriter& writer) {
  if (!stream.has_value()) return writer.Null();
  writer.BeginObject();
  writer.Name("digest").DigestText(stream->digest);
  writer.Name("size_bytes").Number(static_cast<double>(stream->size_bytes));
  writer.EndObject();
}

void WriteOptional(const std::optional<int>& number, CanonicalWriter& writer) {
  number.has_value() ? writer.Number(*number) : writer.Null();
}

void WriteOptional(const std::optional<std::string>& text, CanonicalWriter& writer) {
  text.has_value() ? writer.Text(*text) : writer.Null();
}

Result<std::uint64_t> GetCount(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t value, json.GetInteger(key));
  if (value < 0) {
    return Error{ErrorCode::kCorruption, "the member '" + std::string(key) + "' is negative"};
  }
  return static_cast<std::uint64_t>(value);
}

Result<std::optional<StreamRecord>> GetStream(const Json& json, std::string_view key) {
  const Json& member = MemberOrNull(json, key);
  if (member.is_null()) return std::optional<StreamRecord>();
  StreamRecord stream;
  REPRISE_ASSIGN_OR_RETURN(stream.digest, DigestFromJson(MemberOrNull(member, "digest")));
  REPRISE_ASSIGN_OR_RETURN(stream.size_bytes, GetCount(member, "size_bytes"));
  return std::optional(stream);
}

Json MetricsToJson(const std::map<std::string, MetricSummary>& metrics) {
  Json::Object object;
  for (const auto& [key, metric] : metrics) {
    object.emplace_back(key, Json()
                                 .Set("count", metric.count)
                                 .Set("last", NumberToJson(metric.last))
                                 .Set("min", NumberToJson(metric.min))
                                 .Set("max", NumberToJson(metric.max))
                                 .Set("last_step", IntegerToJson(metric.last_step))
                                 .Set("series", metric.series.ToString())
                                 .Set("values", metric.values.ToString()));
  }
  return object;
}

Result<MetricSummary> MetricFromJson(const Json& json) {
  MetricSummary metric;
  REPRISE_ASSIGN_OR_RETURN(metric.count, GetCount(json, "count"));
  REPRISE_ASSIGN_OR_RETURN(metric.last, NumberFromJson(MemberOrNull(json, "last")));
  REPRISE_ASSIGN_OR_RETURN(metric.min, NumberFromJson(MemberOrNull(json, "min")));
  REPRISE_ASSIGN_OR_RETURN(metric.max, NumberFromJson(MemberOrNull(json, "max")));
  REPRISE_ASSIGN_OR_RETURN(metric.last_step, GetInteger(json, "last_step"));
  REPRISE_ASSIGN_OR_RETURN(metric.series, DigestFromJson(MemberOrNull(json, "series")));
  REPRISE_ASSIGN_OR_RETURN(metric.values, DigestFromJson(MemberOrNull(json, "values")));
  return metric;
}

Json ResourcesToJson(const std::optional<ResourceUse>& resources) {
  if (!resources.has_value()) return {};
  return Json()
      .Set("user_ms", resources->user_ms)
      .Set("system_ms", resources->system_ms)
      .Set("rss_bytes_max", resources->rss_bytes_max);
}

Json CaptureToJson(const CaptureFacts& capture) {
  Json json = Json()
                  .Set("level", capture.level)
                  .Set("tracer", capture.tracer)
                  .Set("blind_spots", TextsToJson(capture.blind_spots));
  // Records of earlier releases have no such member.
  if (capture.closure.has_value()) json.Set("closure", capture.closure->ToString());
  return json;
}

Json DerivationsToJson(const std::vector<Derivation>& derivations) {
  Json list = Json::Array{};
  for (const Derivation& derivation : derivations) {
    Json sources = Json::Array{};
    for (const std::string& source : derivation.sources) sources.Append(BytesToJson(source));
    list.Append(
        Json().Set("column", BytesToJson(derivation.column)).Set("from", std::move(sources)));
  }
  return list;
}

Result<Derivation> DerivationFromJson(const Json& json) {
  Derivation derivation;
  REPRISE_ASSIGN_OR_RETURN(derivation.column, BytesFromJson(MemberOrNull(json, "column")));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const sources, json.GetArray("from"));
  for (const Json& source : *sources) {
    REPRISE_ASSIGN_OR_RETURN(std::string name, BytesFromJson(source));
    derivation.sources.push_back(std::move(name));
  }
  return derivation;
}

Json EvidenceToJson(const std::vector<RunEvidence>& evidence) {
  Json list = Json::Array{};
  for (const RunEvidence& attached : evidence) {
    list.Append(
        Json().Set("kind", attached.kind).Set("artifact", ArtifactUseToJson(attached.artifact)));
  }
  return list;
}

Result<void> ReadEvidence(const Json& json, RunRecord& record) {
  if (MemberOrNull(json, "evidence").is_null()) return {};
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const evidence, json.GetArray("evidence"));
  for (const Json& member : *evidence) {
    RunEvidence attached;
    REPRISE_ASSIGN_OR_RETURN(attached.kind, member.GetString("kind"));
    REPRISE_ASSIGN_OR_RETURN(attached.artifact,
                             ArtifactUseFromJson(MemberOrNull(member, "artifact")));
    record.evidence.push_back(std::move(attached));
  }
  return {};
}

Result<std::optional<int>> GetOptionalInt(const Json& json, std::string_view key) {
  if (MemberOrNull(json, key).is_null()) return std::optional<int>();
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t value, json.GetInteger(key));
  return std::optional(static_cast<int>(value));
}

Result<std::int64_t> GetTime(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text, json.GetString(key));
  auto time = ParseTime(text);
  if (!time.ok()) return Error{ErrorCode::kCorruption, time.error().message};
  return time;
}

Result<std::optional<std::string>> GetOptionalRunId(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(std::optional<std::string> text, json.GetOptionalString(key));
  if (text.has_value()) {
    const auto id = Ulid::Parse(*text);
    if (!id.ok() || id->ToString() != *text) {
      return Error{ErrorCode::kCorruption, "the member '" + std::string(key) + "' names no run: '" +
                                               Printable(*text) + "'"};
    }
  }
  return text;
}

// The parts of a record, each from the members that it owns.
Result<void> ReadIdentity(const Json& json, RunRecord& record) {
  REPRISE_ASSIGN_OR_RETURN(const std::string id, json.GetString("id"));
  const auto parsed = Ulid::Parse(id);
  if (!parsed.ok()) return Error{ErrorCode::kCorruption, parsed.error().message};
  record.id = *parsed;
  REPRISE_ASSIGN_OR_RETURN(record.experiment, json.GetString("experiment"));
  REPRISE_ASSIGN_OR_RETURN(record.name, json.GetString("name"));
  REPRISE_ASSIGN_OR_RETURN(record.actor, json.GetString("actor"));
  REPRISE_ASSIGN_OR_RETURN(record.reproduces, GetOptionalRunId(json, "reproduces"));
  REPRISE_ASSIGN_OR_RETURN(record.derived_from, GetOptionalRunId(json, "derived_from"));
  return {};
}

Result<void> ReadOutcome(const Json& json, RunRecord& record) {
  REPRISE_ASSIGN_OR_RETURN(const std::string status, json.GetString("status"));
  const auto parsed = ParseRunStatus(status);
  if (!parsed.ok()) return Error{ErrorCode::kCorruption, parsed.error().message};
  record.status = *parsed;
  REPRISE_ASSIGN_OR_RETURN(record.exit_code, GetOptionalInt(json, "exit_code"));
  REPRISE_ASSIGN_OR_RETURN(record.signal, GetOptionalInt(json, "signal"));
  REPRISE_ASSIGN_OR_RETURN(record.started_at_unix_ms, GetTime(json, "started_at"));
  if (!MemberOrNull(json, "ended_at").is_null()) {
    REPRISE_ASSIGN_OR_RETURN(record.ended_at_unix_ms, GetTime(json, "ended_at"));
  }
  const Json& resources = MemberOrNull(json, "resources");
  if (resources.is_null()) return {};
  ResourceUse use;
  REPRISE_ASSIGN_OR_RETURN(use.user_ms, resources.GetInteger("user_ms"));
  REPRISE_ASSIGN_OR_RETURN(use.system_ms, resources.GetInteger("system_ms"));
  REPRISE_ASSIGN_OR_RETURN(use.rss_bytes_max, resources.GetInteger("rss_bytes_max"));
  record.resources = use;
  return {};
}

Result<void> ReadResults(const Json& json, RunRecord& record) {
  REPRISE_ASSIGN_OR_RETURN(record.recipe, GetOptionalDigest(json, "recipe"));
  REPRISE_ASSIGN_OR_RETURN(record.code, GetOptionalDigest(json, "code"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const outputs, json.GetArray("outputs"));
  for (const Json& output : *outputs) {
    REPRISE_ASSIGN_OR_RETURN(ArtifactUse use, ArtifactUseFromJson(output));
    record.outputs.push_back(std::move(use));
  }
  REPRISE_ASSIGN_OR_RETURN(record.missing_outputs, GetTexts(json, "missing_outputs"));
  REPRISE_ASSIGN_OR_RETURN(record.stdout_log, GetStream(json, "stdout"));
  REPRISE_ASSIGN_OR_RETURN(record.stderr_log, GetStream(json, "stderr"));
  REPRISE_ASSIGN_OR_RETURN(record.sdk_log, GetStream(json, "sdk_log"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Object* const metrics, json.GetObject("metrics"));
  for (const auto& [key, value] : *metrics) {
    REPRISE_ASSIGN_OR_RETURN(record.metrics[key], MetricFromJson(value));
  }
  if (MemberOrNull(json, "derivations").is_null()) return {};
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const derivations, json.GetArray("derivations"));
  for (const Json& member : *derivations) {
    REPRISE_ASSIGN_OR_RETURN(Derivation derivation, DerivationFromJson(member));
    record.derivations.push_back(std::move(derivation));
  }
  return {};
}

Result<void> ReadRemarks(const Json& json, RunRecord& record) {
  REPRISE_ASSIGN_OR_RETURN(record.asked_params, GetTexts(json, "asked_params"));
  REPRISE_ASSIGN_OR_RETURN(record.tags, GetTextMap(json, "tags"));
  REPRISE_ASSIGN_OR_RETURN(record.notes, GetTexts(json, "notes"));
  REPRISE_ASSIGN_OR_RETURN(record.warnings, GetTexts(json, "warnings"));
  REPRISE_ASSIGN_OR_RETURN(record.redacted, json.GetBool("redacted"));
  const Json& capture = MemberOrNull(json, "capture");
  REPRISE_ASSIGN_OR_RETURN(record.capture.level, capture.GetString("level"));
  REPRISE_ASSIGN_OR_RETURN(record.capture.tracer, capture.GetOptionalString("tracer"));
  REPRISE_ASSIGN_OR_RETURN(record.capture.blind_spots, GetTexts(capture, "blind_spots"));
  REPRISE_ASSIGN_OR_RETURN(record.capture.closure, GetOptionalDigest(capture, "closure"));
  REPRISE_TRY(json.GetObject("host"));
  record.host = MemberOrNull(json, "host");
  return {};
}

}  // namespace

std::string_view RunStatusName(RunStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

Result<RunStatus> ParseRunStatus(std::string_view name) {
  for (std::size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == name) return static_cast<RunStatus>(i);
  }
  return Error{ErrorCode::kInvalidArgument, "'" + Printable(name) + "' is no status of a run"};
}

Result<std::string> EncodeRunRecord(const RunRecord& record) {
  std::optional<std::string> ended;
  if (record.ended_at_unix_ms.has_value()) ended = FormatTime(*record.ended_at_unix_ms);
  CanonicalWriter writer;
  writer.BeginObject();
  writer.Name("actor").Text(record.actor);
  WriteTexts(record.asked_params, writer.Name("asked_params"));
  writer.Name("capture").Value(CaptureToJson(record.capture));
  WriteDigest(record.code, writer.Name("code"));
  // Most runs tell of none, and records of earlier releases have no such member.
  if (!record.derivations.empty()) {
    writer.Name("derivations").Value(DerivationsToJson(record.derivations));
  }
  WriteOptional(record.derived_from, writer.Name("derived_from"));
  WriteOptional(ended, writer.Name("ended_at"));
  if (!record.evidence.empty()) writer.Name("evidence").Value(EvidenceToJson(record.evidence));
  WriteOptional(record.exit_code, writer.Name("exit_code"));
  writer.Name("experiment").Text(record.experiment);
  writer.Name("host").Value(record.host);
  writer.Name("id").Text(record.id.ToString());
  writer.Name("metrics").Value(MetricsToJson(record.metrics));
  WriteTexts(record.missing_outputs, writer.Name("missing_outputs"));
  writer.Name("name").Text(record.name);
  WriteTexts(record.notes, writer.Name("notes"));
  writer.Name("outputs").BeginArray();
  for (const ArtifactUse& output : record.outputs) WriteArtifactUse(output, writer);
  writer.EndArray();
  WriteDigest(record.recipe, writer.Name("recipe"));
  writer.Name("redacted").Bool(record.redacted);
  WriteOptional(record.reproduces, writer.Name("reproduces"));
  writer.Name("resources").Value(ResourcesToJson(record.resources));
  WriteStream(record.sdk_log, writer.Name("sdk_log"));
  WriteOptional(record.signal, writer.Name("signal"));
  writer.Name("started_at").Text(FormatTime(record.started_at_unix_ms));
  writer.Name("status").Text(RunStatusName(record.status));
  WriteStream(record.stderr_log, writer.Name("stderr"));
  WriteStream(record.stdout_log, writer.Name("stdout"));
  writer.Name("tags").Value(TextMapToJson(record.tags));
  writer.Name("type").Text(kType);
  WriteTexts(record.warnings, writer.Name("warnings"));
  writer.EndObject();
  return writer.Finish();
}

Result<RunRecord> DecodeRunRecord(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kType));
  RunRecord record;
  REPRISE_TRY(ReadIdentity(json, record));
  REPRISE_TRY(ReadOutcome(json, record));
  REPRISE_TRY(ReadResults(json, record));
  REPRISE_TRY(ReadEvidence(json, record));
  REPRISE_TRY(ReadRemarks(json, record));
  REPRISE_TRY(RequireSameDocument(EncodeRunRecord(record), document, kType));
  return record;
}

Json NumberToJson(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

Json IntegerToJson(std::int64_t value) {
  constexpr std::int64_t kExactMax = std::int64_t{1} << 53;
  if (value >= -kExactMax && value <= kExactMax) return value;
  return std::to_string(value);
}

Result<std::int64_t> GetInteger(const Json& json, std::string_view key) {
  const Json& member = MemberOrNull(json, key);
  if (!member.is_string()) return json.GetInteger(key);
  const std::string& text = member.as_string();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && IntegerToJson(value) == member) {
    return value;
  }
  return Error{ErrorCode::kCorruption, "the member '" + std::string(key) + "' is no integer"};
}

Result<double> NumberFromJson(const Json& json) {
  if (json.is_number()) return json.as_number();
  if (json.is_string()) {
    if (json.as_string() == "NaN") return std::nan("");
    if (json.as_string() == "Infinity") return INFINITY;
    if (json.as_string() == "-Infinity") return -INFINITY;
  }
  return Error{ErrorCode::kCorruption, "a number in a document is malformed"};
}

}  // namespace reprise::lineage
