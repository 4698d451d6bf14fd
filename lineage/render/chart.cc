#include "lineage/render/chart.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "lineage/render/label.h"
#include "lineage/render/series_columns.h"
#include "lineage/render/svg_number.h"

namespace reprise::lineage {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 84;  // Of the plot: room for the marks of the values.
constexpr double kRight = 20;
constexpr double kTop = 34;  // Of the plot within its chart: room for the title.
constexpr double kPlotHeight = 220;
constexpr double kBottom = 46;  // Marks and name of the axis.
constexpr double kChartHeight = kTop + kPlotHeight + kBottom;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kLegendRow = 18;
constexpr double kLegendAdvance = 7.3;  // Of one column of 12 px monospace, rounded up.
constexpr std::size_t kLegendColumnsMax = 90;

constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#7f7f7f"};
constexpr std::array<std::string_view, 4> kDashes = {"", "6 3", "2 2", "8 3 2 3"};

constexpr std::string_view kStyle =
    R"(.reprise-chart { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.reprise-chart text { fill: #1f2328; }
.reprise-chart .mark, .reprise-chart .axis { font-size: 11px; fill: #59636e; }
.reprise-chart .grid { stroke: #d1d9e0; stroke-width: 1; }
.reprise-chart .frame { fill: none; stroke: #57606a; }
.reprise-chart .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.reprise-chart .sign { fill: none; stroke-width: 1.4; }
@media screen and (prefers-color-scheme: dark) {
.reprise-chart text { fill: #e6edf3; }
.reprise-chart .mark, .reprise-chart .axis { fill: #9198a1; }
.reprise-chart .grid { stroke: #30363d; }
.reprise-chart .frame { stroke: #8b949e; }
}
)";

constexpr std::string_view kNanName = "NaN";
constexpr std::string_view kAboveName = "+Infinity";

std::string Mark(double value) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6);
  return error == std::errc() ? std::string(text.data(), end) : "";
}

std::string Text(std::string_view kind, double x, double y, std::string_view anchor,
                 const std::string& text) {
  return "<text class=\"" + std::string(kind) + "\" x=\"" + SvgNumber(x) + "\" y=\"" +
         SvgNumber(y) + "\" text-anchor=\"" + std::string(anchor) + "\">" +
         EscapeXml(CleanLabel(text)) + "</text>\n";
}

std::string GridLine(double x1, double y1, double x2, double y2) {
  return "<line class=\"grid\" x1=\"" + SvgNumber(x1) + "\" y1=\"" + SvgNumber(y1) + "\" x2=\"" +
         SvgNumber(x2) + "\" y2=\"" + SvgNumber(y2) + "\"/>\n";
}

std::string Stroke(std::size_t style) {
  std::string stroke = " stroke=\"" + std::string(kColours[style % kColours.size()]) + "\"";
  const std::string_view dashes = kDashes[style / kColours.size() % kDashes.size()];
  if (!dashes.empty()) stroke += " stroke-dasharray=\"" + std::string(dashes) + "\"";
  return stroke;
}

// Powers of ten between 10^low and 10^high, as exponents; where these are fewer than two, twice and
// five times them, too.
std::vector<double> LogarithmicMarks(double low, double high) {
  constexpr std::size_t kCountMax = 8;
  std::vector<double> marks;
  if (high - low > static_cast<double>(kCountMax)) return AxisMarks(low, high, kCountMax);
  const bool is_narrow = std::floor(high) - std::ceil(low) < 1;
  for (double power = std::floor(low); power <= high; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double mark = power + std::log10(factor);
      if ((factor == 1 || is_narrow) && mark >= low && mark <= high) marks.push_back(mark);
    }
  }
  return marks.empty() ? std::vector<double>{low, high} : marks;
}

// One chart, its plot's upper left corner at (kLeft, top).
class ChartWriter {
 public:
  ChartWriter(const Chart& chart, const ChartOptions& options, double top)
      : chart_(chart), is_logarithmic_(options.is_logarithmic), top_(top) {
    if (is_logarithmic_) {
      scale_ = [](double value) { return value > 0 ? std::log10(value) : NAN; };
    } else {
      scale_ = [](double value) { return value; };
    }
  }

  Result<std::string> Write() {
    for (const ChartLine& line : chart_.lines) {
      REPRISE_TRY(line.points(
          [&](std::span<const MetricPoint> points) { AddExtent(points, scale_, extent_); }));
    }
    // A little room, so that the greatest value does not lie on the frame.
    ValueRange& values = extent_.values;
    const double room = (values.max / 2 - values.min / 2) / 10;
    if (std::isfinite(values.min - room) && std::isfinite(values.max + room)) {
      values.min -= room;
      values.max += room;
    }
    std::string svg = Text("title", kLeft, top_ - 12, "start", chart_.title);
    if (extent_.count == 0) {
      svg += Frame() + Text("axis", kLeft + kPlotWidth / 2, top_ + kPlotHeight / 2, "middle",
                            is_logarithmic_ ? "no positive finite values" : "no finite values");
      return svg;
    }
    svg += Marks() + Frame();
    for (const ChartLine& line : chart_.lines) {
      ColumnReducer reducer(extent_.steps, kPlotWidth, scale_);
      REPRISE_TRY(line.points([&](std::span<const MetricPoint> points) { reducer.Add(points); }));
      svg += Line(reducer.Finish(), line.style) + Signs(reducer.Undrawn(), line.style);
    }
    return svg + SignNames() +
           Text("axis", kLeft + kPlotWidth / 2, top_ + kPlotHeight + 36, "middle", "step");
  }

 private:
  double X(double step) const { return kLeft + extent_.steps.Share(step) * kPlotWidth; }
  double Y(double scaled) const { return top_ + (1 - extent_.values.Share(scaled)) * kPlotHeight; }

  std::string Frame() const {
    return "<rect class=\"frame\" x=\"" + SvgNumber(kLeft) + "\" y=\"" + SvgNumber(top_) +
           "\" width=\"" + SvgNumber(kPlotWidth) + "\" height=\"" + SvgNumber(kPlotHeight) +
           "\"/>\n";
  }

  std::string Marks() const {
    std::string svg;
    const double bottom = top_ + kPlotHeight;
    for (const double step : AxisMarks(extent_.steps.min, extent_.steps.max, 8)) {
      svg += GridLine(X(step), top_, X(step), bottom);
      svg += Text("mark", X(step), bottom + 16, "middle", Mark(step));
    }
    const ValueRange& values = extent_.values;
    for (const double at : is_logarithmic_ ? LogarithmicMarks(values.min, values.max)
                                           : AxisMarks(values.min, values.max, 6)) {
      svg += GridLine(kLeft, Y(at), kLeft + kPlotWidth, Y(at));
      svg +=
          Text("mark", kLeft - 6, Y(at) + 4, "end", Mark(is_logarithmic_ ? std::pow(10, at) : at));
    }
    return svg;
  }

  // One sign of a value that has no height: a cross for NaN, an arrow that points to infinity.
  std::string Sign(std::string_view name, double x, std::size_t style) const {
    const double bottom = top_ + kPlotHeight;
    const auto at = [](double h, double v) { return SvgNumber(h) + "," + SvgNumber(v); };
    std::string path;
    if (name == kNanName) {
      path = "M" + at(x - 3, bottom - 9) + " L" + at(x + 3, bottom - 3) + " M" +
             at(x - 3, bottom - 3) + " L" + at(x + 3, bottom - 9);
    } else {
      const bool is_above = name == kAboveName;
      const double tip = is_above ? top_ + 2 : bottom - 2;
      const double base = is_above ? tip + 7 : tip - 7;
      path = "M" + at(x, tip) + " L" + at(x - 4, base) + " L" + at(x + 4, base) + " z";
    }
    return "<path class=\"sign\" stroke=\"" + std::string(kColours[style % kColours.size()]) +
           "\" d=\"" + path + "\"><title>" + std::string(name) + "</title></path>\n";
  }

  std::string Signs(const std::map<int, UndrawnPoints>& columns, std::size_t style) {
    std::string svg;
    for (const auto& [at, points] : columns) {
      const double x = kLeft + at;
      if (points.has_nan) svg += Sign(kNanName, x, style);
      if (points.has_above) svg += Sign(kAboveName, x, style);
      if (points.has_below) svg += Sign(BelowName(), x, style);
      met_.has_nan = met_.has_nan || points.has_nan;
      met_.has_above = met_.has_above || points.has_above;
      met_.has_below = met_.has_below || points.has_below;
    }
    return svg;
  }

  std::string_view BelowName() const { return is_logarithmic_ ? "zero or less" : "-Infinity"; }

  // What the signs mean, where there are any.
  std::string SignNames() const {
    std::string names;
    const auto add = [&](bool is_met, std::string_view sign, std::string_view name) {
      if (is_met) names.append(names.empty() ? "" : "   ").append(sign).append(" ").append(name);
    };
    add(met_.has_nan, "×", kNanName);
    add(met_.has_above, "△", kAboveName);
    add(met_.has_below, "▽", BelowName());
    if (names.empty()) return names;
    return Text("mark", kLeft + kPlotWidth, top_ - 12, "end", names);
  }

  // Each stretch without a gap is a line, or a dot where it is one point.
  std::string Line(const std::map<int, SeriesColumn>& columns, std::size_t style) const {
    std::string svg;
    std::string points;
    std::size_t count = 0;
    double last_x = 0;
    double last_y = 0;
    const auto add = [&](double x, double y) {
      if (count > 0 && x == last_x && y == last_y) return;
      points += " " + SvgNumber(x) + "," + SvgNumber(y);
      ++count;
      last_x = x;
      last_y = y;
    };
    const auto finish = [&] {
      if (count == 1) {
        svg += "<circle cx=\"" + SvgNumber(last_x) + "\" cy=\"" + SvgNumber(last_y) +
               "\" r=\"2.5\" fill=\"" + std::string(kColours[style % kColours.size()]) + "\"/>\n";
      } else if (count > 1) {
        svg +=
            "<polyline class=\"line\"" + Stroke(style) + " points=\"" + points.substr(1) + "\"/>\n";
      }
      points.clear();
      count = 0;
    };
    for (const auto& [at, column] : columns) {
      if (column.after_gap) finish();
      for (const double value : {column.first, column.values.min, column.values.max, column.last}) {
        add(kLeft + at, Y(value));
      }
    }
    finish();
    return svg;
  }

  const Chart& chart_;
  const bool is_logarithmic_;
  const double top_;
  ValueScale scale_;
  SeriesExtent extent_;
  UndrawnPoints met_;
};

std::string Legend(const std::vector<std::string>& labels, double top, double& height) {
  std::string svg;
  double x = kLeft;
  double y = top;
  for (std::size_t style = 0; style < labels.size(); ++style) {
    std::string label = CleanLabel(labels[style]);
    if (label.size() > kLegendColumnsMax) label = label.substr(0, kLegendColumnsMax);
    label = label.substr(0, Utf8PrefixBytes(label));
    const double width = 34 + kLegendAdvance * static_cast<double>(label.size());
    if (x > kLeft && x + width > kWidth - kRight) {
      x = kLeft;
      y += kLegendRow;
    }
    svg += "<line class=\"line\"" + Stroke(style) + " x1=\"" + SvgNumber(x) + "\" y1=\"" +
           SvgNumber(y - 4) + "\" x2=\"" + SvgNumber(x + 20) + "\" y2=\"" + SvgNumber(y - 4) +
           "\"/>\n" + Text("label", x + 26, y, "start", label);
    x += width;
  }
  height = labels.empty() ? 0 : y - top + kLegendRow;
  return svg;
}

}  // namespace

std::vector<double> AxisMarks(double low, double high, std::size_t count_max) {
  if (!(high > low)) return {low};
  const double rough = (high / 2 - low / 2) / (static_cast<double>(count_max) / 2);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double distance = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough) distance = factor * power;
  }
  std::vector<double> marks;
  if (!(distance > 0) || !std::isfinite(distance)) return {low, high};
  const double first = std::ceil(low / distance);
  for (std::size_t i = 0; i <= count_max; ++i) {
    const double mark = (first + static_cast<double>(i)) * distance;
    if (mark > high) break;
    marks.push_back(mark == 0 ? 0 : mark);  // Not "-0".
  }
  return marks;
}

SeriesSource SeriesInMemory(std::vector<MetricPoint> points) {
  return [points = std::move(points)](const auto& visit) {
    visit(points);
    return Result<void>();
  };
}

Result<std::string> RenderCharts(const std::vector<Chart>& charts,
                                 const std::vector<std::string>& labels,
                                 const ChartOptions& options) {
  double legend_height = 0;
  const std::string legend = Legend(labels, 24, legend_height);
  const double top = 12 + legend_height;
  const std::string height =
      SvgNumber(top + kChartHeight * static_cast<double>(std::max<std::size_t>(charts.size(), 1)));
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reprise-chart\" role=\"img\" "
      "width=\"" +
      SvgNumber(kWidth) + "\" height=\"" + height + "\" viewBox=\"0 0 " + SvgNumber(kWidth) + " " +
      height + "\">\n<title>Metrics</title>\n<style>\n";
  svg += kStyle;
  svg += "</style>\n" + legend;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    ChartWriter writer(charts[i], options, top + kChartHeight * static_cast<double>(i) + kTop);
    REPRISE_ASSIGN_OR_RETURN(const std::string chart, writer.Write());
    svg += chart;
  }
  return svg + "</svg>\n";
}

}  // namespace reprise::lineage
