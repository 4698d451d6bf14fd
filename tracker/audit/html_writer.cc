#include "tracker/audit/html_writer.h"

#include "lineage/render/label.h"

namespace reprise::tracker {

std::string HtmlText(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\n\t");
    html += lineage::EscapeXml(lineage::CleanLabel(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    html += text[end];
    text.remove_prefix(end + 1);
  }
  return html;
}

Html Plain(std::string_view text) {
  constexpr std::size_t kShortBytesMax = 26;  // A time is 24.
  return {HtmlText(text), text.size() <= kShortBytesMax ? "short" : ""};
}

Html Number(std::string_view text) { return {HtmlText(text), "number"}; }

Html Digits(std::string_view digest) {
  // A digest that has to break does so in its middle, which is easier to compare by eye.
  constexpr std::size_t kHalf = std::string_view("sha256:").size() + 32;
  const bool whole = digest.starts_with("sha256:") && digest.size() > kHalf;
  return {"<span class=\"digest\">" +
          (whole ? HtmlText(digest.substr(0, kHalf)) + "<wbr>" + HtmlText(digest.substr(kHalf))
                 : HtmlText(digest)) +
          "</span>"};
}

void HtmlWriter::Heading(std::string_view text) { page_ += "<h2>" + HtmlText(text) + "</h2>\n"; }

void HtmlWriter::Subheading(std::string_view text) { page_ += "<h3>" + HtmlText(text) + "</h3>\n"; }

void HtmlWriter::Paragraph(std::string_view text) { page_ += "<p>" + HtmlText(text) + "</p>\n"; }

void HtmlWriter::Cell(const Html& cell) {
  page_ += "<td";
  if (!cell.cell_class.empty()) page_.append(" class=\"").append(cell.cell_class).append("\"");
  page_ += ">" + cell.code + "</td>";
}

void HtmlWriter::Facts(const std::vector<std::pair<std::string, Html>>& facts) {
  page_ += "<table class=\"facts\">\n";
  for (const auto& [what, value] : facts) {
    page_ += "<tr><th scope=\"row\">" + HtmlText(what) + "</th>";
    Cell(value);
    page_ += "</tr>\n";
  }
  page_ += "</table>\n";
}

void HtmlWriter::Table(const std::vector<std::string>& headings,
                       const std::vector<std::vector<Html>>& rows, std::string_view nothing) {
  if (rows.empty()) return Paragraph(nothing);
  page_ += "<table>\n<thead><tr>";
  for (const std::string& heading : headings) {
    page_ += "<th scope=\"col\">" + HtmlText(heading) + "</th>";
  }
  page_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    page_ += "<tr>";
    for (const Html& cell : row) Cell(cell);
    page_ += "</tr>\n";
  }
  page_ += "</tbody>\n</table>\n";
}

void HtmlWriter::List(const std::vector<std::string>& items) {
  page_ += "<ul>\n";
  for (const std::string& item : items) page_ += "<li>" + HtmlText(item) + "</li>\n";
  page_ += "</ul>\n";
}

}  // namespace reprise::tracker
