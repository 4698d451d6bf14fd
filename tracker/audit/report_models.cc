#include "tracker/audit/report_models.h"

#include <algorithm>
#include <map>

#include "lineage/document.h"
#include "storage/base/clock.h"
#include "storage/base/words.h"
#include "tracker/audit/report_evidence.h"
#include "tracker/audit/report_json_models.h"
#include "tracker/audit/report_records.h"
#include "tracker/audit/report_sections.h"
#include "tracker/audit/requirement_facts.h"

namespace reprise::tracker {
namespace {

using lineage::MemberOrNull;
using lineage::ModelCard;

Html Texts(const std::vector<std::string>& texts) {
  std::vector<Html> lines;
  for (const std::string& text : texts) lines.push_back({HtmlText(text)});
  return Lines(lines);
}

void AddText(const char* what, const std::string& text, Facts& facts) {
  if (!text.empty()) facts.emplace_back(what, Html{HtmlText(text)});
}

void AddTexts(const char* what, const std::vector<std::string>& texts, Facts& facts) {
  if (!texts.empty()) facts.emplace_back(what, Texts(texts));
}

Facts FactsOf(const RegisteredModel& model) {
  Facts facts = {
      {"Version", Plain(model.Name())},
      {"Stage", Plain(model.stage())},
      {"Content", Digits(model.version.artifact.digest.ToString())},
      {"Registered", Plain(FormatTime(model.registered_at_unix_ms) + " by " + model.actor)},
      {"Registration", Digits(model.registration.ToString())}};
  if (model.version.run.has_value()) {
    facts.emplace_back("Made by run", Digits(model.version.run->ToString()));
  } else {
    facts.emplace_back("Made by run", Plain("none that is recorded"));
  }
  AddText("Reason", model.version.reason, facts);
  return facts;
}

void AddCardFacts(const ModelCard& card, Facts& facts) {
  AddText("Purpose", card.purpose, facts);
  AddText("Intended use", card.intended_use, facts);
  AddText("Owner", card.owner, facts);
  AddText("Provider", card.provider, facts);
  AddText("Tier", card.tier, facts);
  AddText("Materiality", card.materiality, facts);
  AddText("Last validation", card.last_validation, facts);
  AddText("Next validation", card.next_validation, facts);
  AddTexts("Assumptions", card.assumptions, facts);
  AddTexts("Limits", card.limits, facts);
  AddTexts("Restrictions", card.restrictions, facts);
  AddTexts("Risks", card.risks, facts);
  AddTexts("Human oversight", card.oversight, facts);
  AddTexts("Monitoring", card.monitoring, facts);
  AddText("Explanation of decisions", card.explanations, facts);
  AddText("Retention of records", card.retention, facts);
}

// `at`: the model's place in report.json.
void WriteCard(const BundleModel& model, const Json& json, const std::string& at,
               HtmlWriter& page) {
  Facts facts = FactsOf(model.model);
  if (model.card.has_value()) AddCardFacts(*model.card, facts);
  page.Facts(facts, {"Model and purpose of " + model.model.Name(), ""});
  if (!model.card.has_value()) {
    return page.Paragraph(
        "No model card is recorded (reprise evidence add --kind model_card): purpose, owner and "
        "limits are not known.");
  }
  const Json& card = MemberOrNull(json, "card");
  if (!model.card->decisions.empty()) {
    WriteRecords(ArrayOf(card, "decisions"),
                 {{"About", "about"},
                  {"Choice", "choice"},
                  {"Reason", "reason"},
                  {"Alternatives", "alternatives"},
                  {"Decided by", "decided_by"},
                  {"On", "decided_on"}},
                 "", {"Choices and their reasons", at + "/card/decisions"}, page);
  }
  WriteRecords(ArrayOf(card, "findings"),
               {{"Finding", "id"}, {"What", "text"}, {"Severity", "severity"}, {"State", "state"}},
               "The card names no findings.", {"Findings of validations", at + "/card/findings"},
               page);
}

void WriteApprovals(const Json& json, const std::string& at, HtmlWriter& page) {
  page.Subheading("Approvals");
  WriteRecords(ArrayOf(json, "statements"),
               {{"Printed name", "printed_name"},
                {"Role", "role"},
                {"Decision", "decision"},
                {"To", "to"},
                {"Meaning", "meaning"},
                {"Reason", "reason"},
                {"Signed at", "signed_at"},
                {"Void because", "void"}},
               "Nobody has signed anything about it.",
               {"Who signed what, and what the signature means", at + "/statements"}, page);
  if (ArrayOf(json, "statements").empty()) return;
  WriteRecords(ArrayOf(json, "statements"),
               {{"Printed name", "printed_name"},
                {"Owner of the key", "owner"},
                {"From", "from"},
                {"Recorded at", "recorded_at"},
                {"Entry", "ledger_sequence"},
                {"Envelope", "digest"},
                {"Policy", "policy"}},
               "", {"Where the signatures are", at + "/statements"}, page);
}

// What an attestation says, for whoever does not know the predicate's type.
std::string MeaningOf(lineage::AttestationKind kind) {
  return kind == lineage::AttestationKind::kModelSigning
             ? "says that the version consists of these files and of no others."
             : "says how its subjects were made: by which run, with which command and parameters, "
               "of which inputs.";
}

// What was signed for the tools of others.
void WriteAttestations(const BundleModel& model, const Json& json, const std::string& at,
                       HtmlWriter& page) {
  page.Subheading("Attestations");
  const Json::Array& list = ArrayOf(json, "attestations");
  if (list.empty()) {
    return page.Paragraph(
        "Nobody has signed how it was made, or which files it has, for other tools.");
  }
  page.Paragraph(
      "In-toto statements that tools of others verify; attest/ has them as files. They approve "
      "nothing.");
  WriteRecords(list,
               {{"Kind", "kind"},
                {"Predicate type", "predicate_type"},
                {"Printed name", "printed_name"},
                {"Owner of the key", "owner"},
                {"Recorded at", "recorded_at"},
                {"Entry", "ledger_sequence"},
                {"Void because", "void"}},
               "", {"What was attested, by whom", "data/attestations.csv"}, page);
  WriteRecords(list, {{"Kind", "kind"}, {"Key", "key"}, {"Document", "digest"}}, "",
               {"Where the attestations are", at + "/attestations"}, page);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const FiledAttestation& one = model.attestations[i];
    const std::string name = std::string(lineage::AttestationKindName(one.kind)) + " of entry " +
                             std::to_string(one.ledger_sequence);
    const std::string place = at + "/attestations/" + std::to_string(i);
    page.Paragraph("The attestation " + name + " " + MeaningOf(one.kind));
    const std::vector<Column> columns = {{"Name", "name"}, {"SHA-256", "digest"}};
    WriteRecords(ArrayOf(list[i], "subjects"), columns, "",
                 {"Subjects of the attestation " + name, place + "/subjects"}, page);
    if (one.resources.empty()) continue;
    WriteRecords(ArrayOf(list[i], "resources"), columns, "",
                 {"Files that the attestation " + name + " lists", place + "/resources"}, page);
  }
}

void WritePromotions(const Json& json, const std::string& at, HtmlWriter& page) {
  page.Subheading("Promotions");
  WriteRecords(ArrayOf(json, "changes"),
               {{"From", "from"},
                {"To", "to"},
                {"At", "at"},
                {"Who", "actor"},
                {"Reason", "reason"},
                {"Override", "override"}},
               "It has not left the stage in which every version begins.",
               {"Changes of stage", at + "/changes"}, page);
  if (ArrayOf(json, "changes").empty()) return;
  WriteRecords(ArrayOf(json, "changes"),
               {{"Entry", "ledger_sequence"},
                {"Rests on the signatures", "statements"},
                {"Policy", "policy"}},
               "", {"What the changes of stage rest on", at + "/changes"}, page);
}

Facts FactsOf(const KnownKey& key) {
  const lineage::TrustedKey& newest = key.newest();
  Facts facts = {{"Printed name", Plain(newest.printed_name)},
                 {"Owner", Plain(newest.owner)},
                 {"Roles", Plain(Joined(newest.roles))},
                 {"Fingerprint", Digits(key.fingerprint.ToHex())},
                 {"Trusted", Plain(FormatTime(key.records.front().time_unix_ms) + " by " +
                                   key.records.front().actor)}};
  if (newest.valid_until_unix_ms.has_value()) {
    facts.emplace_back("Valid until", Plain(FormatTime(*newest.valid_until_unix_ms)));
  }
  if (key.revoked.has_value()) {
    facts.emplace_back("Revoked", Html{HtmlText(FormatTime(key.revoked->time_unix_ms) + " by " +
                                                key.revoked->actor + ": " + key.revoked->reason)});
  }
  return facts;
}

}  // namespace

void WriteOverrides(const BundleContent& content, HtmlWriter& page) {
  std::vector<std::string> sentences;
  for (const BundleModel& each : content.governance.models) {
    for (const StageChange& change : each.model.changes) {
      if (!change.promotion.is_override) continue;
      sentences.push_back(each.model.Name() + " moved from " + change.promotion.from + " to " +
                          change.promotion.to + " at " + FormatTime(change.time_unix_ms) + " by " +
                          change.actor +
                          ", although the policy was not met: " + change.promotion.reason);
    }
  }
  if (sentences.empty()) return;
  page.Raw("<div class=\"answer no\" role=\"note\"><p><strong>Emergency overrides</strong></p>\n");
  page.List(sentences);
  page.Raw("</div>\n");
}

void WriteModels(const BundleContent& content, HtmlWriter& page) {
  const Json models = ModelsToJson(content);
  for (std::size_t i = 0; i < content.governance.models.size(); ++i) {
    const BundleModel& model = content.governance.models[i];
    const Json& json = models.as_array()[i];
    const std::string at = "report.json#/models/" + std::to_string(i);
    page.Heading("Model " + model.model.Name());
    WriteCard(model, json, at, page);
    WriteEvidence(model, json, at, page);
    WriteApprovals(json, at, page);
    WriteAttestations(model, json, at, page);
    WritePromotions(json, at, page);
  }
}

void WritePolicies(const BundleContent& content, HtmlWriter& page) {
  const BundleGovernance& governance = content.governance;
  if (governance.policies.empty() && governance.keys.empty()) return;
  page.Heading("Policies and keys");
  for (const BundlePolicy& policy : governance.policies) {
    page.Subheading("Policy of " + FormatTime(policy.time_unix_ms));
    page.Facts({{"Text", Digits(policy.digest.ToString())},
                {"Set by", Plain(policy.actor)},
                {"Entry", Number(std::to_string(policy.ledger_sequence))}});
    page.Raw("<pre>" + HtmlText(policy.text) + "</pre>\n");
  }
  if (governance.policies.empty()) page.Paragraph("No policy was ever set.");
  for (const KnownKey& key : governance.keys) {
    page.Facts(FactsOf(key), {"Key of " + key.newest().printed_name, ""});
  }
  page.Paragraph(
      "A key in this bundle proves nothing by itself: compare its fingerprint with its owner.");
}

}  // namespace reprise::tracker
