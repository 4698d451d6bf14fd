#include "lineage/param_value.h"

#include <array>
#include <charconv>
#include <cmath>

#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::int64_t kExactIntegerMax = std::int64_t{1} << 53;

constexpr std::array<std::string_view, 5> kTypeNames = {"int", "real", "bool", "string", "json"};

Error NotOfType(ParamType type, std::string_view text) {
  return {ErrorCode::kInvalidArgument,
          "'" + Printable(text) + "' is no value of type " + std::string(ParamTypeName(type))};
}

Result<std::int64_t> ReadInt(std::string_view text) {
  std::int64_t value = 0;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      (text.size() != digits.size() && digits.starts_with('-'))) {
    return NotOfType(ParamType::kInt, text);
  }
  return value;
}

Result<double> ReadReal(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return INFINITY;
  if (text == "-Infinity") return -INFINITY;
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  // from_chars also reads "inf" and "nan", which are words to a person.
  const bool numeric = digits.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (!numeric || digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      (text.size() != digits.size() && digits.starts_with('-'))) {
    return NotOfType(ParamType::kReal, text);
  }
  return value;
}

std::string RealText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0 && std::signbit(value)) return "-0";  // Canonical JSON would lose the sign.
  std::string text;
  AppendCanonicalNumber(text, value);
  return text;
}

}  // namespace

std::string_view ParamTypeName(ParamType type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

ParamValue ParamValue::Int(std::int64_t value) { return {ParamType::kInt, std::to_string(value)}; }
ParamValue ParamValue::Real(double value) { return {ParamType::kReal, RealText(value)}; }
ParamValue ParamValue::Bool(bool value) { return {ParamType::kBool, value ? "true" : "false"}; }
ParamValue ParamValue::String(std::string value) { return {ParamType::kString, std::move(value)}; }

Result<ParamValue> ParamValue::FromJsonText(std::string_view text) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  REPRISE_ASSIGN_OR_RETURN(std::string canonical, Canonicalize(json));
  return ParamValue(ParamType::kJson, std::move(canonical));
}

ParamValue ParamValue::Guess(std::string_view text) {
  if (const auto value = ReadInt(text); value.ok()) return Int(*value);
  // An integer that is too large stays as it is: as a real it would lose digits.
  const bool is_integer =
      !text.empty() && text.find_first_not_of("0123456789", text[0] == '-' || text[0] == '+') ==
                           std::string_view::npos;
  if (is_integer) return String(std::string(text));
  if (const auto value = ReadReal(text); value.ok()) return Real(*value);
  if (text == "true" || text == "false") return Bool(text == "true");
  return String(std::string(text));
}

Result<ParamValue> ParamValue::Parse(ParamType type, std::string_view text) {
  switch (type) {
    case ParamType::kInt: {
      REPRISE_ASSIGN_OR_RETURN(const std::int64_t value, ReadInt(text));
      return Int(value);
    }
    case ParamType::kReal: {
      REPRISE_ASSIGN_OR_RETURN(const double value, ReadReal(text));
      return Real(value);
    }
    case ParamType::kBool:
      if (text != "true" && text != "false") return NotOfType(type, text);
      return Bool(text == "true");
    case ParamType::kString:
      return String(std::string(text));
    case ParamType::kJson:
      break;
  }
  return FromJsonText(text);
}

Json ParamValue::ToPlainJson() const {
  switch (type_) {
    case ParamType::kInt: {
      const auto value = ReadInt(text_);
      if (value.ok() && *value <= kExactIntegerMax && *value >= -kExactIntegerMax) return *value;
      return text_;
    }
    case ParamType::kReal: {
      const auto value = ReadReal(text_);
      if (value.ok() && std::isfinite(*value)) return *value;
      return text_;
    }
    case ParamType::kBool:
      return text_ == "true";
    case ParamType::kString:
      return BytesToJson(text_);
    case ParamType::kJson:
      break;
  }
  auto json = ParseJson(text_);
  return json.ok() ? *std::move(json) : Json(text_);
}

Json ParamValue::ToDocument() const {
  return Json().Set("type", ParamTypeName(type_)).Set("value", BytesToJson(text_));
}

Result<ParamValue> ParamValue::FromDocument(const Json& json) {
  const Error malformed{ErrorCode::kCorruption, "a parameter in a document is malformed"};
  const auto type_name = json.GetString("type");
  const Json* const value = json.Find("value");
  if (!type_name.ok() || value == nullptr || json.as_object().size() != 2) return malformed;
  const auto text = BytesFromJson(*value);
  if (!text.ok()) return malformed;
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] != *type_name) continue;
    const auto parsed = Parse(static_cast<ParamType>(i), *text);
    if (!parsed.ok() || parsed->text() != *text) return malformed;  // One form for each value.
    return *parsed;
  }
  return malformed;
}

}  // namespace reprise::lineage
