#include "tracker/audit/report_requirements.h"

#include "storage/base/words.h"
#include "tracker/audit/report_sections.h"
#include "tracker/audit/requirement_answers.h"

namespace reprise::tracker {
namespace {

// "purpose: sha256:…", a line for each recorded fact.
Html RecordedCell(const RequirementAnswer& row) {
  std::vector<Html> lines;
  for (const FactAnswer& answer : row.recorded) {
    std::string label(lineage::LabelOfFact(answer.fact));
    if (answer.count > 1) label += " (" + std::to_string(answer.count) + ")";
    lines.push_back({HtmlText(label + ": ")});
    for (const Digest& digest : answer.digests) lines.push_back(Digits(digest.ToString()));
    if (answer.count > answer.digests.size()) {
      lines.push_back(
          {HtmlText("and " + std::to_string(answer.count - answer.digests.size()) + " more")});
    }
  }
  return Lines(lines);
}

Html MissingCell(const RequirementAnswer& row) {
  if (row.judgement.has_value()) {
    return {HtmlText("Not applicable, as " + row.judgement->decided_by +
                     " decided: " + row.judgement->reason)};
  }
  std::vector<std::string> labels;
  for (const std::string& fact : row.missing) labels.emplace_back(lineage::LabelOfFact(fact));
  return {HtmlText(Joined(labels, ", "))};
}

void WriteTemplate(const AnsweredTemplate& answered, HtmlWriter& page) {
  page.Subheading(answered.title);
  page.Paragraph("Template " + answered.name + " of " + answered.dated + ". " + answered.basis +
                 ".");
  for (const std::string& note : answered.notes) page.Paragraph(note);
  Rows rows;
  for (const RequirementAnswer& row : answered.rows) {
    rows.push_back({Plain(row.requirement.id),
                    {HtmlText(row.requirement.text)},
                    Plain(RequirementStateName(row.state)),
                    RecordedCell(row),
                    MissingCell(row)});
  }
  page.Table({{"Row", "id"},
              {"Requirement", "requirement"},
              {"State", "state"},
              "Recorded evidence",
              "Missing, or why not applicable"},
             rows, "",
             {answered.name + (answered.model.empty() ? "" : ", of " + answered.model),
              "data/requirements.csv", answered.rows.size()});
}

}  // namespace

void WriteRequirements(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Requirements");
  if (content.requirements.empty()) {
    return page.Paragraph(
        "No template of requirements was asked for when this was exported (audit export "
        "--requirements NAME).");
  }
  page.Paragraph(
      "Which recorded evidence there is for each requirement, and its digest. This helps assemble "
      "evidence for an assessment; it is no assessment, and \"recorded\" does not say that what is "
      "recorded suffices. The wording is a short paraphrase that no lawyer has checked.");
  for (const AnsweredTemplate& answered : AnswerRequirements(content)) {
    WriteTemplate(answered, page);
  }
}

}  // namespace reprise::tracker
