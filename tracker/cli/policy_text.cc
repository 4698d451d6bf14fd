#include "tracker/cli/policy_text.h"

#include "lineage/document.h"

namespace reprise::cli {

void PrintVerdict(const lineage::MoveVerdict& verdict, std::ostream& out) {
  for (const lineage::CheckedItem& item : verdict.items) {
    out << (item.is_met ? "  met      " : "  MISSING  ") << item.requirement;
    if (!item.found.empty()) out << ": " << item.found;
    out << "\n";
  }
}

Json VerdictToJson(const lineage::MoveVerdict& verdict) {
  Json items = Json::Array{};
  for (const lineage::CheckedItem& item : verdict.items) {
    items.Append(Json()
                     .Set("requirement", item.requirement)
                     .Set("met", item.is_met)
                     .Set("found", item.found));
  }
  return Json()
      .Set("met", verdict.is_met())
      .Set("overridden", verdict.is_overridden())
      .Set("items", std::move(items))
      .Set("statements", lineage::DigestsToJson(verdict.counted));
}

}  // namespace reprise::cli
