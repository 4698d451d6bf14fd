#include "lineage/governance/evidence_content.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "lineage/document.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/model_card.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

// What may be wrong with a value: nothing, or the rest of a sentence that begins with its place.
using Wrong = std::optional<std::string>;
using Check = std::function<Wrong(const Json& value, const std::string& place)>;

Wrong IsNumber(const Json& value, const std::string& place) {
  if (value.is_number()) return {};
  return place + " is no number";
}

Wrong IsNumberOrNull(const Json& value, const std::string& place) {
  if (value.is_number() || value.is_null()) return {};
  return place + " is neither a number nor null";
}

// Of how many, which is a text of digits beyond 2^53.
Wrong IsCount(const Json& value, const std::string& place) {
  if (value.is_number() && value.as_number() >= 0) return {};
  if (value.is_string() && !value.as_string().empty() &&
      value.as_string().find_first_not_of("0123456789") == std::string::npos) {
    return {};
  }
  return place + " is no count";
}

Wrong IsCountOfRows(const Json& value, const std::string& place) {
  if (auto wrong = IsCount(value, place)) return wrong;
  const bool is_none = value.is_number()
                           ? value.as_number() == 0
                           : value.as_string().find_first_not_of('0') == std::string::npos;
  if (is_none) return place + " is 0";
  return {};
}

Wrong IsText(const Json& value, const std::string& place) {
  if (BytesFromJson(value).ok()) return {};
  return place + " is no text";
}

Wrong IsDigest(const Json& value, const std::string& place) {
  if (DigestFromJson(value).ok()) return {};
  return place + " is no digest, as in sha256:…";
}

struct Member {
  std::string_view name;
  Check check;
};

// An object that has at least these members.
Check Record(std::vector<Member> members) {
  return [members = std::move(members)](const Json& value, const std::string& place) -> Wrong {
    if (!value.is_object()) return place + " is no object";
    for (const Member& member : members) {
      const std::string name =
          place.empty() ? std::string(member.name) : place + "." + std::string(member.name);
      const Json* const found = value.Find(member.name);
      if (found == nullptr) return name + " is missing";
      if (auto wrong = member.check(*found, name)) return wrong;
    }
    return {};
  };
}

// An array that says something: of a check without a row there is nothing to judge.
Check ListOf(Check check) {
  return [check = std::move(check)](const Json& value, const std::string& place) -> Wrong {
    if (!value.is_array()) return place + " is no array";
    if (value.as_array().empty()) return place + " holds nothing";
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      auto wrong = check(value.as_array()[i], place + "[" + std::to_string(i) + "]");
      if (wrong.has_value()) return wrong;
    }
    return {};
  };
}

Wrong AreMetrics(const Json& value, const std::string& place) {
  if (!value.is_object()) return place + " is no object";
  if (value.as_object().empty()) return place + " holds nothing";
  for (const auto& [name, number] : value.as_object()) {
    if (auto wrong = IsNumber(number, place + "." + Printable(name))) return wrong;
  }
  return {};
}

struct DocumentType {
  std::string_view type;
  std::string_view kind;  // Of evidence.
  Check check;
};

std::vector<DocumentType> MakeTypes() {
  const Check data = Record({{"digest", IsDigest}, {"rows", IsCountOfRows}});
  const Check estimate =
      Record({{"value", IsNumberOrNull}, {"low", IsNumberOrNull}, {"high", IsNumberOrNull}});
  const Check column = Record({{"column", IsText},
                               {"type", IsText},
                               {"ks", IsNumberOrNull},
                               {"psi", IsNumberOrNull},
                               {"state", IsText}});
  const Check stability_bin = Record({{"from", IsNumberOrNull},
                                      {"to", IsNumberOrNull},
                                      {"expected", IsNumber},
                                      {"actual", IsNumber}});
  const Check group = Record({{"column", IsText},
                              {"group", IsText},
                              {"rows", IsCount},
                              {"auc", estimate},
                              {"ks", estimate},
                              {"approval_rate", estimate}});
  const Check calibration_bin =
      Record({{"predicted", IsNumber}, {"observed", IsNumber}, {"rows", IsCount}});
  const Check importance = Record({{"feature", IsText}, {"value", IsNumber}});
  return {
      {"reprise/drift/v1", "drift",
       Record({{"reference", data}, {"current", data}, {"columns", ListOf(column)}})},
      {"reprise/stability/v1", "stability",
       Record({{"psi", IsNumber}, {"ks", IsNumber}, {"bins", ListOf(stability_bin)}})},
      {"reprise/subpopulations/v1", "subpopulations", Record({{"groups", ListOf(group)}})},
      {"reprise/calibration/v1", "calibration", Record({{"bins", ListOf(calibration_bin)}})},
      {"reprise/importances/v1", "explainability",
       Record({{"method", IsText}, {"importances", ListOf(importance)}})},
      {"reprise/validation/v1", "validation", Record({{"metrics", AreMetrics}})},
  };
}

const std::vector<DocumentType>& Types() {
  static const std::vector<DocumentType> types = MakeTypes();
  return types;
}

// The document, if `content` is one of a known type.
const DocumentType* FindType(std::string_view content, Json& json) {
  const std::size_t start = content.find_first_not_of(" \t\r\n");
  if (content.size() > kTypedEvidenceBytesMax || start == std::string_view::npos ||
      content[start] != '{') {
    return nullptr;
  }
  auto parsed = ParseJson(content);
  if (!parsed.ok()) return nullptr;
  json = *std::move(parsed);
  const Json* const type = json.Find("type");
  if (type == nullptr || !type->is_string()) return nullptr;
  const auto found = std::ranges::find(Types(), type->as_string(), &DocumentType::type);
  return found == Types().end() ? nullptr : &*found;
}

// Only where a document names its data does anybody compare by it.
Wrong DatasetIsWrong(const Json& json) {
  const Json* const dataset = json.Find("dataset");
  if (dataset == nullptr || dataset->is_null()) return {};
  return Record({{"digest", IsDigest}})(*dataset, "dataset");
}

}  // namespace

Result<void> CheckEvidenceContent(std::string_view kind, std::string_view content,
                                  std::string_view file_name) {
  REPRISE_TRY(CheckEvidenceKind(kind));
  if (kind == kModelCardKind) {
    REPRISE_TRY(ParseModelCard(content, file_name));
    return {};
  }
  Json json;
  const DocumentType* const type = FindType(content, json);
  if (type == nullptr) return {};
  const std::string start =
      "'" + Printable(file_name) + "' says that it is " + std::string(type->type);
  Wrong wrong = type->check(json, "");
  if (!wrong.has_value()) wrong = DatasetIsWrong(json);
  if (wrong.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 start + ", but " + *wrong + "; docs/formats/checks.md tells what it holds"};
  }
  if (type->kind == kind) return {};
  return Error{ErrorCode::kInvalidArgument, start + ", which is evidence of the kind " +
                                                std::string(type->kind) + " and not " +
                                                std::string(kind)};
}

std::optional<ValidationMetrics> ReadValidation(std::string_view content) {
  Json json;
  const DocumentType* const type = FindType(content, json);
  if (type == nullptr || type->kind != "validation" || type->check(json, "").has_value() ||
      DatasetIsWrong(json).has_value()) {
    return std::nullopt;
  }
  ValidationMetrics validation;
  for (const auto& [name, value] : json.Find("metrics")->as_object()) {
    validation.metrics.emplace(name, value.as_number());
  }
  const Json* const dataset = json.Find("dataset");
  if (dataset != nullptr && !dataset->is_null()) {
    validation.dataset = *DigestFromJson(*dataset->Find("digest"));
  }
  return validation;
}

}  // namespace reprise::lineage
