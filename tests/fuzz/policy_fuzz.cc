// A policy (docs/policy.md) and a model card (docs/model_card.md) of arbitrary bytes: an error with
// its line, or rules that decide.

#include <cstddef>
#include <cstdint>

#include "lineage/governance/model_card.h"
#include "lineage/governance/policy_check.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  const auto card = lineage::ParseModelCard(text, "card");
  REPRISE_ASSERT(card.ok() || card.error().message.starts_with("card:"));
  auto policy = lineage::ParsePolicy(text, "policy", 0);
  if (!policy.ok()) {
    REPRISE_ASSERT(policy.error().code == ErrorCode::kInvalidArgument);
    REPRISE_ASSERT(policy.error().message.starts_with("policy:") && IsUtf8(policy.error().message));
    return 0;
  }
  const lineage::PolicyInForce in_force{*std::move(policy), Digest()};
  lineage::Candidate candidate;
  candidate.stage = "development";
  candidate.has_run = true;
  candidate.value_of = [](const lineage::query::Field&) {
    return std::optional(lineage::query::Value::OfNumber(0.5));
  };
  candidate.packages["numpy"] = {"1.24.2"};
  for (const lineage::PromotionRule& rule : in_force.policy.promotions) {
    (void)lineage::CheckMove(&in_force, candidate, rule.to, 0);
  }
  return 0;
}
