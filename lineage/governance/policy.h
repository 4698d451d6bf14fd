// What must be there before a model's version may move to a stage: the policy, a TOML text that is
// kept in the ledger as it was written.  docs/policy.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/query/expression.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::size_t kPolicyBytesMax = 1 << 20;

struct ApprovalRule {
  std::string role;
  std::uint64_t count = 1;  // Of different people.
};

struct EvidenceRule {
  std::string kind;
  std::optional<std::uint64_t> age_days_max;
};

// A package or library of the run's environment, and the versions that it may have.
struct PackageRule {
  std::string name;
  std::vector<std::string> versions;  // With '*' for anything.
  bool required = false;              // It must be there.
};

struct Threshold {
  std::string text;  // As written: "metrics.auc >= 0.7".
  query::Expression expression;
};

// For moves to `to`, from `from` or from anywhere.
struct PromotionRule {
  std::uint32_t line = 0;  // Of the text.
  std::optional<std::string> from;
  std::string to;
  std::vector<ApprovalRule> approvals;
  bool author_may_approve = false;
  std::vector<EvidenceRule> evidence;
  std::optional<std::string> capture;  // At least so much: declared, observed, sealed, proven.
  std::vector<Threshold> require;      // Of the run that made the model.
  std::vector<PackageRule> packages;
  std::vector<ApprovalRule> overrides;  // Who may order the move in an emergency.
};

struct Policy {
  std::string name;
  std::vector<std::string> stages;  // In the order of a model's life.
  std::vector<PromotionRule> promotions;

  // The rule for a move; of several the one that names `from`, then the first.
  const PromotionRule* RuleFor(std::string_view from, std::string_view to) const;
};

// The schema is strict: what is not known is an error.  `file_name` stands in messages; relative
// times in thresholds count from `now_unix_ms`.
// Errors: kInvalidArgument  "policy.toml:3: …" with what is wrong and what to write instead.
Result<Policy> ParsePolicy(std::string_view text, std::string_view file_name,
                           std::int64_t now_unix_ms);

// The levels of capture from the least to the most: declared, observed, sealed, proven.
// nullopt: `level` is none.
std::optional<std::size_t> CaptureRank(std::string_view level);

}  // namespace reprise::lineage
