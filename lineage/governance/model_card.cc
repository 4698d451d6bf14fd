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
        {"purpose", "intended_use", "owner", "tier", "materiality", "last_validation",
         "next_validation", "assumptions", "limits", "restrictions", "finding"}));
    ModelCard card;
    REPRISE_ASSIGN_OR_RETURN(card.purpose, Needed(document, "purpose"));
    REPRISE_ASSIGN_OR_RETURN(card.intended_use, Needed(document, "intended_use"));
    REPRISE_ASSIGN_OR_RETURN(card.owner, Needed(document, "owner"));
    REPRISE_ASSIGN_OR_RETURN(card.tier, Optional(root, "tier"));
    REPRISE_ASSIGN_OR_RETURN(card.materiality, Optional(root, "materiality"));
    REPRISE_ASSIGN_OR_RETURN(card.last_validation, Day(root, "last_validation"));
    REPRISE_ASSIGN_OR_RETURN(card.next_validation, Day(root, "next_validation"));
    REPRISE_ASSIGN_OR_RETURN(card.assumptions, Texts(root, "assumptions"));
    REPRISE_ASSIGN_OR_RETURN(card.limits, Texts(root, "limits"));
    REPRISE_ASSIGN_OR_RETURN(card.restrictions, Texts(root, "restrictions"));
    if (const Node* const findings = Find(root, "finding")) {
      REPRISE_ASSIGN_OR_RETURN(card.findings, Findings(*findings));
    }
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

  Result<std::vector<Finding>> Findings(const Node& list) const {
    constexpr std::array<std::string_view, 3> kSeverities = {"low", "medium", "high"};
    constexpr std::array<std::string_view, 3> kStates = {"open", "accepted", "closed"};
    const Error wrong = Wrong(list, "findings are tables: [[finding]], and below it id = \"F-1\"");
    if (list.as_array() == nullptr) return wrong;
    std::vector<Finding> findings;
    for (const Node& entry : *list.as_array()) {
      if (entry.as_table() == nullptr) return wrong;
      REPRISE_TRY(toml_text::CheckKeys(*entry.as_table(), file_name_, "in [[finding]]",
                                       {"id", "text", "severity", "state"}));
      Finding finding;
      REPRISE_ASSIGN_OR_RETURN(finding.id, Needed(entry, "id"));
      REPRISE_ASSIGN_OR_RETURN(finding.text, Needed(entry, "text"));
      REPRISE_ASSIGN_OR_RETURN(finding.severity, OneOf(entry, "severity", kSeverities));
      REPRISE_ASSIGN_OR_RETURN(finding.state, OneOf(entry, "state", kStates));
      if (std::ranges::find(findings, finding.id, &Finding::id) != findings.end()) {
        return Wrong(entry, "there are two findings '" + Printable(finding.id) + "'");
      }
      findings.push_back(std::move(finding));
    }
    return findings;
  }

  std::string_view file_name_;
};

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

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
      .Set("findings", std::move(findings));
}

}  // namespace reprise::lineage
