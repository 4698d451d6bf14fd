#include "lineage/governance/model_card.h"

#include <algorithm>
#include <array>

#include "lineage/document.h"
#include "lineage/toml/table_reader.h"
#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using toml_text::TableReader;

Result<void> ReadFindings(const TableReader& card, std::vector<Finding>& findings) {
  constexpr std::array<std::string_view, 3> kSeverities = {"low", "medium", "high"};
  constexpr std::array<std::string_view, 3> kStates = {"open", "accepted", "closed"};
  REPRISE_ASSIGN_OR_RETURN(const auto tables, card.Tables({"finding",
                                                           "[[finding]] with id = \"F-1\"",
                                                           {"id", "text", "severity", "state"}}));
  for (const TableReader& table : tables) {
    Finding finding;
    REPRISE_ASSIGN_OR_RETURN(finding.id, table.Text("id"));
    REPRISE_ASSIGN_OR_RETURN(finding.text, table.Text("text"));
    REPRISE_ASSIGN_OR_RETURN(finding.severity, table.OneOf("severity", kSeverities));
    REPRISE_ASSIGN_OR_RETURN(finding.state, table.OneOf("state", kStates));
    if (std::ranges::find(findings, finding.id, &Finding::id) != findings.end()) {
      return table.Wrong("there are two findings '" + Printable(finding.id) + "'");
    }
    findings.push_back(std::move(finding));
  }
  return {};
}

Result<void> ReadDecisions(const TableReader& card, std::vector<CardDecision>& decisions) {
  REPRISE_ASSIGN_OR_RETURN(
      const auto tables,
      card.Tables({"decision",
                   "[[decision]] with about = \"eta\"",
                   {"about", "choice", "reason", "alternatives", "decided_by", "decided_on"}}));
  for (const TableReader& table : tables) {
    CardDecision decision;
    REPRISE_ASSIGN_OR_RETURN(decision.about, table.Text("about"));
    REPRISE_ASSIGN_OR_RETURN(decision.choice, table.Text("choice"));
    REPRISE_ASSIGN_OR_RETURN(decision.reason, table.Text("reason"));
    REPRISE_ASSIGN_OR_RETURN(decision.alternatives, table.Texts("alternatives"));
    REPRISE_ASSIGN_OR_RETURN(decision.decided_by, table.OptionalText("decided_by"));
    REPRISE_ASSIGN_OR_RETURN(decision.decided_on, table.Day("decided_on"));
    decisions.push_back(std::move(decision));
  }
  return {};
}

Result<void> ReadData(const TableReader& card, std::vector<CardData>& all) {
  REPRISE_ASSIGN_OR_RETURN(const auto tables,
                           card.Tables({"data",
                                        "[[data]] with path = \"data/loans.csv\"",
                                        {"path", "licence", "origin", "labelling", "personal"}}));
  for (const TableReader& table : tables) {
    CardData data;
    REPRISE_ASSIGN_OR_RETURN(data.path, table.Text("path"));
    REPRISE_ASSIGN_OR_RETURN(data.licence, table.OptionalText("licence"));
    REPRISE_ASSIGN_OR_RETURN(data.origin, table.OptionalText("origin"));
    REPRISE_ASSIGN_OR_RETURN(data.labelling, table.OptionalText("labelling"));
    REPRISE_ASSIGN_OR_RETURN(data.personal, table.OptionalText("personal"));
    if (std::ranges::find(all, data.path, &CardData::path) != all.end()) {
      return table.Wrong("there are two [[data]] of the path '" + Printable(data.path) + "'");
    }
    all.push_back(std::move(data));
  }
  return {};
}

Result<void> ReadNotApplicable(const TableReader& card, std::vector<NotApplicable>& all) {
  REPRISE_ASSIGN_OR_RETURN(
      const auto tables,
      card.Tables({"not_applicable",
                   "[[not_applicable]] with requirement = \"eu-ai-act-annex-iv 2(f)\"",
                   {"requirement", "reason", "decided_by"}}));
  for (const TableReader& table : tables) {
    NotApplicable judgement;
    REPRISE_ASSIGN_OR_RETURN(judgement.requirement, table.Text("requirement"));
    REPRISE_ASSIGN_OR_RETURN(judgement.reason, table.Text("reason"));
    REPRISE_ASSIGN_OR_RETURN(judgement.decided_by, table.Text("decided_by"));
    all.push_back(std::move(judgement));
  }
  return {};
}

Result<ModelCard> ReadCard(const TableReader& table) {
  REPRISE_TRY(table.CheckKeys(
      "in a model card",
      {"purpose",         "intended_use",    "owner",        "tier",         "materiality",
       "last_validation", "next_validation", "provider",     "explanations", "retention",
       "assumptions",     "limits",          "restrictions", "risks",        "oversight",
       "monitoring",      "finding",         "decision",     "data",         "not_applicable"}));
  ModelCard card;
  REPRISE_ASSIGN_OR_RETURN(card.purpose, table.Text("purpose"));
  REPRISE_ASSIGN_OR_RETURN(card.intended_use, table.Text("intended_use"));
  REPRISE_ASSIGN_OR_RETURN(card.owner, table.Text("owner"));
  REPRISE_ASSIGN_OR_RETURN(card.tier, table.OptionalText("tier"));
  REPRISE_ASSIGN_OR_RETURN(card.materiality, table.OptionalText("materiality"));
  REPRISE_ASSIGN_OR_RETURN(card.last_validation, table.Day("last_validation"));
  REPRISE_ASSIGN_OR_RETURN(card.next_validation, table.Day("next_validation"));
  REPRISE_ASSIGN_OR_RETURN(card.provider, table.OptionalText("provider"));
  REPRISE_ASSIGN_OR_RETURN(card.explanations, table.OptionalText("explanations"));
  REPRISE_ASSIGN_OR_RETURN(card.retention, table.OptionalText("retention"));
  REPRISE_ASSIGN_OR_RETURN(card.assumptions, table.Texts("assumptions"));
  REPRISE_ASSIGN_OR_RETURN(card.limits, table.Texts("limits"));
  REPRISE_ASSIGN_OR_RETURN(card.restrictions, table.Texts("restrictions"));
  REPRISE_ASSIGN_OR_RETURN(card.risks, table.Texts("risks"));
  REPRISE_ASSIGN_OR_RETURN(card.oversight, table.Texts("oversight"));
  REPRISE_ASSIGN_OR_RETURN(card.monitoring, table.Texts("monitoring"));
  REPRISE_TRY(ReadFindings(table, card.findings));
  REPRISE_TRY(ReadDecisions(table, card.decisions));
  REPRISE_TRY(ReadData(table, card.data));
  REPRISE_TRY(ReadNotApplicable(table, card.not_applicable));
  return card;
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json DecisionsToJson(const std::vector<CardDecision>& decisions) {
  Json json = Json::Array{};
  for (const CardDecision& decision : decisions) {
    json.Append(Json()
                    .Set("about", decision.about)
                    .Set("choice", decision.choice)
                    .Set("reason", decision.reason)
                    .Set("alternatives", TextsToJson(decision.alternatives))
                    .Set("decided_by", TextOrNull(decision.decided_by))
                    .Set("decided_on", TextOrNull(decision.decided_on)));
  }
  return json;
}

Json DataToJson(const std::vector<CardData>& all) {
  Json json = Json::Array{};
  for (const CardData& data : all) {
    json.Append(Json()
                    .Set("path", data.path)
                    .Set("licence", TextOrNull(data.licence))
                    .Set("origin", TextOrNull(data.origin))
                    .Set("labelling", TextOrNull(data.labelling))
                    .Set("personal", TextOrNull(data.personal)));
  }
  return json;
}

Json JudgementsToJson(const std::vector<NotApplicable>& all) {
  Json json = Json::Array{};
  for (const NotApplicable& judgement : all) {
    json.Append(Json()
                    .Set("requirement", judgement.requirement)
                    .Set("reason", judgement.reason)
                    .Set("decided_by", judgement.decided_by));
  }
  return json;
}

}  // namespace

std::size_t ModelCard::open_findings() const {
  return static_cast<std::size_t>(std::ranges::count(findings, "open", &Finding::state));
}

Result<ModelCard> ParseModelCard(std::string_view text, std::string_view file_name) {
  if (text.size() > kModelCardBytesMax) {
    return Error{ErrorCode::kInvalidArgument,
                 Printable(file_name) + " is larger than a model card may be (1 MiB)"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto document, toml_text::Parse(text, file_name));
  return ReadCard(TableReader(document, file_name));
}

Json ModelCardToJson(const ModelCard& card) {
  Json findings = Json::Array{};
  for (const Finding& finding : card.findings) {
    findings.Append(Json()
                        .Set("id", finding.id)
                        .Set("text", finding.text)
                        .Set("severity", finding.severity)
                        .Set("state", finding.state));
  }
  return Json()
      .Set("purpose", card.purpose)
      .Set("intended_use", card.intended_use)
      .Set("owner", card.owner)
      .Set("tier", TextOrNull(card.tier))
      .Set("materiality", TextOrNull(card.materiality))
      .Set("last_validation", TextOrNull(card.last_validation))
      .Set("next_validation", TextOrNull(card.next_validation))
      .Set("assumptions", TextsToJson(card.assumptions))
      .Set("limits", TextsToJson(card.limits))
      .Set("restrictions", TextsToJson(card.restrictions))
      .Set("findings", std::move(findings))
      .Set("provider", TextOrNull(card.provider))
      .Set("explanations", TextOrNull(card.explanations))
      .Set("retention", TextOrNull(card.retention))
      .Set("risks", TextsToJson(card.risks))
      .Set("oversight", TextsToJson(card.oversight))
      .Set("monitoring", TextsToJson(card.monitoring))
      .Set("decisions", DecisionsToJson(card.decisions))
      .Set("data", DataToJson(card.data))
      .Set("not_applicable", JudgementsToJson(card.not_applicable));
}

}  // namespace reprise::lineage
