#include "tracker/audit/report_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "tracker/audit/figure.h"
#include "tracker/audit/report_json_models.h"
#include "tracker/audit/report_records.h"
#include "tracker/audit/report_sections.h"

namespace reprise::tracker {
namespace {

// Text that is longer is shown from its beginning.
constexpr std::size_t kShownTextBytesMax = 16 * 1024;

// In the order in which a reader asks for them.
struct KindOfEvidence {
  std::string_view kind;
  const char* heading;
};
constexpr auto kKinds = std::to_array<KindOfEvidence>({
    {"validation", "Performance"},
    {"calibration", "Calibration"},
    {"subpopulations", "Subpopulations"},
    {"explainability", "Explainability"},
    {"stability", "Stability"},
    {"drift", "Drift"},
    {"data_quality", "Quality of data"},
    {"test_report", "Test reports"},
    {"document", "Documents"},
});

std::string BriefText(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

double NumberAt(const Json& json, std::string_view path) {
  const Json& value = AtPath(json, path);
  return value.is_number() ? value.as_number() : NAN;
}

// "0.25 to 0.5", "up to 0.25", "above 0.5": the exact bounds are in the table beside the drawing.
std::string BinLabel(const Json& bin) {
  const double from = NumberAt(bin, "from");
  const double to = NumberAt(bin, "to");
  if (std::isfinite(from) && std::isfinite(to)) return BriefText(from) + " to " + BriefText(to);
  if (std::isfinite(to)) return "up to " + BriefText(to);
  return std::isfinite(from) ? "above " + BriefText(from) : "all";
}

void DrawCalibration(const Json& evidence, HtmlWriter& page) {
  std::vector<CalibrationBin> bins;
  for (const Json& bin : ArrayOf(evidence, "bins")) {
    bins.push_back({NumberAt(bin, "predicted"), NumberAt(bin, "observed")});
  }
  page.Figure(CalibrationSvg(bins), "Predicted and observed shares");
}

void DrawImportances(const Json& evidence, HtmlWriter& page) {
  std::vector<LabelledValue> values;
  for (const Json& entry : ArrayOf(evidence, "importances")) {
    values.push_back({Shown(entry, "feature"), NumberAt(entry, "value")});
  }
  page.Figure(BarsSvg("Importance of features", std::move(values)),
              "Importance of features, by " + Shown(evidence, "method"));
}

void DrawSubpopulations(const Json& evidence, HtmlWriter& page) {
  struct Measure {
    const char* member;
    const char* title;
  };
  for (const Measure& measure : {Measure{"auc", "AUC by group"}, Measure{"ks", "KS by group"},
                                 Measure{"approval_rate", "Approval rate by group"}}) {
    std::vector<LabelledInterval> intervals;
    for (const Json& group : ArrayOf(evidence, "groups")) {
      const std::string at(measure.member);
      intervals.push_back({Shown(group, "column") + " " + Shown(group, "group"),
                           NumberAt(group, at + ".value"), NumberAt(group, at + ".low"),
                           NumberAt(group, at + ".high")});
    }
    page.Figure(IntervalsSvg(measure.title, intervals),
                std::string(measure.title) + ", with intervals where they are recorded");
  }
}

void DrawStability(const Json& evidence, HtmlWriter& page) {
  std::vector<SharedBin> bins;
  for (const Json& bin : ArrayOf(evidence, "bins")) {
    bins.push_back({BinLabel(bin), NumberAt(bin, "expected"), NumberAt(bin, "actual")});
  }
  page.Figure(DistributionsSvg("Distribution of the score", bins),
              "Distribution of the score, as expected and as it is");
}

void DrawDrift(const Json& evidence, HtmlWriter& page) {
  std::vector<LabelledValue> values;
  for (const Json& column : ArrayOf(evidence, "columns")) {
    values.push_back({Shown(column, "column"), NumberAt(column, "psi")});
  }
  page.Figure(BarsSvg("Drift of columns", std::move(values)),
              "Population stability index (PSI) of columns");
}

void WriteContent(const BundleEvidence& evidence, const std::string& caption, HtmlWriter& page) {
  const lineage::ArtifactUse& artifact = evidence.filed.evidence.artifact;
  const std::string source = EvidencePath(artifact.digest);
  if (!evidence.bytes.has_value()) {
    return page.Paragraph("Its content is not in this bundle; the digest above is.");
  }
  const std::string& bytes = *evidence.bytes;
  if (const auto json = ParseJson(bytes); json.ok() && !json->is_string()) {
    WriteFiguresOf(*json, page);
    return WriteJsonTables(*json, caption, source, page);
  }
  const bool is_table = artifact.path.ends_with(".csv") || artifact.path.ends_with(".tsv");
  if (is_table && WriteTextTable(bytes, caption, source, page)) return;
  if (!IsUtf8(bytes) || bytes.find('\0') != std::string::npos) {
    return page.Paragraph("It is no text; the bundle has it as " + source + ".");
  }
  const std::string shown = bytes.substr(0, kShownTextBytesMax);
  page.Raw("<pre>" + HtmlText(shown.substr(0, Utf8PrefixBytes(shown))) + "</pre>\n");
  if (shown.size() < bytes.size()) {
    page.Paragraph("Shown are the first " + SizeText(shown.size()) + " of " +
                   SizeText(bytes.size()) + "; all of it is " + source + ".");
  }
}

void WriteOne(const BundleEvidence& evidence, HtmlWriter& page) {
  const lineage::Evidence& filed = evidence.filed.evidence;
  const std::string name = filed.kind + " (" + filed.artifact.path + ")";
  page.Facts({{"File", Plain(filed.artifact.path)},
              {"Content", Digits(filed.artifact.digest.ToString())},
              {"Recorded",
               Plain(FormatTime(evidence.filed.recorded_at_unix_ms) + " by " + evidence.actor)},
              {"Reason", Html{HtmlText(filed.reason.empty() ? "none given" : filed.reason)}}},
             {"Evidence: " + name, ""});
  WriteContent(evidence, name, page);
}

}  // namespace

void WriteFiguresOf(const Json& evidence, HtmlWriter& page) {
  const std::string type = Shown(evidence, "type");
  if (type == "reprise/calibration/v1") DrawCalibration(evidence, page);
  if (type == "reprise/importances/v1") DrawImportances(evidence, page);
  if (type == "reprise/subpopulations/v1") DrawSubpopulations(evidence, page);
  if (type == "reprise/stability/v1") DrawStability(evidence, page);
  if (type == "reprise/drift/v1") DrawDrift(evidence, page);
}

void WriteEvidence(const BundleModel& model, const Json& json, const std::string& at,
                   HtmlWriter& page) {
  page.Subheading("Evidence");
  WriteRecords(ArrayOf(json, "evidence"),
               {{"Kind", "kind"},
                {"File", "artifact.path"},
                {"Bytes", "artifact.size_bytes"},
                {"Content", "artifact.digest"},
                {"Recorded at", "recorded_at"},
                {"Who", "actor"}},
               "No evidence is recorded for it.", {"Evidence", at + "/evidence"}, page);
  for (const KindOfEvidence& each : kKinds) {
    bool is_first = true;
    for (const BundleEvidence& evidence : model.evidence) {
      if (evidence.filed.evidence.kind != each.kind) continue;
      if (is_first) page.Subheading(each.heading);
      is_first = false;
      WriteOne(evidence, page);
    }
  }
}

}  // namespace reprise::tracker
