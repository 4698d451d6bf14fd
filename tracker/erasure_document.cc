#include "tracker/erasure_document.h"

#include <algorithm>
#include <array>
#include <functional>

#include "lineage/document.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::ParseDocument;
using lineage::RequireSameDocument;

constexpr std::string_view kErasureType = "reprise/erasure/v1";
constexpr std::string_view kPlanType = "reprise/erasing/v1";
constexpr std::array<std::string_view, 5> kItemKinds = {"file", "log", "metrics", "note",
                                                        "profile"};

Error Unfit(const std::string& why) {
  return {ErrorCode::kInvalidArgument, "cannot write down an erasure: " + why};
}

Result<std::uint64_t> GetSize(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t bytes, json.GetInteger(key));
  if (bytes >= 0) return static_cast<std::uint64_t>(bytes);
  return Error{ErrorCode::kCorruption, "an erasure has a negative size"};
}

Json UlidsToJson(const std::vector<Ulid>& ids) {
  Json list = Json::Array{};
  for (const Ulid& id : ids) list.Append(id.ToString());
  return list;
}

Result<std::vector<Ulid>> GetUlids(const Json& json, std::string_view key) {
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const list, json.GetArray(key));
  std::vector<Ulid> ids;
  for (const Json& entry : *list) {
    const auto id = Ulid::Parse(entry.is_string() ? entry.as_string() : "");
    if (!id.ok()) return Error{ErrorCode::kCorruption, "a plan names what is no pack"};
    ids.push_back(*id);
  }
  return ids;
}

Result<ErasedItem> ItemFromJson(const Json& json) {
  ErasedItem item;
  REPRISE_ASSIGN_OR_RETURN(item.digest,
                           lineage::DigestFromJson(lineage::MemberOrNull(json, "digest")));
  REPRISE_ASSIGN_OR_RETURN(item.kind, json.GetString("kind"));
  REPRISE_ASSIGN_OR_RETURN(item.size_bytes, GetSize(json, "size_bytes"));
  REPRISE_ASSIGN_OR_RETURN(item.paths, lineage::GetTexts(json, "paths"));
  return item;
}

template <typename Range, typename Projection = std::identity>
bool IsStrictlySorted(const Range& range, Projection of = {}) {
  return std::ranges::adjacent_find(range, std::ranges::greater_equal(), of) == range.end();
}

}  // namespace

Result<std::string> EncodeErasure(const ErasureDocument& erasure) {
  if (erasure.reason.empty()) return Unfit("it has no reason");
  if (erasure.subject.empty() || erasure.items.empty()) return Unfit("nothing is named");
  if (!IsStrictlySorted(erasure.items, &ErasedItem::digest)) return Unfit("it is not in order");
  Json items = Json::Array{};
  for (const ErasedItem& item : erasure.items) {
    if (std::ranges::find(kItemKinds, item.kind) == kItemKinds.end()) {
      return Unfit("there is no kind '" + Printable(item.kind) + "'");
    }
    if (!IsStrictlySorted(item.paths)) return Unfit("its paths are not in order");
    items.Append(Json()
                     .Set("digest", item.digest.ToString())
                     .Set("kind", item.kind)
                     .Set("size_bytes", item.size_bytes)
                     .Set("paths", lineage::TextsToJson(item.paths)));
  }
  Json json;
  json.Set("type", kErasureType);
  json.Set("subject", erasure.subject);
  json.Set("reason", BytesToJson(erasure.reason));
  json.Set("items", std::move(items));
  json.Set("kept_bytes", erasure.kept_bytes);
  return Canonicalize(json);
}

Result<ErasureDocument> DecodeErasure(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kErasureType));
  ErasureDocument erasure;
  REPRISE_ASSIGN_OR_RETURN(erasure.subject, json.GetString("subject"));
  REPRISE_ASSIGN_OR_RETURN(erasure.reason, BytesFromJson(lineage::MemberOrNull(json, "reason")));
  REPRISE_ASSIGN_OR_RETURN(erasure.kept_bytes, GetSize(json, "kept_bytes"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const items, json.GetArray("items"));
  for (const Json& item : *items) {
    REPRISE_ASSIGN_OR_RETURN(erasure.items.emplace_back(), ItemFromJson(item));
  }
  REPRISE_TRY(RequireSameDocument(EncodeErasure(erasure), document, kErasureType));
  return erasure;
}

std::string EncodeErasingPlan(const ErasingPlan& plan) {
  Json json;
  json.Set("type", kPlanType);
  json.Set("subject", plan.subject);
  json.Set("document", plan.document.ToString());
  json.Set("ledger_size", plan.ledger_size);
  json.Set("purges_catalog", plan.purges_catalog);
  json.Set("chunks", lineage::DigestsToJson(plan.chunks));
  json.Set("objects", lineage::DigestsToJson(plan.objects));
  json.Set("packs", UlidsToJson(plan.packs));
  return *Canonicalize(json);
}

Result<ErasingPlan> DecodeErasingPlan(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kPlanType));
  ErasingPlan plan;
  REPRISE_ASSIGN_OR_RETURN(plan.subject, json.GetString("subject"));
  REPRISE_ASSIGN_OR_RETURN(plan.document,
                           lineage::DigestFromJson(lineage::MemberOrNull(json, "document")));
  REPRISE_ASSIGN_OR_RETURN(plan.ledger_size, GetSize(json, "ledger_size"));
  REPRISE_ASSIGN_OR_RETURN(plan.purges_catalog, json.GetBool("purges_catalog"));
  REPRISE_ASSIGN_OR_RETURN(plan.chunks, lineage::GetDigests(json, "chunks"));
  REPRISE_ASSIGN_OR_RETURN(plan.objects, lineage::GetDigests(json, "objects"));
  REPRISE_ASSIGN_OR_RETURN(plan.packs, GetUlids(json, "packs"));
  REPRISE_TRY(RequireSameDocument(EncodeErasingPlan(plan), document, kPlanType));
  return plan;
}

}  // namespace reprise::tracker
