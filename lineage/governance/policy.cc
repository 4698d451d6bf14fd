#include "lineage/governance/policy.h"

#include <algorithm>
#include <array>

#include "lineage/governance/evidence.h"
#include "lineage/governance/signing_key.h"
#include "lineage/model_version.h"
#include "lineage/query/parser.h"
#include "lineage/toml/toml.h"
#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using toml_text::Find;
using toml_text::Node;

constexpr std::array<std::string_view, 4> kCaptureLevels = {"declared", "observed", "sealed",
                                                            "proven"};
constexpr std::int64_t kCountMax = 100;
constexpr std::int64_t kAgeDaysMax = 36'500;

class Reader {
 public:
  Reader(std::string_view file_name, std::int64_t now_unix_ms)
      : file_name_(file_name), now_unix_ms_(now_unix_ms) {}

  Result<Policy> Read(const Node& document) const {
    const Node::Table& root = *document.as_table();
    REPRISE_TRY(CheckKeys(root, "in a policy", {"version", "name", "stages", "promotion"}));
    REPRISE_TRY(CheckVersion(document));
    Policy policy;
    REPRISE_ASSIGN_OR_RETURN(policy.name, TextIn(document, "name", "name = \"Scorecards\""));
    if (const Node* const stages = Find(root, "stages")) {
      REPRISE_ASSIGN_OR_RETURN(policy.stages, Texts(*stages, "stages = [\"development\", \"qa\"]"));
      for (const std::string& stage : policy.stages) {
        REPRISE_TRY(At(*stages, CheckStageName(stage)));
      }
    } else {
      policy.stages.assign(kStages.begin(), kStages.end());
    }
    REPRISE_ASSIGN_OR_RETURN(const auto rules,
                             Tables(root, "promotion", "[[promotion]] with to = \"qa\""));
    for (const Node* const rule : rules) {
      REPRISE_ASSIGN_OR_RETURN(PromotionRule read, ReadRule(*rule));
      policy.promotions.push_back(std::move(read));
    }
    REPRISE_TRY(CheckRules(document, policy));
    return policy;
  }

 private:
  Error Wrong(const Node& node, std::string_view what) const {
    return toml_text::ErrorAt(file_name_, node.line(), what);
  }

  // `checked`, with the place of `node`.
  Result<void> At(const Node& node, const Result<void>& checked) const {
    return checked.ok() ? checked : Wrong(node, checked.error().message);
  }

  Result<void> CheckKeys(const Node::Table& table, std::string_view where,
                         const std::vector<std::string>& known) const {
    return toml_text::CheckKeys(table, file_name_, where, known);
  }

  Result<void> CheckVersion(const Node& document) const {
    const Node* const version = Find(*document.as_table(), "version");
    if (version != nullptr && version->as_integer() != nullptr && *version->as_integer() == 1) {
      return {};
    }
    return Wrong(version != nullptr ? *version : document,
                 "a policy says which form it has: version = 1");
  }

  // The text `key` of a table, which must be there.
  Result<std::string> TextIn(const Node& table, std::string_view key,
                             std::string_view example) const {
    const Node* const node = Find(*table.as_table(), key);
    const std::string* const text = node == nullptr ? nullptr : node->as_string();
    if (text != nullptr && !text->empty()) return *text;
    return Wrong(node == nullptr ? table : *node,
                 std::string(key) + " must be a text in quotes, as in " + std::string(example));
  }

  Result<std::vector<std::string>> Texts(const Node& node, std::string_view example) const {
    const Error wrong =
        Wrong(node, "this must be a list of texts in quotes, as in " + std::string(example));
    if (node.as_array() == nullptr || node.as_array()->empty()) return wrong;
    std::vector<std::string> texts;
    for (const Node& entry : *node.as_array()) {
      if (entry.as_string() == nullptr || entry.as_string()->empty()) return wrong;
      texts.push_back(*entry.as_string());
    }
    return texts;
  }

  // The tables of a list, none when the list is not there.
  Result<std::vector<const Node*>> Tables(const Node::Table& table, std::string_view key,
                                          std::string_view example) const {
    std::vector<const Node*> tables;
    const Node* const list = Find(table, key);
    if (list == nullptr) return tables;
    const Error wrong =
        Wrong(*list, std::string(key) + " must be a list of tables, as in " + std::string(example));
    if (list->as_array() == nullptr) return wrong;
    for (const Node& entry : *list->as_array()) {
      if (entry.as_table() == nullptr) return wrong;
      tables.push_back(&entry);
    }
    return tables;
  }

  Result<std::optional<std::uint64_t>> Number(const Node::Table& table, std::string_view key,
                                              std::int64_t max) const {
    const Node* const node = Find(table, key);
    if (node == nullptr) return std::optional<std::uint64_t>();
    const std::int64_t* const number = node->as_integer();
    if (number != nullptr && *number >= 1 && *number <= max) {
      return std::optional(static_cast<std::uint64_t>(*number));
    }
    return Wrong(*node,
                 std::string(key) + " must be a whole number from 1 to " + std::to_string(max));
  }

  Result<bool> Truth(const Node::Table& table, std::string_view key) const {
    const Node* const node = Find(table, key);
    if (node == nullptr) return false;
    if (node->as_boolean() != nullptr) return *node->as_boolean();
    return Wrong(*node, "the value of " + std::string(key) + " must be true or false");
  }

  Result<std::vector<ApprovalRule>> Approvals(const Node::Table& rule, std::string_view key) const {
    const std::string example = std::string(key) + " = [{ role = \"validator\", count = 1 }]";
    REPRISE_ASSIGN_OR_RETURN(const auto tables, Tables(rule, key, example));
    std::vector<ApprovalRule> approvals;
    for (const Node* const table : tables) {
      REPRISE_TRY(CheckKeys(*table->as_table(), "in " + std::string(key), {"role", "count"}));
      ApprovalRule approval;
      REPRISE_ASSIGN_OR_RETURN(approval.role, TextIn(*table, "role", "role = \"validator\""));
      REPRISE_TRY(At(*table, CheckRole(approval.role)));
      REPRISE_ASSIGN_OR_RETURN(const auto count, Number(*table->as_table(), "count", kCountMax));
      approval.count = count.value_or(1);
      approvals.push_back(std::move(approval));
    }
    return approvals;
  }

  Result<std::vector<EvidenceRule>> EvidenceRules(const Node::Table& rule) const {
    REPRISE_ASSIGN_OR_RETURN(
        const auto tables,
        Tables(rule, "evidence", "evidence = [{ kind = \"validation\", max_age_days = 90 }]"));
    std::vector<EvidenceRule> rules;
    for (const Node* const table : tables) {
      REPRISE_TRY(CheckKeys(*table->as_table(), "in evidence", {"kind", "max_age_days"}));
      EvidenceRule evidence;
      REPRISE_ASSIGN_OR_RETURN(evidence.kind, TextIn(*table, "kind", "kind = \"validation\""));
      REPRISE_TRY(At(*table, CheckEvidenceKind(evidence.kind)));
      REPRISE_ASSIGN_OR_RETURN(evidence.age_days_max,
                               Number(*table->as_table(), "max_age_days", kAgeDaysMax));
      rules.push_back(std::move(evidence));
    }
    return rules;
  }

  Result<std::vector<PackageRule>> Packages(const Node::Table& rule) const {
    const std::string example = "packages = [{ name = \"numpy\", versions = [\"1.24.*\"] }]";
    REPRISE_ASSIGN_OR_RETURN(const auto tables, Tables(rule, "packages", example));
    std::vector<PackageRule> packages;
    for (const Node* const table : tables) {
      REPRISE_TRY(CheckKeys(*table->as_table(), "in packages", {"name", "versions", "required"}));
      PackageRule package;
      REPRISE_ASSIGN_OR_RETURN(package.name, TextIn(*table, "name", "name = \"numpy\""));
      const Node* const versions = Find(*table->as_table(), "versions");
      if (versions == nullptr) return Wrong(*table, "a package needs versions, as in " + example);
      REPRISE_ASSIGN_OR_RETURN(package.versions, Texts(*versions, "versions = [\"1.24.*\"]"));
      REPRISE_ASSIGN_OR_RETURN(package.required, Truth(*table->as_table(), "required"));
      packages.push_back(std::move(package));
    }
    return packages;
  }

  Result<std::vector<Threshold>> Thresholds(const Node::Table& rule) const {
    std::vector<Threshold> thresholds;
    const Node* const node = Find(rule, "require");
    if (node == nullptr) return thresholds;
    REPRISE_ASSIGN_OR_RETURN(const auto texts, Texts(*node, "require = [\"metrics.auc >= 0.7\"]"));
    for (const std::string& text : texts) {
      auto expression = query::Parse(text, now_unix_ms_);
      if (!expression.ok()) return Wrong(*node, "in require, " + expression.error().message);
      thresholds.push_back({text, *std::move(expression)});
    }
    return thresholds;
  }

  Result<PromotionRule> ReadRule(const Node& node) const {
    const Node::Table& table = *node.as_table();
    REPRISE_TRY(CheckKeys(table, "in [[promotion]]",
                          {"from", "to", "approvals", "author_may_approve", "evidence", "capture",
                           "require", "packages", "override"}));
    PromotionRule rule;
    rule.line = node.line();
    REPRISE_ASSIGN_OR_RETURN(rule.to, TextIn(node, "to", "to = \"qa\""));
    REPRISE_TRY(At(node, CheckStageName(rule.to)));
    if (Find(table, "from") != nullptr) {
      REPRISE_ASSIGN_OR_RETURN(rule.from, TextIn(node, "from", "from = \"development\""));
      REPRISE_TRY(At(node, CheckStageName(*rule.from)));
    }
    REPRISE_ASSIGN_OR_RETURN(rule.approvals, Approvals(table, "approvals"));
    REPRISE_ASSIGN_OR_RETURN(rule.overrides, Approvals(table, "override"));
    REPRISE_ASSIGN_OR_RETURN(rule.author_may_approve, Truth(table, "author_may_approve"));
    REPRISE_ASSIGN_OR_RETURN(rule.evidence, EvidenceRules(table));
    REPRISE_ASSIGN_OR_RETURN(rule.packages, Packages(table));
    REPRISE_ASSIGN_OR_RETURN(rule.require, Thresholds(table));
    if (const Node* const capture = Find(table, "capture")) {
      REPRISE_ASSIGN_OR_RETURN(rule.capture, TextIn(node, "capture", "capture = \"proven\""));
      if (!CaptureRank(*rule.capture).has_value()) {
        return Wrong(*capture, "capture is declared, observed, sealed or proven, not '" +
                                   Printable(*rule.capture) + "'");
      }
    }
    return rule;
  }

  // A stage that is misspelt would make a rule that never counts.
  Result<void> CheckRules(const Node& document, const Policy& policy) const {
    if (policy.promotions.empty()) {
      return Wrong(document, "a policy has at least one [[promotion]]");
    }
    for (const PromotionRule& rule : policy.promotions) {
      for (const std::string& stage : {rule.from.value_or(rule.to), rule.to}) {
        if (stage == kRetiredStage ||
            std::ranges::find(policy.stages, stage) != policy.stages.end()) {
          continue;
        }
        return toml_text::ErrorAt(file_name_, rule.line,
                                  "the stage '" + stage + "' is not among the policy's stages");
      }
      const auto same = std::ranges::count_if(policy.promotions, [&](const PromotionRule& other) {
        return other.from == rule.from && other.to == rule.to;
      });
      if (same > 1) {
        return toml_text::ErrorAt(file_name_, rule.line,
                                  "there are two rules for the same move to '" + rule.to + "'");
      }
    }
    return {};
  }

  std::string_view file_name_;
  std::int64_t now_unix_ms_;
};

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
  REPRISE_ASSIGN_OR_RETURN(const Node document, toml_text::Parse(text, file_name));
  return Reader(file_name, now_unix_ms).Read(document);
}

std::optional<std::size_t> CaptureRank(std::string_view level) {
  const auto found = std::ranges::find(kCaptureLevels, level);
  if (found == kCaptureLevels.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kCaptureLevels.begin());
}

}  // namespace reprise::lineage
