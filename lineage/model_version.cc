#include "lineage/model_version.h"

#include <algorithm>

#include "lineage/document.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kVersionType = "reprise/model-version/v1";
constexpr std::string_view kPromotionType = "reprise/promotion/v1";
constexpr std::string_view kPolicedPromotionType = "reprise/promotion/v2";
constexpr std::size_t kNameSizeMax = 128;
// JSON has no larger whole number that every reader holds exactly.
constexpr std::uint64_t kVersionMax = (std::uint64_t{1} << 53) - 1;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c);
}

Result<void> CheckNumber(std::uint64_t version) {
  if (version >= 1 && version <= kVersionMax) return {};
  return Error{ErrorCode::kInvalidArgument,
               std::to_string(version) + " is no version of a model: they begin at 1"};
}

}  // namespace

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kNameSizeMax && IsAlphanumeric(name[0]) &&
         std::ranges::all_of(
             name, [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

Result<std::string> EncodeModelVersion(const ModelVersion& version) {
  REPRISE_TRY(CheckModelVersion(version.name, version.version));
  Json json;
  json.Set("type", kVersionType);
  json.Set("name", version.name);
  json.Set("version", version.version);
  json.Set("artifact", ArtifactUseToJson(version.artifact));
  json.Set("run", version.run.has_value() ? Json(version.run->ToString()) : Json());
  json.Set("reason", BytesToJson(version.reason));
  return Canonicalize(json);
}

Result<std::string> EncodePromotion(const Promotion& promotion) {
  REPRISE_TRY(CheckModelVersion(promotion.name, promotion.version));
  REPRISE_TRY(CheckStageName(promotion.from));
  REPRISE_TRY(CheckStageName(promotion.to));
  if (std::ranges::adjacent_find(promotion.statements, std::ranges::greater_equal()) !=
      promotion.statements.end()) {
    return Error{ErrorCode::kInvalidArgument, "the statements of a promotion are sorted"};
  }
  Json json;
  json.Set("type", promotion.policy.has_value() ? kPolicedPromotionType : kPromotionType);
  json.Set("name", promotion.name);
  json.Set("version", promotion.version);
  json.Set("from", promotion.from);
  json.Set("to", promotion.to);
  json.Set("reason", BytesToJson(promotion.reason));
  if (promotion.policy.has_value()) {
    json.Set("policy", promotion.policy->ToString());
    json.Set("override", promotion.is_override);
    json.Set("statements", DigestsToJson(promotion.statements));
  }
  return Canonicalize(json);
}

Result<ModelVersion> DecodeModelVersion(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kVersionType));
  ModelVersion version;
  REPRISE_ASSIGN_OR_RETURN(version.name, json.GetString("name"));
  REPRISE_ASSIGN_OR_RETURN(version.version, GetModelVersion(json, "version"));
  REPRISE_ASSIGN_OR_RETURN(version.artifact, ArtifactUseFromJson(MemberOrNull(json, "artifact")));
  if (const Json& run = MemberOrNull(json, "run"); !run.is_null()) {
    REPRISE_ASSIGN_OR_RETURN(const std::string id, json.GetString("run"));
    REPRISE_ASSIGN_OR_RETURN(version.run, Ulid::Parse(id));
  }
  REPRISE_ASSIGN_OR_RETURN(version.reason, BytesFromJson(MemberOrNull(json, "reason")));
  REPRISE_TRY(RequireSameDocument(EncodeModelVersion(version), document, kVersionType));
  return version;
}

Result<Promotion> DecodePromotion(std::string_view document) {
  const bool is_policed = ParseDocument(document, kPolicedPromotionType).ok();
  const std::string_view type = is_policed ? kPolicedPromotionType : kPromotionType;
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, type));
  Promotion promotion;
  REPRISE_ASSIGN_OR_RETURN(promotion.name, json.GetString("name"));
  REPRISE_ASSIGN_OR_RETURN(promotion.version, GetModelVersion(json, "version"));
  REPRISE_ASSIGN_OR_RETURN(promotion.from, json.GetString("from"));
  REPRISE_ASSIGN_OR_RETURN(promotion.to, json.GetString("to"));
  REPRISE_ASSIGN_OR_RETURN(promotion.reason, BytesFromJson(MemberOrNull(json, "reason")));
  if (is_policed) {
    REPRISE_ASSIGN_OR_RETURN(promotion.policy, DigestFromJson(MemberOrNull(json, "policy")));
    REPRISE_ASSIGN_OR_RETURN(promotion.is_override, json.GetBool("override"));
    REPRISE_ASSIGN_OR_RETURN(promotion.statements, GetDigests(json, "statements"));
  }
  REPRISE_TRY(RequireSameDocument(EncodePromotion(promotion), document, type));
  return promotion;
}

Result<void> CheckModelVersion(std::string_view name, std::uint64_t version) {
  REPRISE_TRY(CheckModelName(name));
  return CheckNumber(version);
}

Result<std::uint64_t> GetModelVersion(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t version, json.GetInteger(key));
  return version < 0 ? 0 : static_cast<std::uint64_t>(version);
}

std::string ModelVersionName(std::string_view name, std::uint64_t version) {
  return std::string(name) + "@" + std::to_string(version);
}

Result<void> CheckModelName(std::string_view name) {
  if (IsPlainName(name)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(name) +
                   "' cannot be a model's name: use 1 to 128 letters, digits, '.', '_' and '-', "
                   "beginning with a letter or digit"};
}

Result<void> CheckStageName(std::string_view stage) {
  if (IsPlainName(stage) && stage != "last" && !std::ranges::all_of(stage, IsDigit)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(stage) +
                   "' cannot be a stage: use 1 to 128 letters, digits, '.', '_' and '-', beginning "
                   "with a letter or digit, and neither a number nor 'last'"};
}

}  // namespace reprise::lineage
