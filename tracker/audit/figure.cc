#include "tracker/audit/figure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "lineage/render/chart.h"
#include "lineage/render/series_columns.h"
#include "lineage/render/svg_number.h"
#include "storage/base/bytes.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {
namespace {

using lineage::SvgNumber;
using lineage::ValueRange;

constexpr double kWidth = 560;
constexpr double kLabelWidth = 200;  // Of what stands left of horizontal marks.
constexpr double kRow = 20;
constexpr std::size_t kLabelBytesMax = 26;
constexpr double kAdvance = 7;  // Of a character, rounded up.

// In the drawing itself: programs that make PDFs do not apply the page's styles to it.
constexpr std::string_view kStyle = R"(.figure { font: 11px "DejaVu Sans", system-ui, sans-serif; }
.figure text { fill: #1f2328; font-size: 11px; font-family: "DejaVu Sans", system-ui, sans-serif; }
.figure .grid { stroke: #d1d9e0; stroke-width: 1; }
.figure .ideal { stroke: #57606a; stroke-dasharray: 5 4; }
.figure .course { fill: none; stroke: #0072b2; stroke-width: 1.6; }
.figure .dot { fill: #0072b2; }
.figure .range { stroke: #0072b2; stroke-width: 2; }
.figure .bar { fill: #0072b2; }
.figure .bar.other { fill: #d55e00; }
)";

std::string Tick(double value) {
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 4);
  return error == std::errc() ? std::string(text.data(), end) : "";
}

std::string Short(const std::string& label) {
  if (label.size() <= kLabelBytesMax) return label;
  const std::string start = label.substr(0, kLabelBytesMax - 1);
  return start.substr(0, Utf8PrefixBytes(start)) + "…";
}

std::string Attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + SvgNumber(value) + "\"";
}

std::string Line(std::string_view kind, double x1, double y1, double x2, double y2) {
  return "<line class=\"" + std::string(kind) + "\"" + Attribute("x1", x1) + Attribute("y1", y1) +
         Attribute("x2", x2) + Attribute("y2", y2) + "/>\n";
}

std::string Rectangle(std::string_view kind, double x, double y, double width, double height) {
  return "<rect class=\"" + std::string(kind) + "\"" + Attribute("x", x) + Attribute("y", y) +
         Attribute("width", width) + Attribute("height", height) + "/>\n";
}

std::string Text(double x, double y, std::string_view anchor, const std::string& text) {
  return "<text" + Attribute("x", x) + Attribute("y", y) + " text-anchor=\"" + std::string(anchor) +
         "\">" + HtmlText(text) + "</text>\n";
}

std::string Drawing(const std::string& title, const std::string& description, double height,
                    const std::string& content) {
  const std::string size = SvgNumber(kWidth) + " " + SvgNumber(height);
  return "<svg class=\"figure\" role=\"img\" width=\"" + SvgNumber(kWidth) + "\" height=\"" +
         SvgNumber(height) + "\" viewBox=\"0 0 " + size + "\">\n<title>" + HtmlText(title) +
         "</title>\n<desc>" + HtmlText(description) + "</desc>\n<style>\n" + std::string(kStyle) +
         "</style>\n" + content + "</svg>";
}

// A horizontal axis below rows, from `kLabelWidth` on.
class RowAxis {
 public:
  RowAxis(ValueRange range, std::size_t rows) : range_(range), rows_(rows) {}

  double X(double value) const { return kLabelWidth + range_.Share(value) * kPlotWidth; }
  double Y(std::size_t row) const { return 8 + kRow * static_cast<double>(row); }
  double height() const { return Y(rows_) + 24; }

  std::string Marks() const {
    std::string svg;
    for (const double mark : lineage::AxisMarks(range_.min, range_.max, 6)) {
      svg += Line("grid", X(mark), 4, X(mark), Y(rows_));
      svg += Text(X(mark), Y(rows_) + 15, "middle", Tick(mark));
    }
    return svg;
  }
  std::string Label(std::size_t row, const std::string& label) const {
    return Text(kLabelWidth - 6, Y(row) + kRow / 2 + 4, "end", Short(label));
  }

 private:
  static constexpr double kPlotWidth = kWidth - kLabelWidth - 20;

  ValueRange range_;
  std::size_t rows_;
};

}  // namespace

std::string CalibrationSvg(const std::vector<CalibrationBin>& bins) {
  constexpr double kSide = 300;
  constexpr double kLeft = 60;
  constexpr double kTop = 10;
  ValueRange range;
  range.Add(0);
  for (const CalibrationBin& bin : bins) {
    if (!std::isfinite(bin.predicted) || !std::isfinite(bin.observed)) continue;
    range.Add(bin.predicted);
    range.Add(bin.observed);
  }
  if (range.max <= range.min) return "";
  const auto x_of = [&](double value) { return kLeft + range.Share(value) * kSide; };
  const auto y_of = [&](double value) { return kTop + (1 - range.Share(value)) * kSide; };
  std::string svg;
  for (const double mark : lineage::AxisMarks(range.min, range.max, 6)) {
    svg += Line("grid", x_of(mark), kTop, x_of(mark), kTop + kSide);
    svg += Line("grid", kLeft, y_of(mark), kLeft + kSide, y_of(mark));
    svg += Text(x_of(mark), kTop + kSide + 16, "middle", Tick(mark));
    svg += Text(kLeft - 6, y_of(mark) + 4, "end", Tick(mark));
  }
  svg += Line("ideal", x_of(range.min), y_of(range.min), x_of(range.max), y_of(range.max));
  std::string points;
  std::string dots;
  for (const CalibrationBin& bin : bins) {
    if (!std::isfinite(bin.predicted) || !std::isfinite(bin.observed)) continue;
    const double x = x_of(bin.predicted);
    const double y = y_of(bin.observed);
    points += (points.empty() ? "" : " ") + SvgNumber(x) + "," + SvgNumber(y);
    dots += "<circle class=\"dot\"" + Attribute("cx", x) + Attribute("cy", y) + " r=\"3\"/>\n";
  }
  svg += "<polyline class=\"course\" points=\"" + points + "\"/>\n" + dots;
  svg += Text(kLeft + kSide / 2, kTop + kSide + 34, "middle", "predicted");
  svg += Text(kLeft + kSide + 14, kTop + kSide / 2, "start", "observed (up)");
  svg += Text(kLeft + kSide + 14, kTop + kSide / 2 + 18, "start", "dashed: perfect calibration");
  return Drawing("Calibration curve",
                 "Observed share against predicted share, bin by bin; a perfect model lies on the "
                 "dashed diagonal.",
                 kTop + kSide + 44, svg);
}

std::string BarsSvg(const std::string& title, std::vector<LabelledValue> values) {
  std::erase_if(values, [](const LabelledValue& entry) { return !std::isfinite(entry.value); });
  std::ranges::stable_sort(values, [](const LabelledValue& a, const LabelledValue& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
  if (values.empty()) return "";
  const std::size_t count = values.size();
  values.resize(std::min(count, kBarsMax));
  ValueRange range;
  range.Add(0);
  for (const LabelledValue& entry : values) range.Add(entry.value);
  const RowAxis axis(range, values.size());
  std::string svg = axis.Marks();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double from = axis.X(std::min(0.0, values[i].value));
    const double to = axis.X(std::max(0.0, values[i].value));
    svg += axis.Label(i, values[i].label);
    svg += Rectangle("bar", from, axis.Y(i) + 4, to - from, kRow - 8);
  }
  return Drawing(title,
                 "Bars of the " + std::to_string(values.size()) + " greatest of " +
                     std::to_string(count) + " values; the greatest is " + values[0].label + ".",
                 axis.height(), svg);
}

std::string IntervalsSvg(const std::string& title, const std::vector<LabelledInterval>& intervals) {
  std::vector<LabelledInterval> drawn;
  ValueRange range;
  for (const LabelledInterval& entry : intervals) {
    if (!std::isfinite(entry.value) || drawn.size() >= kIntervalsMax) continue;
    drawn.push_back(entry);
    for (const double value : {entry.value, entry.low, entry.high}) {
      if (std::isfinite(value)) range.Add(value);
    }
  }
  if (drawn.empty()) return "";
  const RowAxis axis(range, drawn.size());
  std::string svg = axis.Marks();
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double y = axis.Y(i) + kRow / 2;
    svg += axis.Label(i, drawn[i].label);
    if (std::isfinite(drawn[i].low) && std::isfinite(drawn[i].high)) {
      svg += Line("range", axis.X(drawn[i].low), y, axis.X(drawn[i].high), y);
    }
    svg += "<circle class=\"dot\"" + Attribute("cx", axis.X(drawn[i].value)) + Attribute("cy", y) +
           " r=\"3.5\"/>\n";
  }
  return Drawing(title, "A dot for each value, and a line for its interval.", axis.height(), svg);
}

std::string DistributionsSvg(const std::string& title, const std::vector<SharedBin>& bins) {
  constexpr double kLeft = 60;
  constexpr double kTop = 24;
  constexpr double kHeight = 180;
  constexpr double kPlotWidth = kWidth - kLeft - 10;
  ValueRange range;
  range.Add(0);
  for (const SharedBin& bin : bins) {
    if (std::isfinite(bin.expected)) range.Add(bin.expected);
    if (std::isfinite(bin.actual)) range.Add(bin.actual);
  }
  if (bins.empty() || range.max <= 0) return "";
  const auto y_of = [&](double value) { return kTop + (1 - range.Share(value)) * kHeight; };
  std::string svg;
  for (const double mark : lineage::AxisMarks(range.min, range.max, 5)) {
    svg += Line("grid", kLeft, y_of(mark), kLeft + kPlotWidth, y_of(mark));
    svg += Text(kLeft - 6, y_of(mark) + 4, "end", Tick(mark));
  }
  svg += Rectangle("bar", kLeft, 4, 10, 10) + Text(kLeft + 15, 13, "start", "expected");
  svg += Rectangle("bar other", kLeft + 90, 4, 10, 10) + Text(kLeft + 105, 13, "start", "actual");
  const double step = kPlotWidth / static_cast<double>(bins.size());
  std::size_t longest = 1;
  for (const SharedBin& bin : bins) longest = std::max(longest, Short(bin.label).size());
  // Of labels, which need room.
  const auto every =
      static_cast<std::size_t>(std::ceil(static_cast<double>(longest + 1) * kAdvance / step));
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const double x = kLeft + step * static_cast<double>(i);
    for (const bool is_actual : {false, true}) {
      const double value = is_actual ? bins[i].actual : bins[i].expected;
      if (!std::isfinite(value) || value < 0) continue;
      svg += Rectangle(is_actual ? "bar other" : "bar", x + step * (is_actual ? 0.5 : 0.1),
                       y_of(value), step * 0.4, kTop + kHeight - y_of(value));
    }
    if (i % every == 0) {
      svg += Text(x + step / 2, kTop + kHeight + 15, "middle", Short(bins[i].label));
    }
  }
  return Drawing(title, "For each bin two columns: the expected and the actual share.",
                 kTop + kHeight + 24, svg);
}

}  // namespace reprise::tracker
