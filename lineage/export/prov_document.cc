#include "lineage/export/prov_document.h"

#include <iterator>
#include <map>

namespace reprise::lineage {
namespace {

// What one kind of record is called, and its arguments: their members in PROV-JSON.
struct Form {
  std::string_view name;
  bool is_element;            // Its first argument is its id.
  std::string_view short_id;  // Of relations, in "_:u1".
  std::vector<std::string_view> members;
};

const Form& FormOf(ProvRecord::Kind kind) {
  static const Form kForms[] = {
      {"entity", true, "", {""}},
      {"activity", true, "", {"", "prov:startTime", "prov:endTime"}},
      {"agent", true, "", {""}},
      {"wasGeneratedBy", false, "g", {"prov:entity", "prov:activity", "prov:time"}},
      {"used", false, "u", {"prov:activity", "prov:entity", "prov:time"}},
      {"wasDerivedFrom",
       false,
       "d",
       {"prov:generatedEntity", "prov:usedEntity", "prov:activity", "prov:generation",
        "prov:usage"}},
      {"wasAssociatedWith", false, "s", {"prov:activity", "prov:agent", "prov:plan"}},
      {"actedOnBehalfOf", false, "b", {"prov:delegate", "prov:responsible", "prov:activity"}},
      {"wasInfluencedBy", false, "i", {"prov:influencee", "prov:influencer"}},
      {"hadMember", false, "m", {"prov:collection", "prov:entity"}},
  };
  return kForms[static_cast<std::size_t>(kind)];
}

std::string_view TypeName(ProvValue::Kind kind) {
  switch (kind) {
    case ProvValue::Kind::kText:
      return "xsd:string";
    case ProvValue::Kind::kLong:
      return "xsd:long";
    case ProvValue::Kind::kDouble:
      return "xsd:double";
    case ProvValue::Kind::kBoolean:
      return "xsd:boolean";
    case ProvValue::Kind::kTime:
      return "xsd:dateTime";
    case ProvValue::Kind::kUri:
      return "xsd:anyURI";
    case ProvValue::Kind::kName:
      return "prov:QUALIFIED_NAME";
  }
  return "xsd:string";
}

Json ValueToJson(const ProvValue& value) {
  if (value.kind == ProvValue::Kind::kText) return value.text;
  return Json().Set("$", value.text).Set("type", TypeName(value.kind));
}

// Values of one attribute stand in one list.
void AddAttributes(const ProvAttributes& attributes, Json& json) {
  std::map<std::string, std::vector<Json>> by_name;
  for (const auto& [name, value] : attributes) by_name[name].push_back(ValueToJson(value));
  for (auto& [name, values] : by_name) {
    json.Set(name, values.size() == 1 ? std::move(values[0]) : Json(std::move(values)));
  }
}

// A string of PROV-N, which has Turtle's escapes.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "\"";
}

std::string ValueToText(const ProvValue& value) {
  if (value.kind == ProvValue::Kind::kText) return Quoted(value.text);
  if (value.kind == ProvValue::Kind::kName) return "'" + value.text + "'";
  return Quoted(value.text) + " %% " + std::string(TypeName(value.kind));
}

std::string RecordToText(const ProvRecord& record) {
  std::string text(FormOf(record.kind).name);
  text += '(';
  // Absent arguments at the end are left out only where all are, as the grammar wants it.
  const bool is_bare = record.kind == ProvRecord::Kind::kHadMember ||
                       record.kind == ProvRecord::Kind::kWasInfluencedBy ||
                       FormOf(record.kind).is_element;
  for (std::size_t i = 0; i < record.arguments.size(); ++i) {
    if (i > 0) text += ", ";
    text += record.arguments[i].empty() ? "-" : record.arguments[i];
  }
  const std::size_t wanted = FormOf(record.kind).members.size();
  for (std::size_t i = record.arguments.size(); !is_bare && i < wanted; ++i) text += ", -";
  if (!record.attributes.empty()) {
    text += ", [";
    for (std::size_t i = 0; i < record.attributes.size(); ++i) {
      if (i > 0) text += ", ";
      text += record.attributes[i].first + "=" + ValueToText(record.attributes[i].second);
    }
    text += ']';
  }
  return text + ")";
}

}  // namespace

Json ProvToJson(const ProvDocument& document) {
  Json prefixes = Json::Object{};
  for (const auto& [prefix, space] : document.prefixes) prefixes.Set(prefix, space);
  std::map<std::string_view, Json::Object> by_kind;
  std::map<std::string_view, std::size_t> count;
  for (const ProvRecord& record : document.records) {
    const Form& form = FormOf(record.kind);
    Json json = Json::Object{};
    for (std::size_t i = form.is_element ? 1 : 0; i < record.arguments.size(); ++i) {
      if (!record.arguments[i].empty()) json.Set(std::string(form.members[i]), record.arguments[i]);
    }
    AddAttributes(record.attributes, json);
    std::string id = form.is_element
                         ? record.arguments[0]
                         : "_:" + std::string(form.short_id) + std::to_string(++count[form.name]);
    by_kind[form.name].emplace_back(std::move(id), std::move(json));
  }
  Json json = Json().Set("prefix", std::move(prefixes));
  for (auto& [name, records] : by_kind) json.Set(std::string(name), Json(std::move(records)));
  return json;
}

std::string ProvToText(const ProvDocument& document) {
  std::string text = "document\n";
  for (const auto& [prefix, space] : document.prefixes) {
    if (prefix == "prov" || prefix == "xsd") continue;  // Every document has these.
    text += "  prefix " + prefix + " <" + space + ">\n";
  }
  text += '\n';
  for (const ProvRecord& record : document.records) text += "  " + RecordToText(record) + "\n";
  return text + "endDocument\n";
}

}  // namespace reprise::lineage
