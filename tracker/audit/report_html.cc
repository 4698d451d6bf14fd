#include "tracker/audit/report_html.h"

#include <algorithm>
#include <iterator>

#include "lineage/governance/policy.h"
#include "lineage/render/render.h"
#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/audit/embedded.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_data.h"
#include "tracker/audit/report_json.h"
#include "tracker/audit/report_models.h"
#include "tracker/audit/report_requirements.h"
#include "tracker/audit/report_sections.h"
#include "tracker/erasure_document.h"
#include "tracker/version.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kPatchBytesMax = 256 * 1024;

using lineage::ArtifactUse;

std::string CommandText(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    const bool quoted = word.empty() || word.find_first_of(" \t\n'\"\\$*?&|;<>()") != word.npos;
    text += (text.empty() ? "" : " ") + (quoted ? "'" + Printable(word) + "'" : Printable(word));
  }
  return text.empty() ? "not known" : text;
}

bool IsReproduced(const ReportedVerdict& verdict) {
  const std::string result = Shown(verdict.verdict, "result");
  return result == "identical" || result == "equivalent" || result == "within_noise";
}

std::string OutcomeText(const lineage::RunRecord& record) {
  std::string text(lineage::RunStatusName(record.status));
  if (record.exit_code.has_value()) text += ", exit status " + std::to_string(*record.exit_code);
  if (record.signal.has_value()) text += ", signal " + std::to_string(*record.signal);
  return text;
}

// How much of the bundle's runs were reproduced, in a sentence.
std::string AnswerOf(const std::vector<ReportedVerdict>& verdicts) {
  if (verdicts.empty()) return "Not rerun: nobody has tried to reproduce this.";
  const auto is_left_out = [](const ReportedVerdict& verdict) { return verdict.verdict.is_null(); };
  const auto left_out = std::ranges::count_if(verdicts, is_left_out);
  return "Reruns that were compared: " + std::to_string(verdicts.size()) +
         ", of which reproduced their run: " +
         std::to_string(std::ranges::count_if(verdicts, IsReproduced)) +
         (left_out == 0 ? "" : ", of which the verdict was left out: " + std::to_string(left_out)) +
         ". Newest verdict: " +
         (is_left_out(verdicts.back()) ? "left out" : Shown(verdicts.back().verdict, "result")) +
         ".";
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

void WriteIdentity(const StoredRun& run, HtmlWriter& page) {
  const lineage::RunRecord& record = run.record;
  page.Heading("Identity");
  Facts facts = {
      {"Run", Digits(record.id.ToString())},
      {"Name", Plain(record.name)},
      {"Experiment", Plain(record.experiment)},
      {"Outcome", Plain(OutcomeText(record))},
      {"Started", Plain(FormatTime(record.started_at_unix_ms))},
      {"Ended", Plain(record.ended_at_unix_ms.has_value() ? FormatTime(*record.ended_at_unix_ms)
                                                          : "not known")},
      {"Who", Plain(record.actor)}};
  if (run.recipe.has_value()) {
    facts.emplace_back("Command",
                       Html{"<code>" + HtmlText(CommandText(run.recipe->command)) + "</code>"});
    facts.emplace_back("Working directory", Plain(run.recipe->working_directory));
  }
  facts.emplace_back("Recipe", DigestOr(record.recipe, "not recorded"));
  facts.emplace_back("Record", Digits(run.document.ToString()));
  if (record.reproduces.has_value()) {
    facts.emplace_back("Was to reproduce", Digits(*record.reproduces));
  }
  if (record.derived_from.has_value()) {
    facts.emplace_back("Retraining of", Digits(*record.derived_from));
  }
  for (const auto& [key, value] : run.tags) facts.emplace_back("Tag " + key, Plain(value));
  page.Facts(facts);
  for (const Note& note : run.notes) {
    page.Paragraph("Note of " + FormatTime(note.time_unix_ms) + " by " + note.actor + ": " +
                   note.text);
  }
}

// Why a parameter has its value, by the cards of models that the run made.
std::string ReasonFor(const BundleContent& content, const StoredRun& run, const std::string& key) {
  for (const BundleModel& model : content.governance.models) {
    if (!model.card.has_value() || model.model.version.run != run.record.id) continue;
    const auto& decisions = model.card->decisions;
    const auto found = std::ranges::find(decisions, key, &lineage::CardDecision::about);
    if (found != decisions.end()) return found->reason;
  }
  return "";
}

void WriteParams(const BundleContent& content, const StoredRun& run, HtmlWriter& page) {
  page.Heading("Hyperparameters");
  Rows rows;
  if (run.recipe.has_value()) {
    const auto seeds = run.recipe->Seeds();
    for (const auto& [key, value] : run.recipe->parameters) {
      rows.push_back({Plain(key), Plain(lineage::ParamTypeName(value.type())), Plain(value.text()),
                      Plain(seeds.contains(key) ? "yes" : ""),
                      Html{HtmlText(ReasonFor(content, run, key))}});
    }
  }
  page.Table({{"Parameter", "key"}, {"Type", "type"}, {"Value", "value"}, "Seed", "Reason"}, rows,
             "None were recorded.",
             {"Hyperparameters, with the reasons in the model card", "data/params.csv"});
}

void WriteUses(std::string_view heading, const std::vector<ArtifactUse>& uses,
               const std::string& source, HtmlWriter& page) {
  page.Heading(heading);
  Rows rows;
  for (const ArtifactUse& use : uses) {
    rows.push_back({Plain(use.path), Plain(use.role), Plain(lineage::ArtifactKindName(use.kind)),
                    Number(std::to_string(use.size_bytes)), Digits(use.digest.ToString())});
  }
  page.Table({{"Path", "path"},
              {"Role", "role"},
              {"Kind", "kind"},
              {"Bytes", "size_bytes"},
              {"SHA-256", "digest"}},
             rows, "None were recorded.", {"", source});
  for (const ArtifactUse& use : uses) {
    if (use.unstable) page.Paragraph(Printable(use.path) + " changed while it was read.");
  }
}

// A patch with its added and removed lines told apart.
std::string PatchHtml(std::string_view patch) {
  std::string html = "<pre>";
  while (!patch.empty()) {
    const std::size_t end = patch.find('\n');
    const std::string_view line = patch.substr(0, end);
    std::string_view kind;
    if (line.starts_with("@@")) kind = "hunk";
    if (line.starts_with("+") && !line.starts_with("+++")) kind = "added";
    if (line.starts_with("-") && !line.starts_with("---")) kind = "removed";
    const std::string text = HtmlText(line);
    html += kind.empty() ? text : "<span class=\"" + std::string(kind) + "\">" + text + "</span>";
    html += '\n';
    if (end == std::string_view::npos) break;
    patch.remove_prefix(end + 1);
  }
  return html + "</pre>\n";
}

void WriteCode(const BundleContent& content, const StoredRun& run, HtmlWriter& page) {
  page.Heading("Code");
  if (!run.code.has_value()) return page.Paragraph("No code state was recorded.");
  const lineage::Code& code = *run.code;
  std::string state = "not under git";
  if (code.dirty.has_value()) state = *code.dirty ? "with uncommitted changes" : "as committed";
  Facts facts = {{"State", Plain(state)},
                 {"Commit", Digits(code.commit.value_or("none"))},
                 {"Branch", Plain(code.branch.value_or("none"))},
                 {"Tree of the work", Digits(code.tree.ToString())}};
  for (const auto& [name, url] : code.remotes) facts.emplace_back("Remote " + name, Plain(url));
  for (const auto& [path, commit] : code.submodules) {
    facts.emplace_back("Submodule " + path, Digits(commit));
  }
  page.Facts(facts);
  if (!code.patch.has_value()) return;
  page.Subheading("Uncommitted changes");
  const auto patch = content.patches.find(*code.patch);
  if (patch == content.patches.end()) {
    return page.Paragraph((content.holes.contains({*code.patch, "patch"})
                               ? "The patch was left out of this bundle: "
                               : "The patch is not in the store any more: ") +
                          code.patch->ToString());
  }
  page.Raw("<p>" + Digits(code.patch->ToString()).code + "</p>\n");
  page.Raw(PatchHtml(std::string_view(patch->second).substr(0, kPatchBytesMax)));
  if (patch->second.size() > kPatchBytesMax) {
    page.Paragraph("Shown are the first " + SizeText(kPatchBytesMax) + " of " +
                   SizeText(patch->second.size()) + "; the whole is in documents/.");
  }
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

void WriteEvents(const std::vector<const BundleEvent*>& events, std::string_view otherwise,
                 HtmlWriter& page) {
  Rows rows;
  for (const BundleEvent* const event : events) {
    const storage::LedgerEntry& entry = event->entry;
    rows.push_back({Number(std::to_string(entry.sequence)), Plain(FormatTime(entry.time_unix_ms)),
                    Plain(entry.kind), Plain(entry.actor), Digits(entry.subject),
                    Digits(entry.payload.ToString())});
  }
  page.Table({{"Entry", "sequence"},
              {"Time", "time"},
              {"Kind", "kind"},
              {"Who", "actor"},
              {"About", "subject"},
              {"Document", "payload"}},
             rows, otherwise, {"Events of the log", "data/events.csv"});
}

std::vector<const BundleEvent*> EventsFrom(const BundleContent& content, std::uint64_t sequence) {
  std::vector<const BundleEvent*> events;
  for (const BundleEvent& event : content.events) {
    if (event.entry.sequence >= sequence) events.push_back(&event);
  }
  return events;
}

// What happened after the checkpoint that the reader kept.
void WriteSince(const BundleContent& content, HtmlWriter& page) {
  if (!content.since.has_value()) return;
  const std::uint64_t size = content.since->state.size;
  page.Heading("Changes since");
  page.Paragraph("The log had " + std::to_string(size) +
                 " entries when the checkpoint was made that this bundle was asked to begin from, "
                 "and has " +
                 std::to_string(content.signed_state.size) +
                 " now. log/since/ has that checkpoint and the proof that nothing before it was "
                 "changed. What came after it and is about this:");
  WriteEvents(EventsFrom(content, size), "Nothing.", page);
}

// What is not in the store any more, and why.  Errors: kCorruption.
Result<void> WriteErasures(const BundleContent& content, HtmlWriter& page) {
  std::vector<std::string> sentences;
  for (const BundleEvent& event : content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.kind != kErasureEntry) continue;
    REPRISE_ASSIGN_OR_RETURN(const ErasureDocument erasure,
                             DecodeErasure(content.documents.at(entry.payload)));
    for (const ErasedItem& item : erasure.items) {
      std::string paths;
      for (const std::string& path : item.paths) paths += " '" + Printable(path) + "'";
      sentences.push_back(item.kind + paths + " (" + item.digest.ToString() + "), on " +
                          FormatTime(entry.time_unix_ms) + " by " + Printable(entry.actor) + ": " +
                          Printable(erasure.reason));
    }
  }
  if (sentences.empty()) return {};
  page.Heading("What was erased");
  page.Paragraph(
      "The bytes were removed from the store on purpose. That they were there, and what came of "
      "them, stays in the record.");
  page.List(sentences);
  return {};
}

void WriteLedger(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Ledger");
  page.Facts({{"Log", Plain(content.signed_state.origin)},
              {"Entries", Plain(std::to_string(content.signed_state.size))},
              {"Root", Digits(ToBase64(content.signed_state.root.bytes()))},
              {"Key", Digits(content.key)},
              {"Key's fingerprint", Digits(content.key_fingerprint)}});
  page.Raw("<pre>" + HtmlText(content.checkpoint) + "</pre>\n");
  WriteSeals(content, page);
  WriteEvents(EventsFrom(content, 0), "No entries.", page);
}

void WriteChecking(HtmlWriter& page) {
  page.Heading("How to check this");
  page.Raw(
      "<pre>python3 verify.py                       # everything in this bundle\n"
      "python3 verify.py --since CHECKPOINT    # … against a checkpoint that you kept\n"
      "python3 verify.py --trust KEY           # … against a key that you know\n"
      "sha256sum -c SHA256SUMS                 # the files alone</pre>\n");
  page.Paragraph(
      "verify.py needs Python 3.7 and openssl 3.0 or newer, no network and no Reprise. Keep a copy "
      "of log/checkpoint where nobody else can change it: with it, any later bundle of this store "
      "can be checked against what it says today. This page and the tables are covered by "
      "SHA256SUMS, which the log's key signs.");
}

std::vector<ReportedVerdict> VerdictsAbout(const std::vector<ReportedVerdict>& verdicts,
                                           const StoredRun& run) {
  std::vector<ReportedVerdict> about;
  std::ranges::copy_if(verdicts, std::back_inserter(about), [&](const ReportedVerdict& verdict) {
    return verdict.event->entry.subject == run.record.id.ToString();
  });
  return about;
}

// All that concerns one run alone.
Result<void> WriteRun(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts,
                      const StoredRun& run, HtmlWriter& page) {
  WriteIdentity(run, page);
  WriteReproduction(VerdictsAbout(verdicts, run), page);
  WriteParams(content, run, page);
  REPRISE_TRY(WriteMetrics(content, run, page));
  WriteUses("Inputs", run.recipe.has_value() ? run.recipe->inputs : std::vector<ArtifactUse>(),
            "data/inputs.csv", page);
  WriteData(content, run, page);
  WriteUses("Outputs", run.record.outputs, "data/outputs.csv", page);
  for (const std::string& path : run.record.missing_outputs) {
    page.Paragraph("Named as an output, and not there at the end: " + Printable(path));
  }
  WriteCode(content, run, page);
  REPRISE_TRY(WriteEnvironment(content, run, page));
  if (!run.record.warnings.empty()) {
    page.Heading("Warnings at recording");
    page.List(run.record.warnings);
  }
  return {};
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
