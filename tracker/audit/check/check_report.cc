// That report.json, the tables and the metric points say what the documents and the log do.
//
// From what was checked before, the bundle's content is put together as whoever exported it would
// have gathered it; what the exporter makes of that is what must be there.

#include <algorithm>
#include <bit>
#include <charconv>

#include "lineage/document.h"
#include "lineage/metric_series.h"
#include "lineage/table/record_reader.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "tracker/audit/check/checked_bundle.h"
#include "tracker/audit/report_json.h"
#include "tracker/audit/requirement_answers.h"
#include "tracker/run_json.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kOriginPrefix = "reprise/";
constexpr std::string_view kRequirementsTable = "data/requirements.csv";
constexpr std::string_view kSeriesTable = "data/series.csv";
constexpr std::size_t kShownBytesMax = 300;

// Members that no document bears out, or that other checks are about.
bool IsCheckedElsewhere(std::string_view member) {
  constexpr std::string_view kElsewhere[] = {
      "reprise_version", "missing", "limits",          "lineage",  "subject",     "run", "runs",
      "upstream",        "reruns",  "series_left_out", "left_out", "requirements"};
  return std::ranges::find(kElsewhere, member) != std::ranges::end(kElsewhere);
}

std::string Shown(const Json& value) {
  const auto text = Canonicalize(value);
  if (!text.ok()) return "something that has no JSON form";
  if (text->size() <= kShownBytesMax) return *text;
  return text->substr(0, kShownBytesMax) + "…";
}

// Names that one of two objects has and the other has not.
std::vector<std::string> OtherNames(const Json& a, const Json& b) {
  std::vector<std::string> names;
  for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const auto& [name, value] : one->as_object()) {
      if (other->Find(name) == nullptr) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

// Two values that differ, the deepest within two that do.
struct JsonDifference {
  std::string path;  // "models[0].stage"
  const Json* said;
  const Json* expected;
};

JsonDifference FindDifference(std::string path, const Json& said, const Json& expected) {
  if (said.is_object() && expected.is_object() && OtherNames(said, expected).empty()) {
    for (const auto& [name, value] : expected.as_object()) {
      const Json& other = lineage::MemberOrNull(said, name);
      if (!IsSameJson(other, value)) return FindDifference(path + "." + name, other, value);
    }
  }
  if (said.is_array() && expected.is_array() &&
      said.as_array().size() == expected.as_array().size()) {
    for (std::size_t i = 0; i < said.as_array().size(); ++i) {
      const Json& a = said.as_array()[i];
      const Json& b = expected.as_array()[i];
      if (IsSameJson(a, b)) continue;
      return FindDifference(path + "[" + std::to_string(i) + "]", a, b);
    }
  }
  return {std::move(path), &said, &expected};
}

// report.json says of a run what its documents and the ledger say, and nothing more.
Result<void> CheckReportedRun(const Json& reported, const StoredRun& run) {
  const std::string id = run.record.id.ToString();
  const Json expected = RunToJson(run);
  if (reported == expected) return {};
  if (const auto names = OtherNames(reported, expected); !names.empty()) {
    return Failed("report.json has other members for run " + id + ": " + Joined(names, ", "));
  }
  for (const auto& [name, value] : expected.as_object()) {
    const Json& said = lineage::MemberOrNull(reported, name);
    if (IsSameJson(said, value)) continue;
    return Failed("report.json says " + Shown(said) + " of run " + id +
                  " where its documents say " + Shown(value) + ", in " + Quoted(name));
  }
  return {};
}

// Checks the runs of one member of report.json, and returns them in that order.
Result<std::vector<StoredRun>> CheckReportedRuns(const CheckedBundle& bundle,
                                                 const Json::Array& reported,
                                                 std::set<std::string>& seen) {
  std::vector<StoredRun> runs;
  for (const Json& json : reported) {
    const auto id = json.GetString("id");
    const auto run = id.ok() ? bundle.runs.find(*id) : bundle.runs.end();
    if (run == bundle.runs.end() || !seen.insert(*id).second) {
      return Failed("report.json has other runs than the documents");
    }
    REPRISE_TRY(CheckReportedRun(json, run->second));
    runs.push_back(run->second);
  }
  return runs;
}

Result<void> GatherReportedRuns(CheckedBundle& bundle) {
  std::set<std::string> seen;
  const Json& one = lineage::MemberOrNull(bundle.report, "run");
  const auto several = bundle.report.GetArray("runs");
  const auto upstream = bundle.report.GetArray("upstream");
  const auto reruns = bundle.report.GetArray("reruns");
  if (!several.ok() || !upstream.ok() || !reruns.ok()) {
    return Failed("report.json has no proper members 'runs', 'upstream' and 'reruns'");
  }
  const Json::Array main = one.is_null() ? **several : Json::Array{one};
  REPRISE_ASSIGN_OR_RETURN(bundle.content.runs, CheckReportedRuns(bundle, main, seen));
  REPRISE_ASSIGN_OR_RETURN(bundle.content.upstream, CheckReportedRuns(bundle, **upstream, seen));
  REPRISE_ASSIGN_OR_RETURN(bundle.content.reruns, CheckReportedRuns(bundle, **reruns, seen));
  if (seen.size() != bundle.runs.size()) {
    return Failed("report.json has other runs than the documents");
  }
  return {};
}

// In which row of `expected`, counted behind the headings, `actual` first differs.
std::size_t DifferingRow(std::string_view expected, std::string_view actual) {
  const std::size_t same =
      static_cast<std::size_t>(std::ranges::mismatch(expected, actual).in1 - expected.begin());
  std::size_t rows = 0;
  bool is_quoted = false;
  for (const char c : expected.substr(0, same)) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == '\n' && !is_quoted) ++rows;
  }
  return rows;
}

template <typename T>
Result<T> ParseCell(std::string_view text, int base = 10) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Failed(std::string(kSeriesTable) + " has a malformed row");
  }
  return value;
}

using Series = std::map<Ulid, std::map<std::string, std::vector<lineage::MetricPoint>>>;

// The points in data/series.csv, by run and metric.
Result<Series> ReadPoints(std::string_view table) {
  Series series;
  bool is_heading = true;
  lineage::RecordReader reader([&](std::span<const std::string_view> fields) -> Result<void> {
    if (std::exchange(is_heading, false)) return {};
    if (fields.size() != 6) return Failed(std::string(kSeriesTable) + " has a malformed row");
    lineage::MetricPoint point;
    REPRISE_ASSIGN_OR_RETURN(point.step, ParseCell<std::int64_t>(fields[1]));
    REPRISE_ASSIGN_OR_RETURN(point.time_unix_ms, ParseTime(std::string(fields[2])));
    REPRISE_ASSIGN_OR_RETURN(const auto bits, ParseCell<std::uint64_t>(fields[4], 16));
    point.value = std::bit_cast<double>(bits);
    REPRISE_ASSIGN_OR_RETURN(const Ulid run, Ulid::Parse(fields[5]));
    series[run][std::string(fields[0])].push_back(point);
    return {};
  });
  REPRISE_TRY(reader.Feed(table));
  REPRISE_TRY(reader.Finish());
  return series;
}

// Metrics that report.json says were left out.
Result<std::vector<std::pair<Ulid, std::string>>> ReadLeftOut(const Json& report) {
  std::vector<std::pair<Ulid, std::string>> left_out;
  const auto list = report.GetArray("series_left_out");
  if (!list.ok()) return Failed("report.json has no proper member 'series_left_out'");
  for (const Json& json : **list) {
    const auto run = json.GetString("run");
    const auto key = json.GetString("key");
    const auto id = run.ok() ? Ulid::Parse(*run) : run.error();
    if (!id.ok() || !key.ok()) return Failed("a series has no proper members 'run' and 'key'");
    left_out.emplace_back(*id, *key);
  }
  return left_out;
}

// The metrics of the runs are those with points here and those that were left out.
Result<void> CheckSeriesNames(const CheckedBundle& bundle) {
  const auto& left = bundle.content.series_left_out;
  const std::set<std::pair<Ulid, std::string>> left_out(left.begin(), left.end());
  std::set<std::pair<Ulid, std::string>> here;
  for (const auto& [run, metrics] : bundle.content.series) {
    for (const auto& [name, points] : metrics) here.emplace(run, name);
  }
  std::set<std::pair<Ulid, std::string>> recorded;
  for (const StoredRun& run : bundle.content.runs) {
    for (const auto& [name, metric] : run.record.metrics) recorded.emplace(run.record.id, name);
  }
  const std::size_t count = here.size() + left_out.size();
  here.insert(left_out.begin(), left_out.end());
  if (here == recorded && count == recorded.size()) return {};
  return Failed(std::string(kSeriesTable) + " has other metrics than the runs");
}

// The table, whose name is known, as the exporter writes it of the content.
std::string TableNamed(const BundleContent& content, std::string_view path) {
  for (BundleFile& table : ReportTables(content)) {
    if (table.path == path) return std::move(table.bytes);
  }
  return "";
}

}  // namespace

Result<std::string> CheckReportJson(CheckedBundle& bundle) {
  REPRISE_TRY(GatherReportedRuns(bundle));
  const std::string& origin = bundle.content.signed_state.origin;
  const auto store =
      Ulid::Parse(origin.starts_with(kOriginPrefix) ? origin.substr(kOriginPrefix.size()) : origin);
  if (!store.ok()) return Failed("the log is that of no store: " + store.error().message);
  bundle.content.store = *store;
  REPRISE_ASSIGN_OR_RETURN(const Json expected, ReportJson(bundle.content));
  for (const auto& [name, value] : expected.as_object()) {
    if (IsCheckedElsewhere(name)) continue;
    const Json& said = lineage::MemberOrNull(bundle.report, name);
    if (IsSameJson(said, value)) continue;
    const JsonDifference difference = FindDifference(name, said, value);
    return Failed("the member " + Quoted(name) +
                  " of report.json is not what the ledger says: in " + difference.path +
                  " it has " + Shown(*difference.said) + " instead of " +
                  Shown(*difference.expected));
  }
  std::vector<std::string> extra;
  for (const auto& [name, value] : bundle.report.as_object()) {
    if (expected.Find(name) == nullptr) extra.push_back(name);
  }
  if (!extra.empty()) return Failed("report.json has other members: " + Joined(extra, ", "));
  return "report.json agrees with " + std::to_string(bundle.runs.size()) + " runs and " +
         std::to_string(bundle.content.events.size()) + " events";
}

Result<std::string> CheckReportTables(CheckedBundle& bundle) {
  std::size_t count = 0;
  for (const BundleFile& table : ReportTables(bundle.content)) {
    if (table.path == kSeriesTable) continue;
    REPRISE_ASSIGN_OR_RETURN(const std::string_view actual, bundle.File(table.path));
    if (actual != table.bytes) {
      return Failed(table.path + " says something else than report.json in row " +
                    std::to_string(DifferingRow(table.bytes, actual)));
    }
    ++count;
  }
  REPRISE_ASSIGN_OR_RETURN(const Json* const requirements,
                           MemberOf(bundle.report, "requirements", "report.json"));
  const bool has_rows = *requirements != Json(Json::Array{});
  if (has_rows) {
    REPRISE_ASSIGN_OR_RETURN(const std::string_view actual, bundle.File(kRequirementsTable));
    const std::string expected = RequirementsTable(*requirements);
    if (actual != expected) {
      return Failed(std::string(kRequirementsTable) +
                    " says something else than report.json in row " +
                    std::to_string(DifferingRow(expected, actual)));
    }
    ++count;
  } else if (bundle.files.Find(kRequirementsTable) != nullptr) {
    return Failed(std::string(kRequirementsTable) + " is here, and report.json asks nothing");
  }
  return std::to_string(count) + " tables agree with report.json";
}

Result<std::string> CheckSeriesPoints(CheckedBundle& bundle) {
  REPRISE_ASSIGN_OR_RETURN(const std::string_view table, bundle.File(kSeriesTable));
  auto series = ReadPoints(table);
  if (!series.ok()) return Annotate(series.error(), kSeriesTable);
  bundle.content.series = *std::move(series);
  REPRISE_ASSIGN_OR_RETURN(bundle.content.series_left_out, ReadLeftOut(bundle.report));
  REPRISE_TRY(CheckSeriesNames(bundle));
  std::size_t count = 0;
  for (const auto& [run, metrics] : bundle.content.series) {
    const auto& recorded = bundle.runs.at(run.ToString()).record.metrics;
    for (const auto& [name, points] : metrics) {
      ++count;
      if (lineage::SeriesValuesDigest(points) == recorded.at(name).values) continue;
      return Failed("the points of metric " + Quoted(name) +
                    " are not those that the run recorded");
    }
  }
  const std::string expected = TableNamed(bundle.content, kSeriesTable);
  if (table != expected) {
    return Failed(std::string(kSeriesTable) +
                  " shows something that is not what its steps and bits say in row " +
                  std::to_string(DifferingRow(expected, table)));
  }
  if (!bundle.content.series_left_out.empty()) {
    std::set<std::string> names;
    for (const auto& [run, name] : bundle.content.series_left_out) names.insert(name);
    bundle.notes.push_back("the points of " + Joined({names.begin(), names.end()}, ", ") +
                           " are not in the bundle");
  }
  return "the points of " + std::to_string(count) + " metrics are those recorded";
}

}  // namespace reprise::tracker
