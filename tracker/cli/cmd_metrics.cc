#include <algorithm>
#include <cmath>
#include <span>

#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "storage/base/csv.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/metric_charts.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"

namespace reprise::cli {
namespace {

using lineage::MetricPoint;

constexpr std::size_t kPlotWidth = 80;
constexpr std::size_t kPlotHeight = 12;

// The points as a curve of characters; the last finite value in each column.
void Plot(const std::string& key, const std::vector<MetricPoint>& points, const Context& context) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const MetricPoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    low = std::min(low, point.value);
    high = std::max(high, point.value);
  }
  std::ostream& out = context.out;
  out << Printable(key) << "  " << Counted(points.size(), "point");
  if (!points.empty()) out << ", last " << FormatNumber(points.back().value);
  out << "\n";
  if (low > high) {
    out << "  no finite values\n";
    return;
  }
  const std::string top = FormatBrief(high);
  const std::string bottom = FormatBrief(low);
  const std::size_t margin = std::max(top.size(), bottom.size());
  const std::size_t columns = std::max(context.columns.value_or(kPlotWidth), margin + 20);
  const std::size_t width = std::min(std::min(kPlotWidth, columns) - margin - 4, points.size());
  std::vector<std::string> canvas(kPlotHeight, std::string(width, ' '));
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].value)) continue;
    const std::size_t column = i * width / points.size();
    // Halves first: the difference of two finite numbers may be infinite.
    const double share = high > low ? (points[i].value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
    const auto row = static_cast<std::size_t>(std::lround((1 - share) * (kPlotHeight - 1)));
    for (std::string& line : canvas) line[column] = ' ';
    canvas[row][column] = '*';
  }
  for (std::size_t row = 0; row < kPlotHeight; ++row) {
    const std::string label = row == 0 ? top : row + 1 == kPlotHeight ? bottom : "";
    std::string line = "  " + std::string(margin - label.size(), ' ') + label + " |" + canvas[row];
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  }
  out << "  " << std::string(margin + 1, ' ') << "+" << std::string(width, '-') << "\n"
      << "  " << std::string(margin + 2, ' ') << "steps " << points.front().step << " to "
      << points.back().step << "\n";
}

Json PointsToJson(const std::vector<MetricPoint>& points) {
  Json json = Json::Array{};
  for (const MetricPoint& point : points) {
    json.Append(Json()
                    .Set("step", lineage::IntegerToJson(point.step))
                    .Set("time", FormatTime(point.time_unix_ms))
                    .Set("value", lineage::NumberToJson(point.value)));
  }
  return json;
}

Result<void> PrintCsv(tracker::Store& store, const KnownRun& known, const std::string& key,
                      const Context& context) {
  const auto print = [&](std::span<const MetricPoint> points) {
    for (const MetricPoint& point : points) {
      context.out << CsvText(key) << "," << point.step << "," << FormatTime(point.time_unix_ms)
                  << "," << FormatNumber(point.value) << "\n";
    }
  };
  return VisitPoints(store, known, key, print);
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  const bool csv = Flag(args, "csv");
  const bool plot = Flag(args, "plot");
  if (csv && plot) {
    return Error{ErrorCode::kInvalidArgument, "--csv and --plot exclude each other"};
  }
  if (Flag(args, "svg")) {
    if (csv || plot) {
      return Error{ErrorCode::kInvalidArgument, "--svg goes neither with --csv nor with --plot"};
    }
    return DrawMetrics({.ref = ref,
                        .words = Texts(args, "keys"),
                        .is_logarithmic = Flag(args, "log"),
                        .output = OptionalText(args, "output")},
                       context);
  }
  if (Flag(args, "log") || args.count("output") > 0) {
    return Error{ErrorCode::kInvalidArgument, "--log and -o go with --svg only"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const KnownRun known, KnownRunOf(*store, context, ref));
  std::vector<std::string> keys = Texts(args, "keys");
  if (keys.empty()) {
    for (const auto& [key, metric] : known.run.record.metrics) keys.push_back(key);
  }
  if (keys.empty()) context.Warn("the run " + known.run.record.name + " has no metrics");
  Json metrics = Json::Object{};
  if (csv && !context.global.json) context.out << "key,step,time,value\n";
  Table table({"KEY", ">STEP", "VALUE", "TIME"});
  for (const std::string& key : keys) {
    if (csv && !context.global.json) {
      REPRISE_TRY(PrintCsv(*store, known, key, context));
      continue;
    }
    REPRISE_ASSIGN_OR_RETURN(const auto points, PointsOf(*store, known, key));
    if (context.global.json) {
      metrics.Set(key, PointsToJson(points));
    } else if (plot) {
      Plot(key, points, context);
    } else {
      for (const MetricPoint& point : points) {
        table.Add({Printable(key), std::to_string(point.step), FormatNumber(point.value),
                   FormatTime(point.time_unix_ms)});
      }
    }
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("run", known.run.record.id.ToString()).Set("metrics", std::move(metrics)));
  } else if (!csv && !plot && !keys.empty()) {
    table.Print(context.out, context.columns);
  }
  return ChosenStatus(*store, {ref});
}

}  // namespace

Command MetricsCommand() {
  Command command{"metrics", "The metric series of a run.",
                  "REF [KEY…] [--csv] [--plot] | REF… [KEY…] --svg [--log] [-o FILE]"};
  command.examples = {
      {"reprise metrics @last", "every point"},
      {"reprise metrics @last loss --plot", "one series as a curve"},
      {"reprise metrics @last --csv > metrics.csv", "for other tools"},
      {"reprise metrics @last @last~1 loss --svg -o loss.svg", "the loss of two runs as a chart"}};
  command.details =
      "With --svg further words are metrics of the first run, or else further runs, which are "
      "drawn "
      "into the same charts. Without a metric every one has a chart.";
  TakeRef(command);
  command.hidden.add_options()("keys", po::value<std::vector<std::string>>());
  command.positionals.add("keys", -1);
  auto add = command.options.add_options();
  add("csv", po::bool_switch(), "key,step,time,value");
  add("plot", po::bool_switch(), "draw them in the terminal");
  add("svg", po::bool_switch(), "draw them as SVG, several runs in one");
  add("log", po::bool_switch(), "with --svg: values on a logarithmic scale");
  add("output,o", po::value<std::string>(), "FILE: with --svg: a new file");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
