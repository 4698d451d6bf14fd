#include "tracker/audit/report_sections.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "lineage/render/chart.h"
#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/curve.h"

namespace reprise::tracker {
namespace {

// "differs, and from rerun to rerun"
std::string StateText(const Json& comparison) {
  const Json* const varies = comparison.Find("varies");
  const bool does = varies != nullptr && *varies == Json(true);
  return Spaced(Shown(comparison, "state")) + (does ? ", and from rerun to rerun" : "");
}

// "text: line 1: 'a' became 'b'"; nothing of what is the same, or was compared before contents
// were.
std::string DifferenceText(const Json& output) {
  const Json* const difference = output.Find("difference");
  if (difference == nullptr || !difference->is_object()) return "";
  return Shown(*difference, "kind") + ": " + Shown(*difference, "sentence");
}

std::string RerunsText(const Json& verdict) {
  const Json::Array& reruns = ArrayOf(verdict, "reruns");
  if (reruns.size() > 1) {
    return std::to_string(reruns.size()) + " reruns, the last " + Shown(verdict, "rerun");
  }
  return "rerun " + Shown(verdict, "rerun");
}

std::string Joined(const Json::Array& texts) {
  std::string joined;
  for (const Json& text : texts) joined += (joined.empty() ? "" : ", ") + CellText(text);
  return joined.empty() ? "none" : joined;
}

Html CourseOf(const BundleContent& content, const Ulid& run, const std::string& key) {
  const auto metrics = content.series.find(run);
  if (metrics == content.series.end()) return {""};
  const auto points = metrics->second.find(key);
  return {points == metrics->second.end() ? "" : CurveSvg(points->second)};
}

// A chart for each of the first metrics that have several points.
Result<void> WriteCourses(const BundleContent& content, const StoredRun& run, HtmlWriter& page) {
  constexpr std::size_t kChartsMax = 12;
  const auto metrics = content.series.find(run.record.id);
  if (metrics == content.series.end()) return {};
  std::size_t drawn = 0;
  std::size_t left_out = 0;
  for (const auto& [key, points] : metrics->second) {
    if (CurveSvg(points).empty()) continue;
    if (drawn == kChartsMax) {
      ++left_out;
      continue;
    }
    ++drawn;
    const lineage::Chart chart{key, {{0, lineage::SeriesInMemory(points)}}};
    REPRISE_ASSIGN_OR_RETURN(const std::string svg, lineage::RenderCharts({chart}, {}, {}));
    page.Figure(svg, "Course of " + key + " by step, " + std::to_string(points.size()) +
                         " points (data/series.csv)");
  }
  if (left_out > 0) {
    page.Paragraph("The courses of " + std::to_string(left_out) +
                   " more metrics are in data/series.csv.");
  }
  return {};
}

void WriteVerdict(const ReportedVerdict& reported, HtmlWriter& page) {
  const Json& verdict = reported.verdict;
  const storage::LedgerEntry& entry = reported.event->entry;
  const std::string entered = "Entered by " + entry.actor + " at " +
                              FormatTime(entry.time_unix_ms) + ", ledger entry " +
                              std::to_string(entry.sequence) + ".";
  if (verdict.is_null()) {
    page.Subheading("A verdict that was left out");
    page.Paragraph(entered +
                   " It tells how outputs differ by values of theirs, and so only the "
                   "digest of its document is here: " +
                   entry.payload.ToString());
    return;
  }
  page.Subheading(Spaced(Shown(verdict, "result")) + ": " + RerunsText(verdict));
  page.Paragraph(entered);
  Rows rows;
  for (const Json& output : ArrayOf(verdict, "outputs")) {
    const std::string actual = Shown(output, "actual");
    rows.push_back({Plain(Shown(output, "path")), Plain(StateText(output)),
                    Digits(Shown(output, "expected")),
                    actual == Shown(output, "expected") ? Plain("the same") : Digits(actual),
                    Plain(DifferenceText(output))});
  }
  const std::string at = "report.json#/verdicts/" + std::to_string(reported.number) + "/verdict/";
  page.Table({{"Output", "path"}, "State", {"Expected", "expected"}, "Rerun gave", "Difference"},
             rows, "No outputs were compared.", {"Outputs of the rerun", at + "outputs"});
  rows.clear();
  for (const Json& metric : ArrayOf(verdict, "metrics")) {
    rows.push_back({Plain(Shown(metric, "key")), Plain(StateText(metric)),
                    Number(Shown(metric, "expected")), Number(Shown(metric, "actual")),
                    Number(Shown(metric, "first_differing_step")),
                    Number(Shown(metric, "difference_max"))});
  }
  page.Table({{"Metric", "key"},
              "State",
              {"Expected", "expected"},
              {"Rerun gave", "actual"},
              {"First differing step", "first_differing_step"},
              {"Largest difference", "difference_max"}},
             rows, "No metrics were compared.", {"Metrics of the rerun", at + "metrics"});
  std::vector<std::string> sentences;
  for (const std::string_view key : {"missing", "hardware", "environment", "outside_reads"}) {
    for (const Json& sentence : ArrayOf(verdict, key)) {
      const auto text = BytesFromJson(sentence);
      if (text.ok()) sentences.push_back(*text);
    }
  }
  if (!sentences.empty()) page.List(sentences);
}

// The members of `machine`, those of inner objects behind the names of these.
void AddMachineFacts(const Json& machine, const std::string& before, Facts& facts) {
  for (const auto& [key, value] : machine.as_object()) {
    std::string name = before + Spaced(key);
    if (key == "variables" || key == "keyed_variables") continue;  // Of use to a rerun alone.
    const bool is_inner = value.is_object() && !BytesFromJson(value).ok();
    if (is_inner) {
      AddMachineFacts(value, name + " ", facts);
      continue;
    }
    std::string text = value.is_array() ? Joined(value.as_array()) : Shown(machine, key);
    if (text.empty()) text = "not known";
    if (name.ends_with(" bytes") && value.is_number() && value.as_number() >= 0 &&
        value.as_number() < 1e18) {
      name.resize(name.size() - std::string_view(" bytes").size());
      text = SizeText(static_cast<std::uint64_t>(value.as_number()));
    }
    facts.emplace_back(name, Plain(text));
  }
}

void WriteMachine(const Json& host, HtmlWriter& page) {
  Facts facts;
  if (!host.is_object()) return;
  AddMachineFacts(host, "", facts);
  if (facts.empty()) return;
  page.Subheading("Machine (noted, not part of any identity)");
  page.Facts(facts);
}

}  // namespace

std::string Spaced(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

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

void WriteReproduction(const std::vector<ReportedVerdict>& verdicts, HtmlWriter& page) {
  page.Heading("Reproduction certificate");
  if (verdicts.empty()) page.Paragraph("No rerun was compared with this run.");
  for (const ReportedVerdict& verdict : verdicts) WriteVerdict(verdict, page);
}

Result<void> WriteMetrics(const BundleContent& content, const StoredRun& run, HtmlWriter& page) {
  page.Heading("Metrics and course of the training");
  Rows rows;
  for (const auto& [key, metric] : run.record.metrics) {
    rows.push_back({Plain(key), Number(CellText(lineage::NumberToJson(metric.last))),
                    Number(CellText(lineage::NumberToJson(metric.min))),
                    Number(CellText(lineage::NumberToJson(metric.max))),
                    Number(std::to_string(metric.last_step)), Number(std::to_string(metric.count)),
                    CourseOf(content, run.record.id, key)});
  }
  page.Table({{"Metric", "key"},
              {"Last", "last"},
              {"Least", "min"},
              {"Greatest", "max"},
              {"Last step", "last_step"},
              {"Points", "count"},
              "Course"},
             rows, "None were recorded.", {"Metrics", "data/metrics.csv"});
  return WriteCourses(content, run, page);
}

Result<void> WriteEnvironment(const BundleContent& content, const StoredRun& run,
                              HtmlWriter& page) {
  page.Heading("Environment");
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
              {"Instruction set", Plain(Joined(ArrayOf(*json, "instruction_set")))},
              {"Time zone", Plain(Shown(*json, "time_zone"))}});
  const std::string source = "documents/" + run.recipe->environment->ToHex() + ".json#/";
  Rows rows;
  for (const Json& file : ArrayOf(*json, "files")) {
    rows.push_back({Plain(Shown(file, "path")), Plain(Shown(file, "role")),
                    Plain(Shown(file, "package") + " " + Shown(file, "version")),
                    Digits(Shown(file, "digest"))});
  }
  page.Table({{"Program or library", "path"}, {"Role", "role"}, "Package", {"SHA-256", "digest"}},
             rows, "No files are known.", {"Programs and libraries", source + "files"});
  rows.clear();
  for (const Json& package : ArrayOf(*json, "python_packages")) {
    rows.push_back({Plain(Shown(package, "name")), Plain(Shown(package, "version"))});
  }
  if (!rows.empty()) {
    page.Table({{"Python package", "name"}, {"Version", "version"}}, rows, "",
               {"Python packages", source + "python_packages"});
  }
  rows.clear();
  for (const Json& variable : ArrayOf(*json, "variables")) {
    rows.push_back({Plain(Shown(variable, "name")), Plain(Shown(variable, "value"))});
  }
  if (!rows.empty()) {
    page.Table({{"Variable", "name"}, {"Value", "value"}}, rows, "",
               {"Variables of the environment", source + "variables"});
  }
  WriteMachine(run.record.host, page);
  return {};
}

}  // namespace reprise::tracker
