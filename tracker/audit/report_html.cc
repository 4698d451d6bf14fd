#include "tracker/audit/report_html.h"

#include <algorithm>

#include "lineage/render/render.h"
#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/embedded.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_data.h"
#include "tracker/audit/report_json.h"
#include "tracker/audit/report_log.h"
#include "tracker/audit/report_models.h"
#include "tracker/audit/report_requirements.h"
#include "tracker/audit/report_run.h"
#include "tracker/audit/report_sections.h"
#include "tracker/version.h"

namespace reprise::tracker {
namespace {

bool IsReproduced(const ReportedVerdict& verdict) {
  const std::string result = Shown(verdict.verdict, "result");
  return result == "identical" || result == "equivalent" || result == "within_noise";
}

// How much of the bundle's runs were reproduced, in a sentence.
std::string AnswerOf(const std::vector<ReportedVerdict>& verdicts) {
  if (verdicts.empty()) return "Not rerun: nobody has tried to reproduce this.";
  return "Reruns that were compared: " + std::to_string(verdicts.size()) +
         ", of which reproduced their run: " +
         std::to_string(std::ranges::count_if(verdicts, IsReproduced)) +
         ". Newest verdict: " + Shown(verdicts.back().verdict, "result") + ".";
}

// The least that the runs were captured as.
std::string LeastCapture(const BundleContent& content) {
  std::string least;
  for (const StoredRun& run : content.runs) {
    const std::string& level = run.record.capture.level;
    if (least.empty() || lineage::CaptureRank(level) < lineage::CaptureRank(least)) least = level;
  }
  return least.empty() ? "no run is known" : least;
}

void WriteAnswer(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts,
                 HtmlWriter& page) {
  std::string classes = "answer";
  if (!verdicts.empty()) {
    classes += std::ranges::all_of(verdicts, IsReproduced) ? " yes" : " no";
  }
  page.Raw("<div class=\"" + classes + "\"><p>" + HtmlText(AnswerOf(verdicts)) +
           "</p><p>Capture level: " + HtmlText(LeastCapture(content)) + ". Recorded in a log of " +
           std::to_string(content.signed_state.size) + " entries, of which this bundle " +
           (content.lists_whole_log ? "lists every one" : "holds proofs for its own") +
           ".</p></div>\n");
}

void WriteLineage(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Lineage");
  page.Paragraph(
      "Everything that this came from, from left to right; runs are rounded. The same bytes are "
      "the "
      "same box wherever they appear.");
  page.Figure("<div class=\"drawing\">\n" +
                  lineage::RenderSvg(content.drawing, lineage::SvgTheme::kLight) + "</div>",
              "Lineage; the tables of inputs, outputs and upstream runs say the same in words");
  Rows rows;
  for (const StoredRun& run : content.upstream) {
    rows.push_back(
        {Digits(run.record.id.ToString()), Plain(run.record.name), Plain(OutcomeText(run.record)),
         Plain(FormatTime(run.record.started_at_unix_ms)), Digits(run.document.ToString())});
  }
  page.Table({{"Upstream run", "id"},
              {"Name", "name"},
              "Outcome",
              {"Started", "started_at"},
              {"Record", "document"}},
             rows, "No other recorded run produced anything of this.",
             {"Runs upstream", "report.json#/upstream"});
  WriteDataUpstream(content, page);
}

// "model version scorecard@3"
std::string SpokenSubject(const BundleSubject& subject) {
  std::string kind(BundleSubjectKindName(subject.kind));
  std::ranges::replace(kind, '_', ' ');
  return kind + " " + subject.name;
}

// What the report is, and what it is not.
void WriteScope(const BundleContent& content, HtmlWriter& page) {
  Facts facts = {{"About", Plain(SpokenSubject(content.subject))}};
  for (const BundleModel& model : content.governance.models) {
    facts.emplace_back("Model",
                       Html{HtmlText(model.model.Name() + ", in the stage " + model.model.stage() +
                                     (model.card.has_value() ? ": " + model.card->purpose
                                                             : ", without a model card"))});
  }
  std::vector<Html> runs;
  for (const StoredRun& run : content.runs) {
    runs.push_back({HtmlText(run.record.name + ", run " + run.record.id.ToString())});
  }
  if (!runs.empty()) facts.emplace_back("Runs", Lines(runs));
  facts.emplace_back("Log", Plain(content.signed_state.origin));
  facts.emplace_back("Entries of the log", Plain(std::to_string(content.signed_state.size)));
  facts.emplace_back("Key of the log", Digits(content.key_fingerprint));
  page.Facts(facts, {"What this report is about", ""});
  page.Paragraph(
      "This is a record: what a store of Reprise holds on this subject, as it was recorded, with "
      "the digests under which each statement is found. It comes with a bundle of the same "
      "numbers as JSON and CSV, and of what is needed to check them without Reprise.");
  page.Paragraph(
      "It is no opinion on the model, and no statement of compliance with any regulation: it helps "
      "assemble evidence for those who judge. What it does not prove is said in a section of its "
      "own.");
}

// What the page is called: by the run's name where it is about one run.
std::string TitleOfReport(const BundleContent& content) {
  const bool is_run = content.subject.kind == BundleSubject::Kind::kRun && !content.runs.empty();
  return "Audit report: " +
         (is_run ? content.runs.front().record.name : SpokenSubject(content.subject));
}

std::string SubtitleOf(const BundleContent& content) {
  std::string text;
  if (content.runs.size() == 1) {
    const lineage::RunRecord& record = content.runs.front().record;
    text = "Experiment " + record.experiment + ", run " + record.id.ToString() + ", ";
  } else {
    text = std::to_string(content.runs.size()) + " runs, ";
  }
  return text + "store " + content.store.ToString() + ", Reprise " + std::string(kVersion);
}

void BeginPage(const BundleContent& content, HtmlWriter& page) {
  const std::string title = TitleOfReport(content);
  page.Raw(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>" +
      HtmlText(title) + "</title>\n<style>\n");
  page.Raw(EmbeddedReportCss());
  page.Raw("</style>\n</head>\n<body>\n<h1>" + HtmlText(title) + "</h1>\n<p class=\"sub\">" +
           HtmlText(SubtitleOf(content)) + "</p>\n");
}

}  // namespace

Result<std::string> ReportHtml(const BundleContent& content) {
  HtmlWriter page;
  BeginPage(content, page);
  REPRISE_ASSIGN_OR_RETURN(const auto verdicts, VerdictsOf(content));
  WriteOverrides(content, page);
  WriteAnswer(content, verdicts, page);
  WriteScope(content, page);
  page.Contents();
  WriteRequirements(content, page);
  WriteModels(content, page);
  for (const StoredRun& run : content.runs) {
    if (content.runs.size() > 1) {
      page.Heading("Run " + run.record.name + " (" + run.record.id.ToString() + ")");
    }
    REPRISE_TRY(WriteRun(content, verdicts, run, page));
  }
  WriteLineage(content, page);
  WritePolicies(content, page);
  WriteSince(content, page);
  REPRISE_TRY(WriteErasures(content, page));
  WriteLedger(content, page);
  page.Heading("What this does not prove");
  page.List(LimitsOf(content));
  WriteChecking(page);
  page.Raw("</body>\n</html>\n");
  return page.Take();
}

}  // namespace reprise::tracker
