#include "lineage/governance/model_card.h"

#include <algorithm>
#include <array>

#include "lineage/document.h"
#include "lineage/toml/toml.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/words.h"

namespace reprise::lineage {
namespace {

using toml_text::Find;
using toml_text::Node;

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  Result<ModelCard> Read(const Node& document) const {
    const Node::Table& root = *document.as_table();
    REPRISE_TRY(toml_text::CheckKeys(
        root, file_name_, "in a model card",
        {"purpose",         "intended_use",    "owner",        "tier",         "materiality",
         "last_validation", "next_validation", "provider",     "explanations", "retention",
         "assumptions",     "limits",          "restrictions", "risks",        "oversight",
         "monitoring",      "finding",         "decision",     "data",         "not_applicable"}));
    ModelCard card;
    REPRISE_ASSIGN_OR_RETURN(card.purpose, Needed(document, "purpose"));
    REPRISE_ASSIGN_OR_RETURN(card.intended_use, Needed(document, "intended_use"));
    REPRISE_ASSIGN_OR_RETURN(card.owner, Needed(document, "owner"));
    REPRISE_ASSIGN_OR_RETURN(card.tier, Optional(root, "tier"));
    REPRISE_ASSIGN_OR_RETURN(card.materiality, Optional(root, "materiality"));
    REPRISE_ASSIGN_OR_RETURN(card.last_validation, Day(root, "last_validation"));
    REPRISE_ASSIGN_OR_RETURN(card.next_validation, Day(root, "next_validation"));
    REPRISE_ASSIGN_OR_RETURN(card.provider, Optional(root, "provider"));
    REPRISE_ASSIGN_OR_RETURN(card.explanations, Optional(root, "explanations"));
    REPRISE_ASSIGN_OR_RETURN(card.retention, Optional(root, "retention"));
    REPRISE_ASSIGN_OR_RETURN(card.assumptions, Texts(root, "assumptions"));
    REPRISE_ASSIGN_OR_RETURN(card.limits, Texts(root, "limits"));
    REPRISE_ASSIGN_OR_RETURN(card.restrictions, Texts(root, "restrictions"));
    REPRISE_ASSIGN_OR_RETURN(card.risks, Texts(root, "risks"));
    REPRISE_ASSIGN_OR_RETURN(card.oversight, Texts(root, "oversight"));
    REPRISE_ASSIGN_OR_RETURN(card.monitoring, Texts(root, "monitoring"));
    REPRISE_TRY(ReadFindings(root, card.findings));
    REPRISE_TRY(ReadDecisions(root, card.decisions));
    REPRISE_TRY(ReadData(root, card.data));
    REPRISE_TRY(ReadNotApplicable(root, card.not_applicable));
    return card;
  }

 private:
  Error Wrong(const Node& node, const std::string& what) const {
    return toml_text::ErrorAt(file_name_, node.line(), what);
  }

  Result<std::string> Optional(const Node::Table& table, std::string_view key) const {
    const Node* const node = Find(table, key);
    if (node == nullptr) return std::string();
    const std::string* const text = node->as_string();
    if (text != nullptr && !text->empty()) return *text;
    return Wrong(*node, "the value of " + std::string(key) + " must be a text in quotes");
  }

  Result<std::string> Needed(const Node& table, std::string_view key) const {
    REPRISE_ASSIGN_OR_RETURN(std::string text, Optional(*table.as_table(), key));
    if (!text.empty()) return text;
    return Wrong(table,
                 "there is no " + std::string(key) + " here; add " + std::string(key) + " = \"…\"");
  }

  Result<std::string> Day(const Node::Table& table, std::string_view key) const {
    REPRISE_ASSIGN_OR_RETURN(std::string text, Optional(table, key));
    const bool is_day = text.empty() || (text.size() == 10 && ParseTime(text + "T00:00:00Z").ok());
    if (is_day) return text;
    return Wrong(*Find(table, key), "the value of " + std::string(key) +
                                        " must be a day in quotes, as in \"2026-05-31\"");
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

  template <std::size_t kCount>
  Result<std::string> OneOf(const Node& table, std::string_view key,
                            const std::array<std::string_view, kCount>& choices) const {
    REPRISE_ASSIGN_OR_RETURN(std::string text, Needed(table, key));
    if (std::ranges::find(choices, text) != choices.end()) return text;
    return Wrong(*Find(*table.as_table(), key),
                 "the value of " + std::string(key) + " is one of " + Joined(choices));
  }

  // The tables [[name]], of which `example` is one key; none where there are none.
  Result<std::vector<const Node*>> Tables(const Node::Table& root, const std::string& name,
                                          const std::string& example,
                                          const std::vector<std::string>& keys) const {
    std::vector<const Node*> tables;
    const Node* const list = Find(root, name);
    if (list == nullptr) return tables;
    const std::string heading = "[[" + name + "]]";
    const Error wrong =
        Wrong(*list, "'" + name + "' stands for tables: " + heading + ", and below it " + example);
    if (list->as_array() == nullptr) return wrong;
    for (const Node& entry : *list->as_array()) {
      if (entry.as_table() == nullptr) return wrong;
      REPRISE_TRY(toml_text::CheckKeys(*entry.as_table(), file_name_, "in " + heading, keys));
      tables.push_back(&entry);
    }
    return tables;
  }

  Result<void> ReadFindings(const Node::Table& root, std::vector<Finding>& findings) const {
    constexpr std::array<std::string_view, 3> kSeverities = {"low", "medium", "high"};
    constexpr std::array<std::string_view, 3> kStates = {"open", "accepted", "closed"};
    REPRISE_ASSIGN_OR_RETURN(const auto tables, Tables(root, "finding", "id = \"F-1\"",
                                                       {"id", "text", "severity", "state"}));
    for (const Node* const entry : tables) {
      Finding finding;
      REPRISE_ASSIGN_OR_RETURN(finding.id, Needed(*entry, "id"));
      REPRISE_ASSIGN_OR_RETURN(finding.text, Needed(*entry, "text"));
      REPRISE_ASSIGN_OR_RETURN(finding.severity, OneOf(*entry, "severity", kSeverities));
      REPRISE_ASSIGN_OR_RETURN(finding.state, OneOf(*entry, "state", kStates));
      if (std::ranges::find(findings, finding.id, &Finding::id) != findings.end()) {
        return Wrong(*entry, "there are two findings '" + Printable(finding.id) + "'");
      }
      findings.push_back(std::move(finding));
    }
    return {};
  }

  Result<void> ReadDecisions(const Node::Table& root, std::vector<CardDecision>& decisions) const {
    REPRISE_ASSIGN_OR_RETURN(const auto tables, Tables(root, "decision", "about = \"eta\"",
                                                       {"about", "choice", "reason", "alternatives",
                                                        "decided_by", "decided_on"}));
    for (const Node* const entry : tables) {
      CardDecision decision;
      REPRISE_ASSIGN_OR_RETURN(decision.about, Needed(*entry, "about"));
      REPRISE_ASSIGN_OR_RETURN(decision.choice, Needed(*entry, "choice"));
      REPRISE_ASSIGN_OR_RETURN(decision.reason, Needed(*entry, "reason"));
      REPRISE_ASSIGN_OR_RETURN(decision.alternatives, Texts(*entry->as_table(), "alternatives"));
      REPRISE_ASSIGN_OR_RETURN(decision.decided_by, Optional(*entry->as_table(), "decided_by"));
      REPRISE_ASSIGN_OR_RETURN(decision.decided_on, Day(*entry->as_table(), "decided_on"));
      decisions.push_back(std::move(decision));
    }
    return {};
  }

  Result<void> ReadData(const Node::Table& root, std::vector<CardData>& all) const {
    REPRISE_ASSIGN_OR_RETURN(const auto tables,
                             Tables(root, "data", "path = \"data/loans.csv\"",
                                    {"path", "licence", "origin", "labelling", "personal"}));
    for (const Node* const entry : tables) {
      const Node::Table& table = *entry->as_table();
      CardData data;
      REPRISE_ASSIGN_OR_RETURN(data.path, Needed(*entry, "path"));
      REPRISE_ASSIGN_OR_RETURN(data.licence, Optional(table, "licence"));
      REPRISE_ASSIGN_OR_RETURN(data.origin, Optional(table, "origin"));
      REPRISE_ASSIGN_OR_RETURN(data.labelling, Optional(table, "labelling"));
      REPRISE_ASSIGN_OR_RETURN(data.personal, Optional(table, "personal"));
      if (std::ranges::find(all, data.path, &CardData::path) != all.end()) {
        return Wrong(*entry, "there are two [[data]] of the path '" + Printable(data.path) + "'");
      }
      all.push_back(std::move(data));
    }
    return {};
  }

  Result<void> ReadNotApplicable(const Node::Table& root, std::vector<NotApplicable>& all) const {
    REPRISE_ASSIGN_OR_RETURN(const auto tables, Tables(root, "not_applicable",
                                                       "requirement = \"eu-ai-act-annex-iv 2(f)\"",
                                                       {"requirement", "reason", "decided_by"}));
    for (const Node* const entry : tables) {
      NotApplicable judgement;
      REPRISE_ASSIGN_OR_RETURN(judgement.requirement, Needed(*entry, "requirement"));
      REPRISE_ASSIGN_OR_RETURN(judgement.reason, Needed(*entry, "reason"));
      REPRISE_ASSIGN_OR_RETURN(judgement.decided_by, Needed(*entry, "decided_by"));
      all.push_back(std::move(judgement));
    }
    return {};
  }

  std::string_view file_name_;
};

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
  REPRISE_ASSIGN_OR_RETURN(const Node document, toml_text::Parse(text, file_name));
  return Reader(file_name).Read(document);
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
