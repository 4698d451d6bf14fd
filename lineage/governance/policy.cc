#include "lineage/governance/policy.h"

#include <algorithm>
#include <array>

#include "lineage/governance/evidence.h"
#include "lineage/governance/signing_key.h"
#include "lineage/model_version.h"
#include "lineage/query/parser.h"
#include "lineage/toml/table_reader.h"
#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using toml_text::TableReader;

constexpr std::array<std::string_view, 4> kCaptureLevels = {"declared", "observed", "sealed",
                                                            "proven"};
constexpr std::int64_t kCountMax = 100;
constexpr std::int64_t kAgeDaysMax = 36'500;

Result<std::vector<ApprovalRule>> ReadApprovals(const TableReader& rule, std::string_view key) {
  const std::string example = std::string(key) + " = [{ role = \"validator\", count = 1 }]";
  REPRISE_ASSIGN_OR_RETURN(const auto tables, rule.Tables({key, example, {"role", "count"}}));
  std::vector<ApprovalRule> approvals;
  for (const TableReader& table : tables) {
    ApprovalRule approval;
    REPRISE_ASSIGN_OR_RETURN(approval.role, table.Text("role", "\"validator\""));
    REPRISE_TRY(table.At("role", CheckRole(approval.role)));
    REPRISE_ASSIGN_OR_RETURN(const auto count, table.Number("count", kCountMax));
    approval.count = count.value_or(1);
    approvals.push_back(std::move(approval));
  }
  return approvals;
}

Result<std::vector<EvidenceRule>> ReadEvidence(const TableReader& rule) {
  REPRISE_ASSIGN_OR_RETURN(const auto tables,
                           rule.Tables({"evidence",
                                        "evidence = [{ kind = \"validation\", max_age_days = 90 }]",
                                        {"kind", "max_age_days"}}));
  std::vector<EvidenceRule> rules;
  for (const TableReader& table : tables) {
    EvidenceRule evidence;
    REPRISE_ASSIGN_OR_RETURN(evidence.kind, table.Text("kind", "\"validation\""));
    REPRISE_TRY(table.At("kind", CheckEvidenceKind(evidence.kind)));
    REPRISE_ASSIGN_OR_RETURN(evidence.age_days_max, table.Number("max_age_days", kAgeDaysMax));
    rules.push_back(std::move(evidence));
  }
  return rules;
}

Result<std::vector<PackageRule>> ReadPackages(const TableReader& rule) {
  REPRISE_ASSIGN_OR_RETURN(
      const auto tables, rule.Tables({"packages",
                                      "packages = [{ name = \"numpy\", versions = [\"1.24.*\"] }]",
                                      {"name", "versions", "required"}}));
  std::vector<PackageRule> packages;
  for (const TableReader& table : tables) {
    PackageRule package;
    REPRISE_ASSIGN_OR_RETURN(package.name, table.Text("name", "\"numpy\""));
    REPRISE_ASSIGN_OR_RETURN(package.versions, table.SomeTexts("versions", "[\"1.24.*\"]"));
    REPRISE_ASSIGN_OR_RETURN(package.required, table.Truth("required"));
    packages.push_back(std::move(package));
  }
  return packages;
}

Result<std::vector<Threshold>> ReadThresholds(const TableReader& rule, std::int64_t now_unix_ms) {
  std::vector<Threshold> thresholds;
  if (!rule.Has("require")) return thresholds;
  REPRISE_ASSIGN_OR_RETURN(const auto texts, rule.SomeTexts("require", "[\"metrics.auc >= 0.7\"]"));
  for (const std::string& text : texts) {
    auto expression = query::Parse(text, now_unix_ms);
    if (!expression.ok()) {
      return rule.WrongAt("require", "in require, " + expression.error().message);
    }
    thresholds.push_back({text, *std::move(expression)});
  }
  return thresholds;
}

Result<PromotionRule> ReadRule(const TableReader& table, std::int64_t now_unix_ms) {
  PromotionRule rule;
  rule.line = table.line();
  REPRISE_ASSIGN_OR_RETURN(rule.to, table.Text("to", "\"qa\""));
  REPRISE_TRY(table.At("to", CheckStageName(rule.to)));
  if (table.Has("from")) {
    REPRISE_ASSIGN_OR_RETURN(rule.from, table.Text("from"));
    REPRISE_TRY(table.At("from", CheckStageName(*rule.from)));
  }
  REPRISE_ASSIGN_OR_RETURN(rule.approvals, ReadApprovals(table, "approvals"));
  REPRISE_ASSIGN_OR_RETURN(rule.overrides, ReadApprovals(table, "override"));
  REPRISE_ASSIGN_OR_RETURN(rule.author_may_approve, table.Truth("author_may_approve"));
  REPRISE_ASSIGN_OR_RETURN(rule.evidence, ReadEvidence(table));
  REPRISE_ASSIGN_OR_RETURN(rule.packages, ReadPackages(table));
  REPRISE_ASSIGN_OR_RETURN(rule.require, ReadThresholds(table, now_unix_ms));
  if (table.Has("capture")) {
    REPRISE_ASSIGN_OR_RETURN(rule.capture, table.OneOf("capture", kCaptureLevels));
  }
  return rule;
}

Result<std::vector<std::string>> ReadStages(const TableReader& document) {
  if (!document.Has("stages")) return std::vector<std::string>(kStages.begin(), kStages.end());
  REPRISE_ASSIGN_OR_RETURN(auto stages, document.SomeTexts("stages", "[\"development\", \"qa\"]"));
  for (const std::string& stage : stages) {
    REPRISE_TRY(document.At("stages", CheckStageName(stage)));
  }
  return stages;
}

// A stage that is misspelt would make a rule that never counts.
Result<void> CheckRules(const Policy& policy, std::string_view file_name) {
  for (const PromotionRule& rule : policy.promotions) {
    for (const std::string& stage : {rule.from.value_or(rule.to), rule.to}) {
      if (stage == kRetiredStage ||
          std::ranges::find(policy.stages, stage) != policy.stages.end()) {
        continue;
      }
      return toml_text::ErrorAt(file_name, rule.line,
                                "the stage '" + stage + "' is not among the policy's stages");
    }
    const auto same = std::ranges::count_if(policy.promotions, [&](const PromotionRule& other) {
      return other.from == rule.from && other.to == rule.to;
    });
    if (same > 1) {
      return toml_text::ErrorAt(file_name, rule.line,
                                "there are two rules for the same move to '" + rule.to + "'");
    }
  }
  return {};
}

}  // namespace

const PromotionRule* Policy::RuleFor(std::string_view from, std::string_view to) const {
  const PromotionRule* found = nullptr;
  for (const PromotionRule& rule : promotions) {
    if (rule.to != to || (rule.from.has_value() && *rule.from != from)) continue;
    if (found == nullptr || rule.from.has_value()) found = &rule;
  }
  return found;
}

Result<Policy> ParsePolicy(std::string_view text, std::string_view file_name,
                           std::int64_t now_unix_ms) {
  if (text.size() > kPolicyBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 Printable(file_name) + " is larger than a policy may be (1 MiB)"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto root, toml_text::Parse(text, file_name));
  const TableReader document(root, file_name);
  REPRISE_TRY(document.CheckKeys("in a policy", {"version", "name", "stages", "promotion"}));
  REPRISE_TRY(document.CheckVersion());
  Policy policy;
  REPRISE_ASSIGN_OR_RETURN(policy.name, document.Text("name", "\"Scorecards\""));
  REPRISE_ASSIGN_OR_RETURN(policy.stages, ReadStages(document));
  REPRISE_ASSIGN_OR_RETURN(
      const auto rules,
      document.Tables({"promotion",
                       "[[promotion]] with to = \"qa\"",
                       {"from", "to", "approvals", "author_may_approve", "evidence", "capture",
                        "require", "packages", "override"}}));
  for (const TableReader& rule : rules) {
    REPRISE_ASSIGN_OR_RETURN(PromotionRule read, ReadRule(rule, now_unix_ms));
    policy.promotions.push_back(std::move(read));
  }
  if (rules.empty())
    return document.WrongAt("promotion", "a policy has at least one [[promotion]]");
  REPRISE_TRY(CheckRules(policy, file_name));
  return policy;
}

std::optional<std::size_t> CaptureRank(std::string_view level) {
  const auto found = std::ranges::find(kCaptureLevels, level);
  if (found == kCaptureLevels.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kCaptureLevels.begin());
}

}  // namespace reprise::lineage
