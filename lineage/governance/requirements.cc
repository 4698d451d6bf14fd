#include "lineage/governance/requirements.h"

#include <algorithm>
#include <array>

#include "lineage/model_version.h"
#include "lineage/toml/toml.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/nearest.h"
#include "storage/base/words.h"

namespace reprise::lineage {
namespace {

using toml_text::Find;
using toml_text::Node;

constexpr auto kFacts = std::to_array<RequirementFact>({
    {"model.registration", "registration of the version"},
    {"model.earlier_versions", "earlier versions"},
    {"model.purpose", "purpose"},
    {"model.intended_use", "intended use"},
    {"model.owner", "owner"},
    {"model.provider", "provider"},
    {"model.tier", "tier"},
    {"model.materiality", "materiality"},
    {"model.validation_dates", "days of the last and the next validation"},
    {"model.assumptions", "assumptions"},
    {"model.limits", "limits"},
    {"model.restrictions", "restrictions"},
    {"model.risks", "risks"},
    {"model.findings", "findings of validations"},
    {"model.decisions", "choices with their reasons"},
    {"model.oversight", "human oversight"},
    {"model.monitoring", "monitoring"},
    {"model.explanations", "explanation of decisions"},
    {"model.retention", "retention of records"},
    {"run.record", "record of the training"},
    {"run.command", "command, parameters and inputs (recipe)"},
    {"run.code", "code"},
    {"run.environment", "programs and libraries"},
    {"run.parameters", "hyperparameters"},
    {"run.seeds", "seeds"},
    {"run.metrics", "metrics of the training"},
    {"run.hardware", "machine of the training"},
    {"data.digests", "input data"},
    {"data.profiles", "profiles of the data"},
    {"data.licence", "licence of the data"},
    {"data.origin", "origin and selection of the data"},
    {"data.labelling", "labelling and cleaning of the data"},
    {"data.personal", "personal data"},
    {"data.protected", "protected columns"},
    {"lineage", "lineage"},
    {"reproduction.verdict", "verdict of a rerun"},
    {"evidence.calibration", "evidence: calibration"},
    {"evidence.data_quality", "evidence: data quality"},
    {"evidence.document", "evidence: document"},
    {"evidence.drift", "evidence: drift"},
    {"evidence.explainability", "evidence: explainability"},
    {"evidence.stability", "evidence: stability"},
    {"evidence.subpopulations", "evidence: subpopulations"},
    {"evidence.test_report", "evidence: test report"},
    {"evidence.validation", "evidence: validation"},
    {"evidence.model_card", "model card"},
    {"approvals", "approvals"},
    {"approvals.independent", "approvals of others than the author"},
    {"signing_keys", "keys of signers with printed names"},
    {"policy", "policy"},
    {"promotions", "promotions"},
    {"ledger", "signed log"},
    {"ledger.events", "events of the log"},
    {"ledger.confirmations", "witnesses or time stamps"},
});

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  Result<RequirementTemplate> Read(const Node& document) const {
    const Node::Table& root = *document.as_table();
    REPRISE_TRY(toml_text::CheckKeys(
        root, file_name_, "in a template of requirements",
        {"version", "name", "title", "dated", "basis", "notes", "requirement"}));
    REPRISE_TRY(CheckVersion(document));
    RequirementTemplate read;
    REPRISE_ASSIGN_OR_RETURN(read.name, Needed(document, "name"));
    if (!IsPlainName(read.name)) {
      return Wrong(*Find(root, "name"),
                   "the name is letters, digits, '.', '_' and '-', as in \"our-rules\"");
    }
    REPRISE_ASSIGN_OR_RETURN(read.title, Needed(document, "title"));
    REPRISE_ASSIGN_OR_RETURN(read.dated, Needed(document, "dated"));
    if (read.dated.size() != 10 || !ParseTime(read.dated + "T00:00:00Z").ok()) {
      return Wrong(*Find(root, "dated"),
                   "the value of dated must be a day in quotes, as in \"2026-05-31\"");
    }
    REPRISE_ASSIGN_OR_RETURN(read.basis, Needed(document, "basis"));
    REPRISE_ASSIGN_OR_RETURN(read.notes, Texts(root, "notes"));
    REPRISE_TRY(ReadRequirements(document, read.requirements));
    return read;
  }

 private:
  Error Wrong(const Node& node, const std::string& what) const {
    return toml_text::ErrorAt(file_name_, node.line(), what);
  }

  Result<void> CheckVersion(const Node& document) const {
    const Node* const version = Find(*document.as_table(), "version");
    if (version == nullptr) return Wrong(document, "there is no version here; add version = 1");
    if (version->as_integer() != nullptr && *version->as_integer() == 1) return {};
    return Wrong(*version, "this release reads version = 1 only");
  }

  Result<std::string> Needed(const Node& table, std::string_view key) const {
    const Node* const node = Find(*table.as_table(), key);
    const std::string name(key);
    if (node == nullptr) {
      return Wrong(table, "there is no " + name + " here; add " + name + " = \"…\"");
    }
    if (node->as_string() != nullptr && !node->as_string()->empty()) return *node->as_string();
    return Wrong(*node, "the value of " + name + " must be a text in quotes");
  }

  Result<std::vector<std::string>> Texts(const Node::Table& table, std::string_view key) const {
    std::vector<std::string> texts;
    const Node* const node = Find(table, key);
    if (node == nullptr) return texts;
    const Error wrong =
        Wrong(*node, "the value of " + std::string(key) + " must be a list of texts in quotes");
    if (node->as_array() == nullptr) return wrong;
    for (const Node& entry : *node->as_array()) {
      if (entry.as_string() == nullptr || entry.as_string()->empty()) return wrong;
      texts.push_back(*entry.as_string());
    }
    return texts;
  }

  Result<void> CheckFacts(const Node& table, const std::vector<std::string>& facts) const {
    const Node* const node = Find(*table.as_table(), "facts");
    if (facts.empty()) {
      return Wrong(node == nullptr ? table : *node,
                   "a requirement names recorded facts: facts = [\"model.purpose\"]");
    }
    std::vector<std::string> known;
    for (const RequirementFact& fact : kFacts) known.emplace_back(fact.name);
    for (std::size_t i = 0; i < facts.size(); ++i) {
      const Node& entry = (*node->as_array())[i];
      if (std::ranges::find(known, facts[i]) == known.end()) {
        std::string message = "there is no fact '" + Printable(facts[i]) + "'";
        if (const auto meant = Nearest(facts[i], known))
          message += "; did you mean " + *meant + "?";
        return Wrong(entry, message + " (facts: " + Joined(known, " ") + ")");
      }
      if (std::find(facts.begin(), facts.begin() + static_cast<std::ptrdiff_t>(i), facts[i]) !=
          facts.begin() + static_cast<std::ptrdiff_t>(i)) {
        return Wrong(entry, "the fact " + facts[i] + " is named twice");
      }
    }
    return {};
  }

  Result<void> ReadRequirements(const Node& document,
                                std::vector<Requirement>& requirements) const {
    const std::string example = "[[requirement]], and below it id = \"1\"";
    const Node* const list = Find(*document.as_table(), "requirement");
    if (list == nullptr) return Wrong(document, "there are no requirements here; add " + example);
    const Error wrong = Wrong(*list, "requirements are tables: " + example);
    if (list->as_array() == nullptr || list->as_array()->empty()) return wrong;
    for (const Node& entry : *list->as_array()) {
      if (entry.as_table() == nullptr) return wrong;
      REPRISE_TRY(toml_text::CheckKeys(*entry.as_table(), file_name_, "in [[requirement]]",
                                       {"id", "text", "facts"}));
      Requirement requirement;
      REPRISE_ASSIGN_OR_RETURN(requirement.id, Needed(entry, "id"));
      REPRISE_ASSIGN_OR_RETURN(requirement.text, Needed(entry, "text"));
      REPRISE_ASSIGN_OR_RETURN(requirement.facts, Texts(*entry.as_table(), "facts"));
      REPRISE_TRY(CheckFacts(entry, requirement.facts));
      if (std::ranges::find(requirements, requirement.id, &Requirement::id) != requirements.end()) {
        return Wrong(entry, "there are two requirements '" + Printable(requirement.id) + "'");
      }
      requirements.push_back(std::move(requirement));
    }
    return {};
  }

  std::string_view file_name_;
};

}  // namespace

std::span<const RequirementFact> RequirementFacts() { return kFacts; }

std::string_view LabelOfFact(std::string_view name) {
  const auto found = std::ranges::find(kFacts, name, &RequirementFact::name);
  return found == kFacts.end() ? name : found->label;
}

Result<RequirementTemplate> ParseRequirements(std::string_view text, std::string_view file_name) {
  if (text.size() > kRequirementsBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 Printable(file_name) + " is larger than a template may be (1 MiB)"};
  }
  REPRISE_ASSIGN_OR_RETURN(const Node document, toml_text::Parse(text, file_name));
  return Reader(file_name).Read(document);
}

}  // namespace reprise::lineage
