#include "tracker/audit/report_html.h"

#include <array>
#include <cstdio>

#include "lineage/render/render.h"
#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/embedded.h"
#include "tracker/audit/html_writer.h"
#include "tracker/audit/report_json.h"
#include "tracker/version.h"

namespace reprise::tracker {
namespace {

constexpr std::size_t kPatchBytesMax = 256 * 1024;

using lineage::ArtifactUse;
using Facts = std::vector<std::pair<std::string, Html>>;
using Rows = std::vector<std::vector<Html>>;

std::string SizeText(std::uint64_t size_bytes) {
  if (size_bytes < 1024) return std::to_string(size_bytes) + " B";
  constexpr std::array<const char*, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  double size = static_cast<double>(size_bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", size, kUnits[unit]);
  return text.data();
}

Html DigestOr(const std::optional<Digest>& digest, std::string_view otherwise) {
  return digest.has_value() ? Digits(digest->ToString()) : Plain(otherwise);
}

// A member of a document of ours, for display: text, or nothing when it is null or absent.
std::string Shown(const Json& json, std::string_view key) {
  const Json* const member = json.Find(key);
  if (member == nullptr || member->is_null()) return "";
  if (const auto bytes = BytesFromJson(*member); bytes.ok()) return *bytes;
  return CellText(*member);
}

const Json::Array& ArrayOf(const Json& json, std::string_view key) {
  static const Json::Array empty;
  const Json* const member = json.Find(key);
  return member != nullptr && member->is_array() ? member->as_array() : empty;
}

std::string CommandText(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    const bool quoted = word.empty() || word.find_first_of(" \t\n'\"\\$*?&|;<>()") != word.npos;
    text += (text.empty() ? "" : " ") + (quoted ? "'" + Printable(word) + "'" : Printable(word));
  }
  return text.empty() ? "not known" : text;
}

std::string OutcomeText(const lineage::RunRecord& record) {
  std::string text(lineage::RunStatusName(record.status));
  if (record.exit_code.has_value()) text += ", exit status " + std::to_string(*record.exit_code);
  if (record.signal.has_value()) text += ", signal " + std::to_string(*record.signal);
  return text;
}

void WriteAnswer(const BundleContent& content, const std::vector<ReportedVerdict>& verdicts,
                 HtmlWriter& page) {
  std::string classes = "answer";
  std::string answer = "Not rerun: nobody has tried to reproduce this run.";
  if (!verdicts.empty()) {
    std::size_t reproduced = 0;
    for (const ReportedVerdict& verdict : verdicts) {
      const std::string result = Shown(verdict.verdict, "result");
      if (result == "identical" || result == "equivalent" || result == "within_noise") ++reproduced;
    }
    answer = "Reruns compared with this run: " + std::to_string(verdicts.size()) +
             ", of which reproduced it: " + std::to_string(reproduced) +
             ". Newest verdict: " + Shown(verdicts.back().verdict, "result") + ".";
    classes += reproduced == verdicts.size() ? " yes" : " no";
  }
  page.Raw("<div class=\"" + classes + "\"><p>" + HtmlText(answer) + "</p><p>Capture level: " +
           HtmlText(content.run.record.capture.level) + ". Recorded in a log of " +
           std::to_string(content.signed_state.size) + " entries, of which this bundle " +
           (content.lists_whole_log ? "lists every one" : "holds proofs for its own") +
           ".</p></div>\n");
}

void WriteIdentity(const BundleContent& content, HtmlWriter& page) {
  const StoredRun& run = content.run;
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

void WriteVerdict(const ReportedVerdict& reported, HtmlWriter& page) {
  const Json& verdict = reported.verdict;
  const storage::LedgerEntry& entry = reported.event->entry;
  page.Subheading(Shown(verdict, "result") + ", rerun " + Shown(verdict, "rerun"));
  page.Paragraph("Entered by " + entry.actor + " at " + FormatTime(entry.time_unix_ms) +
                 ", ledger entry " + std::to_string(entry.sequence) + ".");
  Rows rows;
  for (const Json& output : ArrayOf(verdict, "outputs")) {
    rows.push_back({Plain(Shown(output, "path")), Plain(Shown(output, "state")),
                    Digits(Shown(output, "expected")), Digits(Shown(output, "actual"))});
  }
  page.Table({"Output", "State", "Expected", "Rerun gave"}, rows, "No outputs were compared.");
  rows.clear();
  for (const Json& metric : ArrayOf(verdict, "metrics")) {
    rows.push_back({Plain(Shown(metric, "key")), Plain(Shown(metric, "state")),
                    Number(Shown(metric, "expected")), Number(Shown(metric, "actual")),
                    Number(Shown(metric, "first_differing_step")),
                    Number(Shown(metric, "difference_max"))});
  }
  page.Table(
      {"Metric", "State", "Expected", "Rerun gave", "First differing step", "Largest difference"},
      rows, "No metrics were compared.");
  std::vector<std::string> sentences;
  for (const std::string_view key : {"missing", "environment", "outside_reads"}) {
    for (const Json& sentence : ArrayOf(verdict, key)) {
      const auto text = BytesFromJson(sentence);
      if (text.ok()) sentences.push_back(*text);
    }
  }
  if (!sentences.empty()) page.List(sentences);
}

void WriteParams(const StoredRun& run, HtmlWriter& page) {
  page.Heading("Parameters");
  Rows rows;
  if (run.recipe.has_value()) {
    const auto seeds = run.recipe->Seeds();
    for (const auto& [key, value] : run.recipe->parameters) {
      const std::string type(lineage::ParamTypeName(value.type()));
      rows.push_back(
          {Plain(key), Plain(seeds.contains(key) ? type + ", seed" : type), Plain(value.text())});
    }
  }
  page.Table({"Parameter", "Type", "Value"}, rows, "None were recorded.");
}

void WriteMetrics(const StoredRun& run, HtmlWriter& page) {
  page.Heading("Metrics");
  Rows rows;
  for (const auto& [key, metric] : run.record.metrics) {
    rows.push_back({Plain(key), Number(CellText(lineage::NumberToJson(metric.last))),
                    Number(CellText(lineage::NumberToJson(metric.min))),
                    Number(CellText(lineage::NumberToJson(metric.max))),
                    Number(std::to_string(metric.last_step)),
                    Number(std::to_string(metric.count))});
  }
  page.Table({"Metric", "Last", "Least", "Greatest", "Last step", "Points"}, rows,
             "None were recorded.");
}

void WriteUses(std::string_view heading, const std::vector<ArtifactUse>& uses, HtmlWriter& page) {
  page.Heading(heading);
  Rows rows;
  for (const ArtifactUse& use : uses) {
    std::string kind(lineage::ArtifactKindName(use.kind));
    if (use.unstable) kind += ", changed while it was read";
    rows.push_back({Plain(use.path), Plain(use.role), Plain(kind), Number(SizeText(use.size_bytes)),
                    Digits(use.digest.ToString())});
  }
  page.Table({"Path", "Role", "Kind", "Size", "SHA-256"}, rows, "None were recorded.");
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

void WriteCode(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Code");
  const StoredRun& run = content.run;
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
    return page.Paragraph("The patch is not in the store any more: " + code.patch->ToString());
  }
  page.Raw("<p>" + Digits(code.patch->ToString()).code + "</p>\n");
  page.Raw(PatchHtml(std::string_view(patch->second).substr(0, kPatchBytesMax)));
  if (patch->second.size() > kPatchBytesMax) {
    page.Paragraph("Shown are the first " + SizeText(kPatchBytesMax) + " of " +
                   SizeText(patch->second.size()) + "; the whole is in documents/.");
  }
}

Result<void> WriteEnvironment(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Environment");
  const StoredRun& run = content.run;
  if (!run.recipe.has_value() || !run.recipe->environment.has_value()) {
    page.Paragraph("None was recorded.");
    return {};
  }
  const auto document = content.documents.find(*run.recipe->environment);
  if (document == content.documents.end()) {
    page.Paragraph("Its document is not in the store any more: " +
                   run.recipe->environment->ToString());
    return {};
  }
  const auto json = ParseJson(document->second);
  if (!json.ok()) return Error{ErrorCode::kCorruption, json.error().message};
  page.Facts({{"Document", Digits(run.recipe->environment->ToString())},
              {"Architecture", Plain(Shown(*json, "architecture"))},
              {"Time zone", Plain(Shown(*json, "time_zone"))}});
  Rows rows;
  for (const Json& file : ArrayOf(*json, "files")) {
    rows.push_back({Plain(Shown(file, "path")), Plain(Shown(file, "role")),
                    Plain(Shown(file, "package") + " " + Shown(file, "version")),
                    Digits(Shown(file, "digest"))});
  }
  page.Table({"Program or library", "Role", "Package", "SHA-256"}, rows, "No files are known.");
  rows.clear();
  for (const Json& package : ArrayOf(*json, "python_packages")) {
    rows.push_back({Plain(Shown(package, "name")), Plain(Shown(package, "version"))});
  }
  if (!rows.empty()) page.Table({"Python package", "Version"}, rows, "");
  rows.clear();
  for (const Json& variable : ArrayOf(*json, "variables")) {
    rows.push_back({Plain(Shown(variable, "name")), Plain(Shown(variable, "value"))});
  }
  if (!rows.empty()) page.Table({"Variable", "Value"}, rows, "");
  Facts host;
  if (run.record.host.is_object()) {
    for (const auto& [key, value] : run.record.host.as_object()) {
      host.emplace_back(key, Plain(CellText(value)));
    }
  }
  if (host.empty()) return {};
  page.Subheading("Machine (noted, not part of any identity)");
  page.Facts(host);
  return {};
}

void WriteLineage(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Lineage");
  page.Paragraph(
      "Everything that the run came from, from left to right; runs are rounded. The same bytes are "
      "the same box wherever they appear.");
  page.Raw("<div class=\"drawing\">\n" +
           lineage::RenderSvg(content.drawing, lineage::SvgTheme::kLight) + "</div>\n");
  Rows rows;
  for (const StoredRun& run : content.upstream) {
    rows.push_back(
        {Digits(run.record.id.ToString()), Plain(run.record.name), Plain(OutcomeText(run.record)),
         Plain(FormatTime(run.record.started_at_unix_ms)), Digits(run.document.ToString())});
  }
  page.Table({"Upstream run", "Name", "Outcome", "Started", "Record"}, rows,
             "No recorded run produced anything that this run used.");
}

void WriteLedger(const BundleContent& content, HtmlWriter& page) {
  page.Heading("Ledger");
  page.Facts({{"Log", Plain(content.signed_state.origin)},
              {"Entries", Plain(std::to_string(content.signed_state.size))},
              {"Root", Digits(ToBase64(content.signed_state.root.bytes()))},
              {"Key", Digits(content.key)},
              {"Key's fingerprint", Digits(content.key_fingerprint)}});
  page.Raw("<pre>" + HtmlText(content.checkpoint) + "</pre>\n");
  Rows rows;
  for (const BundleEvent& event : content.events) {
    const storage::LedgerEntry& entry = event.entry;
    rows.push_back({Number(std::to_string(entry.sequence)), Plain(FormatTime(entry.time_unix_ms)),
                    Plain(entry.kind), Plain(entry.actor), Digits(entry.subject),
                    Digits(entry.payload.ToString())});
  }
  page.Table({"Entry", "Time", "Kind", "Who", "About", "Document"}, rows, "No entries.");
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

}  // namespace

Result<std::string> ReportHtml(const BundleContent& content) {
  const StoredRun& run = content.run;
  const std::string title = "Audit report: " + run.record.name;
  HtmlWriter page;
  page.Raw(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>" +
      HtmlText(title) + "</title>\n<style>\n");
  page.Raw(EmbeddedReportCss());
  page.Raw("</style>\n</head>\n<body>\n<h1>" + HtmlText(title) + "</h1>\n<p class=\"sub\">" +
           HtmlText("Experiment " + run.record.experiment + ", run " + run.record.id.ToString() +
                    ", store " + content.store.ToString() + ", Reprise " + std::string(kVersion)) +
           "</p>\n");
  REPRISE_ASSIGN_OR_RETURN(const auto verdicts, VerdictsOf(content));
  WriteAnswer(content, verdicts, page);
  WriteIdentity(content, page);
  page.Heading("Reproduction");
  if (verdicts.empty()) page.Paragraph("No rerun was compared with this run.");
  for (const ReportedVerdict& verdict : verdicts) WriteVerdict(verdict, page);
  WriteParams(run, page);
  WriteMetrics(run, page);
  WriteUses("Inputs", run.recipe.has_value() ? run.recipe->inputs : std::vector<ArtifactUse>(),
            page);
  WriteUses("Outputs", run.record.outputs, page);
  for (const std::string& path : run.record.missing_outputs) {
    page.Paragraph("Named as an output, and not there at the end: " + Printable(path));
  }
  WriteCode(content, page);
  REPRISE_TRY(WriteEnvironment(content, page));
  WriteLineage(content, page);
  WriteLedger(content, page);
  page.Heading("What this does not prove");
  page.List(LimitsOf(content));
  if (!run.record.warnings.empty()) {
    page.Subheading("Warnings at recording");
    page.List(run.record.warnings);
  }
  WriteChecking(page);
  page.Raw("</body>\n</html>\n");
  return page.Take();
}

}  // namespace reprise::tracker
