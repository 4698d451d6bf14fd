#include "tracker/audit/report_run.h"

#include <algorithm>
#include <iterator>

#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/report_data.h"
#include "tracker/audit/report_sections.h"

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
      {"Who", Plain(record.actor.empty() ? "not known" : record.actor)}};
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

std::vector<ReportedVerdict> VerdictsAbout(const std::vector<ReportedVerdict>& verdicts,
                                           const StoredRun& run) {
  std::vector<ReportedVerdict> about;
  std::ranges::copy_if(verdicts, std::back_inserter(about), [&](const ReportedVerdict& verdict) {
    return verdict.event->entry.subject == run.record.id.ToString();
  });
  return about;
}

}  // namespace

std::string OutcomeText(const lineage::RunRecord& record) {
  std::string text(lineage::RunStatusName(record.status));
  if (record.exit_code.has_value()) text += ", exit status " + std::to_string(*record.exit_code);
  if (record.signal.has_value()) text += ", signal " + std::to_string(*record.signal);
  return text;
}

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

}  // namespace reprise::tracker
