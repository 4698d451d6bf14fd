#include "lineage/profile/profile.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "lineage/document.h"
#include "lineage/run_record.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kType = "reprise/profile/v1";
constexpr std::array<std::string_view, 6> kTypeNames = {"empty",   "integer", "real",
                                                        "boolean", "time",    "text"};

bool IsNumeric(ColumnType type) {
  return type == ColumnType::kInteger || type == ColumnType::kReal;
}

// Counts are below 2^53, as sizes of files are.
Result<std::uint64_t> CountFromJson(const Json& json) {
  constexpr double kCountMax = 9007199254740992;
  if (!json.is_number() || json.as_number() < 0 || json.as_number() > kCountMax ||
      json.as_number() != static_cast<double>(static_cast<std::uint64_t>(json.as_number()))) {
    return Error{ErrorCode::kCorruption, "a count in a profile is malformed"};
  }
  return static_cast<std::uint64_t>(json.as_number());
}

Result<std::uint64_t> GetCount(const Json& json, std::string_view key) {
  return CountFromJson(MemberOrNull(json, key));
}

Json QuantilesToJson(const QuantileSummary& quantiles) {
  Json points = Json::Array{};
  for (const auto& [value, weight] : quantiles.points) {
    points.Append(Json::Array{NumberToJson(value), weight});
  }
  return Json().Set("rank_error", quantiles.rank_error).Set("points", std::move(points));
}

Result<QuantileSummary> QuantilesFromJson(const Json& json) {
  QuantileSummary quantiles;
  REPRISE_ASSIGN_OR_RETURN(quantiles.rank_error, GetCount(json, "rank_error"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const points, json.GetArray("points"));
  if (points->empty() || points->size() > kQuantilePointsMax) {
    return Error{ErrorCode::kCorruption, "quantiles of a profile have no points, or too many"};
  }
  for (const Json& point : *points) {
    if (!point.is_array() || point.as_array().size() != 2 || !point.as_array()[0].is_number()) {
      return Error{ErrorCode::kCorruption, "a point of a profile's quantiles is malformed"};
    }
    const double value = point.as_array()[0].as_number();
    REPRISE_ASSIGN_OR_RETURN(const std::uint64_t weight, CountFromJson(point.as_array()[1]));
    if (weight == 0 || (!quantiles.points.empty() && quantiles.points.back().first >= value)) {
      return Error{ErrorCode::kCorruption, "the points of a profile's quantiles are not in order"};
    }
    quantiles.points.emplace_back(value, weight);
    quantiles.count += weight;
  }
  return quantiles;
}

Json FrequentToJson(const ColumnProfile& column) {
  Json values = Json::Array{};
  for (const FrequentValue& value : column.frequent) {
    values.Append(Json().Set("value", BytesToJson(value.value)).Set("count", value.count));
  }
  return Json().Set("values", std::move(values)).Set("error", column.frequent_error);
}

Result<void> ReadFrequent(const Json& json, ColumnProfile& column) {
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const values, json.GetArray("values"));
  REPRISE_ASSIGN_OR_RETURN(column.frequent_error, GetCount(json, "error"));
  for (const Json& value : *values) {
    FrequentValue frequent;
    REPRISE_ASSIGN_OR_RETURN(frequent.value, BytesFromJson(MemberOrNull(value, "value")));
    REPRISE_ASSIGN_OR_RETURN(frequent.count, GetCount(value, "count"));
    column.frequent.push_back(std::move(frequent));
  }
  return {};
}

// "min" and "max": numbers, texts of times, or null.
Json ExtremeToJson(const ColumnProfile& column, bool is_max) {
  if (column.type == ColumnType::kInteger) {
    const auto& extreme = is_max ? column.integer_max : column.integer_min;
    return extreme.has_value() ? IntegerToJson(*extreme) : Json();
  }
  if (column.type == ColumnType::kTime) return is_max ? column.time_max : column.time_min;
  if (!column.numbers.has_value()) return {};
  return NumberToJson(is_max ? column.numbers->max : column.numbers->min);
}

Result<void> ReadNumbers(const Json& json, ColumnProfile& column) {
  if (column.type == ColumnType::kReal) {
    REPRISE_ASSIGN_OR_RETURN(column.infinite, GetCount(json, "infinite"));
  }
  if (MemberOrNull(json, "mean").is_null()) return {};
  NumberSummary numbers;
  if (column.type == ColumnType::kInteger) {
    REPRISE_ASSIGN_OR_RETURN(column.integer_min, GetInteger(json, "min"));
    REPRISE_ASSIGN_OR_RETURN(column.integer_max, GetInteger(json, "max"));
    numbers.min = static_cast<double>(*column.integer_min);
    numbers.max = static_cast<double>(*column.integer_max);
  } else {
    REPRISE_ASSIGN_OR_RETURN(numbers.min, json.GetNumber("min"));
    REPRISE_ASSIGN_OR_RETURN(numbers.max, json.GetNumber("max"));
  }
  REPRISE_ASSIGN_OR_RETURN(numbers.mean, NumberFromJson(MemberOrNull(json, "mean")));
  if (const Json& deviation = MemberOrNull(json, "standard_deviation"); !deviation.is_null()) {
    REPRISE_ASSIGN_OR_RETURN(numbers.standard_deviation, NumberFromJson(deviation));
  }
  REPRISE_ASSIGN_OR_RETURN(numbers.quantiles, QuantilesFromJson(MemberOrNull(json, "quantiles")));
  column.numbers = std::move(numbers);
  return {};
}

Result<ColumnProfile> ColumnFromJson(const Json& json) {
  ColumnProfile column;
  REPRISE_ASSIGN_OR_RETURN(column.name, BytesFromJson(MemberOrNull(json, "name")));
  REPRISE_ASSIGN_OR_RETURN(const std::string type, json.GetString("type"));
  const auto* const named = std::ranges::find(kTypeNames, type);
  if (named == kTypeNames.end()) {
    return Error{ErrorCode::kCorruption, "'" + Printable(type) + "' is no type of a column"};
  }
  column.type = static_cast<ColumnType>(named - kTypeNames.begin());
  REPRISE_ASSIGN_OR_RETURN(column.missing, GetCount(json, "missing"));
  REPRISE_ASSIGN_OR_RETURN(column.distinct, GetCount(json, "distinct"));
  REPRISE_ASSIGN_OR_RETURN(column.distinct_is_exact, json.GetBool("distinct_is_exact"));
  column.is_withheld = json.Find("withheld") != nullptr;
  if (!column.is_withheld || json.Find("digest") != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(column.digest, DigestFromJson(MemberOrNull(json, "digest")));
    REPRISE_ASSIGN_OR_RETURN(column.values, json.GetString("values"));
  }
  if (column.is_withheld) return column;
  if (IsNumeric(column.type)) REPRISE_TRY(ReadNumbers(json, column));
  if (column.type == ColumnType::kTime) {
    REPRISE_ASSIGN_OR_RETURN(column.time_min, json.GetOptionalString("min"));
    REPRISE_ASSIGN_OR_RETURN(column.time_max, json.GetOptionalString("max"));
    if (const Json* const quantiles = json.Find("quantiles")) {
      REPRISE_ASSIGN_OR_RETURN(column.time_quantiles, QuantilesFromJson(*quantiles));
    }
  }
  if (const Json* const frequent = json.Find("frequent")) {
    REPRISE_TRY(ReadFrequent(*frequent, column));
  }
  return column;
}

}  // namespace

std::string_view ColumnTypeName(ColumnType type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

const ColumnProfile* Profile::FindColumn(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &ColumnProfile::name);
  return found == columns.end() ? nullptr : &*found;
}

Json ColumnToJson(const ColumnProfile& column) {
  Json json;
  json.Set("name", BytesToJson(column.name))
      .Set("type", ColumnTypeName(column.type))
      .Set("missing", column.missing)
      .Set("distinct", column.distinct)
      .Set("distinct_is_exact", column.distinct_is_exact);
  if (column.digest.has_value()) {
    json.Set("digest", column.digest->ToString()).Set("values", column.values);
  }
  if (column.is_withheld) return json.Set("withheld", true);
  if (IsNumeric(column.type)) {
    const auto& numbers = column.numbers;
    if (column.type == ColumnType::kReal) json.Set("infinite", column.infinite);
    json.Set("min", ExtremeToJson(column, false))
        .Set("max", ExtremeToJson(column, true))
        .Set("mean", numbers.has_value() ? NumberToJson(numbers->mean) : Json())
        .Set("standard_deviation", numbers.has_value() && numbers->standard_deviation.has_value()
                                       ? NumberToJson(*numbers->standard_deviation)
                                       : Json())
        .Set("quantiles", numbers.has_value() ? QuantilesToJson(numbers->quantiles) : Json());
    return json;
  }
  if (column.type == ColumnType::kTime) {
    json.Set("min", ExtremeToJson(column, false)).Set("max", ExtremeToJson(column, true));
    if (column.time_quantiles.has_value()) {
      json.Set("quantiles", QuantilesToJson(*column.time_quantiles));
    }
  }
  if (column.type != ColumnType::kEmpty) json.Set("frequent", FrequentToJson(column));
  return json;
}

void Withhold(ColumnProfile& column) {
  column.is_withheld = true;
  if (column.distinct_is_exact) {
    column.digest.reset();
    column.values.clear();
  }
  column.infinite = 0;
  column.numbers.reset();
  column.integer_min.reset();
  column.integer_max.reset();
  column.time_min.reset();
  column.time_max.reset();
  column.time_quantiles.reset();
  column.frequent.clear();
  column.frequent_error = 0;
}

Result<std::string> EncodeProfile(const Profile& profile) {
  Json columns = Json::Array{};
  for (const ColumnProfile& column : profile.columns) columns.Append(ColumnToJson(column));
  Json json;
  json.Set("type", kType)
      .Set("content", profile.content.ToString())
      .Set("size_bytes", profile.size_bytes);
  if (profile.problem.has_value()) {
    json.Set("problem", *profile.problem);
  } else {
    json.Set("delimiter", std::string(1, profile.delimiter))
        .Set("has_header", profile.has_header)
        .Set("rows", profile.rows)
        .Set("columns", std::move(columns));
    if (profile.has_repeated_names) json.Set("repeated_names", true);
  }
  return Canonicalize(json);
}

Result<Profile> DecodeProfile(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kType));
  Profile profile;
  REPRISE_ASSIGN_OR_RETURN(profile.content, DigestFromJson(MemberOrNull(json, "content")));
  REPRISE_ASSIGN_OR_RETURN(profile.size_bytes, GetCount(json, "size_bytes"));
  REPRISE_ASSIGN_OR_RETURN(profile.problem, json.GetOptionalString("problem"));
  if (!profile.problem.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const std::string delimiter, json.GetString("delimiter"));
    if (delimiter.size() != 1) {
      return Error{ErrorCode::kCorruption, "the delimiter of a profile is no character"};
    }
    profile.delimiter = delimiter[0];
    REPRISE_ASSIGN_OR_RETURN(profile.has_header, json.GetBool("has_header"));
    profile.has_repeated_names = json.Find("repeated_names") != nullptr;
    REPRISE_ASSIGN_OR_RETURN(profile.rows, GetCount(json, "rows"));
    REPRISE_ASSIGN_OR_RETURN(const Json::Array* const columns, json.GetArray("columns"));
    for (const Json& member : *columns) {
      REPRISE_ASSIGN_OR_RETURN(ColumnProfile column, ColumnFromJson(member));
      profile.columns.push_back(std::move(column));
    }
  }
  REPRISE_TRY(RequireSameDocument(EncodeProfile(profile), document, kType));
  return profile;
}

}  // namespace reprise::lineage
