#include <algorithm>
#include <cmath>

#include "lineage/run_record.h"
#include "storage/base/clock.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/metric_history.h"

namespace reprise::cli {
namespace {

using lineage::MetricPoint;

constexpr std::size_t kPlotWidth = 72;
constexpr std::size_t kPlotHeight = 12;

// The points as a curve of characters; the last finite value in each column.
void Plot(const std::string& key, const std::vector<MetricPoint>& points, std::ostream& out) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const MetricPoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    low = std::min(low, point.value);
    high = std::max(high, point.value);
  }
  out << Printable(key) << "\n";
  if (low > high) {
    out << "  no finite values\n";
    return;
  }
  const std::size_t width = std::min(kPlotWidth, points.size());
  std::vector<std::string> canvas(kPlotHeight, std::string(width, ' '));
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].value)) continue;
    const std::size_t column = i * width / points.size();
    const double share = high > low ? (points[i].value - low) / (high - low) : 0.5;
    const auto row = static_cast<std::size_t>(std::lround((1 - share) * (kPlotHeight - 1)));
    canvas[row][column] = '*';
  }
  const std::string top = FormatNumber(high);
  const std::string bottom = FormatNumber(low);
  const std::size_t margin = std::max(top.size(), bottom.size());
  for (std::size_t row = 0; row < kPlotHeight; ++row) {
    const std::string label = row == 0 ? top : row + 1 == kPlotHeight ? bottom : "";
    out << "  " << std::string(margin - label.size(), ' ') << label << " |" << canvas[row] << "\n";
  }
  out << "  " << std::string(margin + 1, ' ') << "steps " << points.front().step << " to "
      << points.back().step << "\n";
}

// RFC 4180: quoted where needed.
std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Json PointsToJson(const std::vector<MetricPoint>& points) {
  Json json = Json::Array{};
  for (const MetricPoint& point : points) {
    json.Append(Json()
                    .Set("step", point.step)
                    .Set("time", FormatTime(point.time_unix_ms))
                    .Set("value", lineage::NumberToJson(point.value)));
  }
  return json;
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, RunOf(*store, context, ref));
  std::vector<std::string> keys = Texts(args, "keys");
  if (keys.empty()) {
    for (const auto& [key, metric] : run.record.metrics) keys.push_back(key);
  }
  const bool csv = Flag(args, "csv");
  const bool plot = Flag(args, "plot");
  Json metrics = Json::Object{};
  if (csv && !context.global.json) context.out << "key,step,time,value\n";
  Table table({"KEY", "STEP", "VALUE", "TIME"});
  for (const std::string& key : keys) {
    REPRISE_ASSIGN_OR_RETURN(const auto points, tracker::MetricHistory(*store, run, key));
    if (context.global.json) {
      metrics.Set(key, PointsToJson(points));
    } else if (plot) {
      Plot(key, points, context.out);
    } else {
      for (const MetricPoint& point : points) {
        const std::string step = std::to_string(point.step);
        const std::string time = FormatTime(point.time_unix_ms);
        if (csv) {
          context.out << CsvField(key) << "," << step << "," << time << ","
                      << FormatNumber(point.value) << "\n";
        } else {
          table.Add({Printable(key), step, FormatNumber(point.value), time});
        }
      }
    }
  }
  if (context.global.json) {
    context.PrintJson(
        Json().Set("run", run.record.id.ToString()).Set("metrics", std::move(metrics)));
  } else if (!csv && !plot) {
    table.Print(context.out);
  }
  return 0;
}

}  // namespace

Command MetricsCommand() {
  Command command{"metrics", "The metric series of a run.", "REF [KEY…] [--csv] [--plot]"};
  command.examples = {{"reprise metrics @last", "every point"},
                      {"reprise metrics @last loss --plot", "one series as a curve"},
                      {"reprise metrics @last --csv > metrics.csv", "for other tools"}};
  TakeRef(command);
  command.hidden.add_options()("keys", po::value<std::vector<std::string>>());
  command.positionals.add("keys", -1);
  auto add = command.options.add_options();
  add("csv", po::bool_switch(), "key,step,time,value");
  add("plot", po::bool_switch(), "draw them in the terminal");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
