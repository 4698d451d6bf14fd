#include "tracker/audit/report_html.h"

#include <algorithm>
#include <set>

#include "lineage/render/fold.h"
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

constexpr std::size_t kDrawnNodesMax = 60;  // What a page shows well.
constexpr std::size_t kListedMax = 20;      // At the head; the others have a section, too.

// "and 280 more"
Html MoreThanListed(std::size_t count) {
  return Plain("and " + std::to_string(count - kListedMax) + " more; each has a section");
}

bool IsReproduced(const ReportedVerdict& verdict) {
  const std::string result = Shown(verdict.verdict, "result");
  return result == "identical" || result == "equivalent" || result == "within_noise";
}

// How many of the runs nobody has rerun.
std::size_t NotRerun(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts) {
  std::set<std::string_view> rerun;
  for (const ReportedVerdict& verdict : verdicts) rerun.insert(verdict.event->entry.subject);
  return content.runs.size() - rerun.size();
}

// How much of the bundle's runs were reproduced, in sentences.
std::string AnswerOf(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts) {
  if (content.runs.empty()) return "No recorded run made this, so that nothing can be rerun.";
  if (verdicts.empty()) return "Not rerun: nobody has tried to reproduce this.";
  std::size_t reruns = 0;  // A verdict may be about several.
  for (const ReportedVerdict& verdict : verdicts) {
    reruns += std::max<std::size_t>(ArrayOf(verdict.verdict, "reruns").size(), 1);
  }
  const auto is_left_out = [](const ReportedVerdict& verdict) { return verdict.verdict.is_null(); };
  const auto left_out = std::ranges::count_if(verdicts, is_left_out);
  std::string text = "Reruns that were compared: " + std::to_string(reruns) +
                     ". Verdicts on them: " + std::to_string(verdicts.size()) +
                     ", of which say that the run was reproduced: " +
                     std::to_string(std::ranges::count_if(verdicts, IsReproduced));
  if (left_out > 0) text += ", of which the verdict was left out: " + std::to_string(left_out);
  text += ". Newest verdict: ";
  text +=
      is_left_out(verdicts.back()) ? "left out" : Spaced(Shown(verdicts.back().verdict, "result"));
  text += ".";
  if (const std::size_t left = NotRerun(content, verdicts); left > 0) {
    text += " Runs that nobody has rerun: " + std::to_string(left) + " of " +
            std::to_string(content.runs.size()) + ".";
  }
  return text;
}

// The least that the runs were captured as.
std::string LeastCapture(const BundleContent& content) {
  std::string least;
  for (const StoredRun& run : content.runs) {
    const std::string& level = run.record.capture.level;
    if (least.empty() || lineage::CaptureRank(level) < lineage::CaptureRank(least)) least = level;
  }
  return least.empty() ? "not known, as there is no run" : least;
}

void WriteAnswer(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts,
                 HtmlWriter& page) {
  std::string classes = "answer";
  if (!std::ranges::all_of(verdicts, IsReproduced)) {
    classes += " no";
  } else if (!content.runs.empty() && NotRerun(content, verdicts) == 0) {
    classes += " yes";
  }
  page.Raw("<div class=\"" + classes + "\"><p>" + HtmlText(AnswerOf(content, verdicts)) +
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
  const lineage::RenderGraph drawing = lineage::Fold(content.drawing, kDrawnNodesMax);
  const bool is_folded = drawing.nodes.size() < content.drawing.nodes.size();
  page.Figure("<div class=\"drawing\">\n" + lineage::RenderSvg(drawing, lineage::SvgTheme::kLight) +
                  "</div>",
              is_folded ? "Lineage, with what repeats folded and counted; report/lineage.svg has "
                          "all " +
                              std::to_string(content.drawing.nodes.size()) + " boxes"
                        : "Lineage; the tables of inputs, outputs and upstream runs say the same "
                          "in words");
  Rows rows;
  for (const StoredRun& run : content.upstream) {
    rows.push_back({Digits(run.record.id.ToString()), Plain(run.record.name),
                    Plain(OutcomeText(run.record)),
                    Plain(FormatTime(run.record.started_at_unix_ms)),
                    Digits(run.record.reproduces.value_or("")), Digits(run.document.ToString())});
  }
  page.Table(
      {{"Upstream run", "id"},
       {"Name", "name"},
       "Outcome",
       {"Started", "started_at"},
       {"Rerun of", "reproduces"},
       {"Record", "document"}},
      rows, "No other recorded run produced anything of this.",
      {"Runs upstream; a rerun is one where it wrote the same bytes", "report.json#/upstream"});
  WriteDataUpstream(content, page);
}

// What the report is, and what it is not.
void WriteScope(const BundleContent& content, HtmlWriter& page) {
  Facts facts = {{"About", Plain(TitleOf(content.subject))}};
  const auto& models = content.governance.models;
  for (std::size_t i = 0; i < std::min(models.size(), kListedMax); ++i) {
    const BundleModel& model = models[i];
    facts.emplace_back("Model",
                       Html{HtmlText(model.model.Name() + ", in the stage " + model.model.stage() +
                                     (model.card.has_value() ? ": " + model.card->purpose
                                                             : ", without a model card"))});
  }
  if (models.size() > kListedMax) facts.emplace_back("Models", MoreThanListed(models.size()));
  std::vector<Html> runs;
  for (const StoredRun& run : content.runs) {
    if (runs.size() == kListedMax) {
      runs.push_back(MoreThanListed(content.runs.size()));
      break;
    }
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
  return "Audit report: " + (is_run ? content.runs.front().record.name : TitleOf(content.subject));
}

std::string SubtitleOf(const BundleContent& content) {
  std::string text;
  if (content.runs.size() == 1) {
    const lineage::RunRecord& record = content.runs.front().record;
    text = "Experiment " + record.experiment + ", run " + record.id.ToString() + ", ";
  } else {
    text =
        (content.runs.empty() ? "no recorded run" : std::to_string(content.runs.size()) + " runs") +
        ", ";
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
  page.Raw("</style>\n</head>\n<body>\n<main>\n<h1>" + HtmlText(title) +
           "</h1>\n<p class=\"sub\">" + HtmlText(SubtitleOf(content)) + "</p>\n");
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
    page.Nest(content.runs.size() > 1);
    REPRISE_TRY(WriteRun(content, verdicts, run, page));
    page.Nest(false);
  }
  WriteLineage(content, page);
  WritePolicies(content, page);
  WriteSince(content, page);
  REPRISE_TRY(WriteErasures(content, page));
  WriteLedger(content, page);
  page.Heading("What this does not prove");
  page.List(LimitsOf(content));
  WriteChecking(page);
  page.Raw("</main>\n</body>\n</html>\n");
  return page.Take();
}

}  // namespace reprise::tracker
