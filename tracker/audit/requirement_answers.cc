#include "tracker/audit/requirement_answers.h"

#include <algorithm>
#include <functional>
#include <map>

#include "lineage/document.h"
#include "lineage/model_version.h"
#include "storage/base/csv.h"
#include "storage/base/nearest.h"
#include "storage/base/words.h"
#include "storage/crypto/sha256.h"
#include "tracker/audit/embedded.h"
#include "tracker/audit/report_json.h"
#include "tracker/audit/report_sections.h"
#include "tracker/audit/requirement_facts.h"

namespace reprise::tracker {
namespace {

struct EmbeddedTemplate {
  std::string_view name;
  std::string_view (*text)();
};
constexpr auto kTemplates = std::to_array<EmbeddedTemplate>({
    {"21-cfr-part-11", EmbeddedCfrPart11},
    {"eu-ai-act-annex-iv", EmbeddedAnnexIv},
    {"iso-iec-42001", EmbeddedIso42001},
    {"pra-ss1-23", EmbeddedSs123},
    {"us-sr-26-2", EmbeddedSr262},
});

RequirementAnswer AnswerOf(const RequirementFactFinder& finder, const BundleModel* model,
                           const std::string& template_name,
                           const lineage::Requirement& requirement) {
  RequirementAnswer answer;
  answer.requirement = requirement;
  for (const std::string& fact : requirement.facts) {
    std::vector<Digest> digests = finder.Find(fact);
    if (digests.empty()) {
      answer.missing.push_back(fact);
      continue;
    }
    const std::uint64_t count = digests.size();
    digests.resize(std::min(digests.size(), kFactDigestsMax));
    answer.recorded.push_back({fact, count, std::move(digests)});
  }
  if (answer.missing.empty()) {
    answer.state = RequirementState::kRecorded;
  } else if (!answer.recorded.empty()) {
    answer.state = RequirementState::kPartly;
  }
  if (model == nullptr || !model->card.has_value()) return answer;
  const auto& judgements = model->card->not_applicable;
  const auto judged = std::ranges::find(judgements, template_name + " " + requirement.id,
                                        &lineage::NotApplicable::requirement);
  if (judged != judgements.end()) {
    answer.state = RequirementState::kNotApplicable;
    answer.judgement = *judged;
  }
  return answer;
}

// "purpose: sha256:…", of several "approvals (3): sha256:… sha256:…"
std::string RecordedText(const Json& answer) {
  std::string text = CellText(lineage::MemberOrNull(answer, "fact"));
  const Json& count = lineage::MemberOrNull(answer, "count");
  if (count != Json(1)) text += " (" + CellText(count) + ")";
  text += ":";
  for (const Json& digest : ArrayOf(answer, "digests")) text += " " + CellText(digest);
  return text;
}

Json RowToJson(const RequirementAnswer& row) {
  Json recorded = Json::Array{};
  for (const FactAnswer& answer : row.recorded) {
    Json digests = Json::Array{};
    for (const Digest& digest : answer.digests) digests.Append(digest.ToString());
    recorded.Append(Json()
                        .Set("fact", answer.fact)
                        .Set("count", answer.count)
                        .Set("digests", std::move(digests)));
  }
  Json missing = Json::Array{};
  for (const std::string& fact : row.missing) missing.Append(fact);
  return Json()
      .Set("id", row.requirement.id)
      .Set("requirement", row.requirement.text)
      .Set("state", RequirementStateName(row.state))
      .Set("recorded", std::move(recorded))
      .Set("missing", std::move(missing))
      .Set("reason", row.judgement.has_value() ? Json(row.judgement->reason) : Json())
      .Set("decided_by", row.judgement.has_value() ? Json(row.judgement->decided_by) : Json());
}

}  // namespace

std::vector<std::string> RequirementTemplateNames() {
  std::vector<std::string> names;
  for (const EmbeddedTemplate& embedded : kTemplates) names.emplace_back(embedded.name);
  return names;
}

Result<lineage::RequirementTemplate> NamedRequirements(const std::string& name) {
  const auto found = std::ranges::find(kTemplates, name, &EmbeddedTemplate::name);
  if (found != kTemplates.end()) {
    return lineage::ParseRequirements(found->text(), name + ".toml");
  }
  const std::vector<std::string> names = RequirementTemplateNames();
  std::string message = "there is no template of requirements '" + Printable(name) + "'";
  if (const auto meant = Nearest(name, names)) message += "; did you mean " + *meant + "?";
  return Error{ErrorCode::kNotFound, message + " (templates: " + Joined(names, " ") +
                                         "; a file of your own is named by its path, as ./" +
                                         Printable(name) + ".toml)"};
}

std::string_view RequirementStateName(RequirementState state) {
  switch (state) {
    case RequirementState::kRecorded:
      return "recorded";
    case RequirementState::kPartly:
      return "partly recorded";
    case RequirementState::kMissing:
      return "missing";
    case RequirementState::kNotApplicable:
      break;
  }
  return "not applicable";
}

std::vector<AnsweredTemplate> AnswerRequirements(const BundleContent& content) {
  std::vector<const BundleModel*> models;
  for (const BundleModel& model : content.governance.models) models.push_back(&model);
  if (models.empty()) models.push_back(nullptr);
  std::vector<AnsweredTemplate> answered;
  for (const lineage::RequirementTemplate& asked : content.requirements) {
    for (const BundleModel* const model : models) {
      const RequirementFactFinder finder(content, model);
      AnsweredTemplate answers{asked.name,  asked.title,
                               asked.dated, asked.basis,
                               asked.notes, model == nullptr ? "" : model->model.Name(),
                               {}};
      for (const lineage::Requirement& requirement : asked.requirements) {
        answers.rows.push_back(AnswerOf(finder, model, asked.name, requirement));
      }
      answered.push_back(std::move(answers));
    }
  }
  return answered;
}

Json RequirementsToJson(const BundleContent& content) {
  Json json = Json::Array{};
  for (const AnsweredTemplate& answered : AnswerRequirements(content)) {
    Json rows = Json::Array{};
    for (const RequirementAnswer& row : answered.rows) rows.Append(RowToJson(row));
    json.Append(Json()
                    .Set("template", answered.name)
                    .Set("title", answered.title)
                    .Set("dated", answered.dated)
                    .Set("basis", answered.basis)
                    .Set("model", answered.model.empty() ? Json() : Json(answered.model))
                    .Set("rows", std::move(rows)));
  }
  return json;
}

std::string RequirementsTable(const Json& requirements) {
  std::string table = "template,model,id,requirement,state,recorded,missing,reason,decided_by\r\n";
  if (!requirements.is_array()) return table;
  for (const Json& answered : requirements.as_array()) {
    for (const Json& row : ArrayOf(answered, "rows")) {
      std::vector<std::string> recorded;
      for (const Json& answer : ArrayOf(row, "recorded")) recorded.push_back(RecordedText(answer));
      std::vector<std::string> missing;
      for (const Json& fact : ArrayOf(row, "missing")) missing.push_back(CellText(fact));
      std::vector<std::string> cells;
      for (const char* const key : {"template", "model"}) {
        cells.push_back(CsvText(CellText(lineage::MemberOrNull(answered, key))));
      }
      for (const char* const key : {"id", "requirement", "state"}) {
        cells.push_back(CsvText(CellText(lineage::MemberOrNull(row, key))));
      }
      cells.push_back(CsvText(Joined(recorded, "; ")));
      cells.push_back(CsvText(Joined(missing, "; ")));
      for (const char* const key : {"reason", "decided_by"}) {
        cells.push_back(CsvText(CellText(lineage::MemberOrNull(row, key))));
      }
      table += Joined(cells, ",") + "\r\n";
    }
  }
  return table;
}

}  // namespace reprise::tracker
