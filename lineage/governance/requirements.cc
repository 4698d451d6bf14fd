#include "lineage/governance/requirements.h"

#include <algorithm>
#include <array>
#include <set>

#include "lineage/model_version.h"
#include "lineage/toml/table_reader.h"
#include "storage/base/bytes.h"
#include "storage/base/nearest.h"
#include "storage/base/words.h"

namespace reprise::lineage {
namespace {

using toml_text::TableReader;

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

Result<void> CheckFacts(const TableReader& table, const std::vector<std::string>& facts) {
  if (facts.empty()) {
    return table.WrongAt("facts",
                         "a requirement names recorded facts: facts = [\"model.purpose\"]");
  }
  std::vector<std::string> known;
  for (const RequirementFact& fact : kFacts) known.emplace_back(fact.name);
  std::set<std::string_view> named;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (std::ranges::find(known, facts[i]) == known.end()) {
      std::string message = "there is no fact '" + Printable(facts[i]) + "'";
      if (const auto meant = Nearest(facts[i], known)) message += "; did you mean " + *meant + "?";
      return table.WrongEntry("facts", i, message + " (facts: " + Joined(known, " ") + ")");
    }
    if (!named.insert(facts[i]).second) {
      return table.WrongEntry("facts", i, "the fact " + facts[i] + " is named twice");
    }
  }
  return {};
}

Result<std::vector<Requirement>> ReadRows(const TableReader& document) {
  const std::string example = "[[requirement]] with id = \"1\"";
  REPRISE_ASSIGN_OR_RETURN(const auto tables,
                           document.Tables({"requirement", example, {"id", "text", "facts"}}));
  if (tables.empty()) {
    return document.WrongAt("requirement", "there are no requirements here; add " + example);
  }
  std::vector<Requirement> requirements;
  for (const TableReader& table : tables) {
    Requirement requirement;
    REPRISE_ASSIGN_OR_RETURN(requirement.id, table.Text("id"));
    REPRISE_ASSIGN_OR_RETURN(requirement.text, table.Text("text"));
    REPRISE_ASSIGN_OR_RETURN(requirement.facts, table.Texts("facts"));
    REPRISE_TRY(CheckFacts(table, requirement.facts));
    if (std::ranges::find(requirements, requirement.id, &Requirement::id) != requirements.end()) {
      return table.Wrong("there are two requirements '" + Printable(requirement.id) + "'");
    }
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

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
  REPRISE_ASSIGN_OR_RETURN(const auto root, toml_text::Parse(text, file_name));
  const TableReader document(root, file_name);
  REPRISE_TRY(
      document.CheckKeys("in a template of requirements",
                         {"version", "name", "title", "dated", "basis", "notes", "requirement"}));
  REPRISE_TRY(document.CheckVersion());
  RequirementTemplate read;
  REPRISE_ASSIGN_OR_RETURN(read.name, document.Text("name"));
  if (!IsPlainName(read.name)) {
    return document.WrongAt("name",
                            "the name is letters, digits, '.', '_' and '-', as in \"our-rules\"");
  }
  REPRISE_ASSIGN_OR_RETURN(read.title, document.Text("title"));
  REPRISE_TRY(document.Text("dated", "\"2026-05-31\""));
  REPRISE_ASSIGN_OR_RETURN(read.dated, document.Day("dated"));
  REPRISE_ASSIGN_OR_RETURN(read.basis, document.Text("basis"));
  REPRISE_ASSIGN_OR_RETURN(read.notes, document.Texts("notes"));
  REPRISE_ASSIGN_OR_RETURN(read.requirements, ReadRows(document));
  return read;
}

}  // namespace reprise::lineage
