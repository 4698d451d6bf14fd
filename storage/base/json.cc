#include "storage/base/json.h"

#include <cmath>

#include "storage/base/canonical.h"

namespace reprise {
namespace {

constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53

Error BadMember(std::string_view key, std::string_view kind) {
  return {ErrorCode::kCorruption,
          "the member '" + std::string(key) + "' of a document is not " + std::string(kind)};
}

void Format(const Json& value, int indent, std::string& out) {
  const auto new_line = [&](int depth) {
    out += '\n';
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
  };
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_number()) {
    if (std::isfinite(value.as_number())) {
      AppendCanonicalNumber(out, value.as_number());
    } else {
      out += "null";
    }
  } else if (value.is_string()) {
    AppendCanonicalString(out, value.as_string());
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      if (i > 0) out += ',';
      new_line(indent + 1);
      Format(value.as_array()[i], indent + 1, out);
    }
    if (!value.as_array().empty()) new_line(indent);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : value.as_object()) {
      if (!first) out += ',';
      first = false;
      new_line(indent + 1);
      AppendCanonicalString(out, name);
      out += ": ";
      Format(member, indent + 1, out);
    }
    if (!first) new_line(indent);
    out += '}';
  }
}

}  // namespace

const Json* Json::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

Json& Json::Set(std::string key, Json value) {
  if (is_null()) {
    value_ = Object{};
    as_object().reserve(4);  // Few have fewer.
  }
  for (auto& [name, member] : as_object()) {
    if (name == key) {
      member = std::move(value);
      return *this;
    }
  }
  as_object().emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::Append(Json value) {
  if (is_null()) value_ = Array{};
  as_array().push_back(std::move(value));
  return *this;
}

Result<std::string> Json::GetString(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_string()) return BadMember(key, "a string");
  return member->as_string();
}

Result<double> Json::GetNumber(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_number()) return BadMember(key, "a number");
  return member->as_number();
}

Result<std::int64_t> Json::GetInteger(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_number()) return BadMember(key, "an integer");
  const double number = member->as_number();
  if (std::abs(number) > kExactIntegerMax || number != std::floor(number)) {
    return BadMember(key, "an integer");
  }
  return static_cast<std::int64_t>(number);
}

Result<bool> Json::GetBool(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_bool()) return BadMember(key, "true or false");
  return member->as_bool();
}

Result<const Json::Array*> Json::GetArray(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_array()) return BadMember(key, "an array");
  return &member->as_array();
}

Result<const Json::Object*> Json::GetObject(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || !member->is_object()) return BadMember(key, "an object");
  return &member->as_object();
}

Result<std::optional<std::string>> Json::GetOptionalString(std::string_view key) const {
  const Json* const member = Find(key);
  if (member == nullptr || member->is_null()) return std::optional<std::string>();
  if (!member->is_string()) return BadMember(key, "a string or null");
  return std::optional(member->as_string());
}

std::string FormatJson(const Json& value) {
  std::string out;
  Format(value, 0, out);
  out += '\n';
  return out;
}

}  // namespace reprise
