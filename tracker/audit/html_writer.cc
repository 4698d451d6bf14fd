#include "tracker/audit/html_writer.h"

#include <algorithm>
#include <span>

#include "lineage/render/label.h"

namespace reprise::tracker {

namespace {

// Whether the cells of a column are numbers, where they are anything.
bool IsOfNumbers(const std::vector<std::vector<Html>>& rows, std::size_t column) {
  bool has_numbers = false;
  for (const auto& row : rows) {
    if (column >= row.size() || row[column].code.empty()) continue;
    if (row[column].cell_class != "number") return false;
    has_numbers = true;
  }
  return has_numbers;
}

}  // namespace

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
  constexpr std::size_t kShortBytesMax = 26;
  constexpr std::size_t kTimeBytes = 24;  // "2026-11-28T05:02:31.222Z" may break behind the day.
  if (text.size() == kTimeBytes && text[10] == 'T' && text.back() == 'Z') {
    return {HtmlText(text.substr(0, 11)) + "<wbr>" + HtmlText(text.substr(11)), "short"};
  }
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

Html Lines(const std::vector<Html>& lines) {
  std::string code;
  for (const Html& line : lines) code += (code.empty() ? "" : "<br>") + line.code;
  return {code};
}

void HtmlWriter::Heading(std::string_view text) {
  heading_ = text;
  if (is_nested_) {
    page_ += "<h3>" + HtmlText(text) + "</h3>\n";
    return;
  }
  sections_.push_back(HtmlText(text));
  const std::string number = std::to_string(sections_.size());
  page_ += "<h2 id=\"section-" + number + "\">" + number + ". " + sections_.back() + "</h2>\n";
}

void HtmlWriter::Subheading(std::string_view text) {
  heading_ = text;
  const std::string level = is_nested_ ? "h4" : "h3";
  page_ += "<" + level + ">" + HtmlText(text) + "</" + level + ">\n";
}

void HtmlWriter::Paragraph(std::string_view text) { page_ += "<p>" + HtmlText(text) + "</p>\n"; }

void HtmlWriter::BeginTable(std::string_view classes, const TableTitle& title) {
  page_ += "<table";
  if (!classes.empty()) page_.append(" class=\"").append(classes).append("\"");
  if (!title.source.empty()) page_ += " data-source=\"" + HtmlText(title.source) + "\"";
  page_ += ">\n<caption>Table " + std::to_string(++tables_) + ". " +
           HtmlText(title.caption.empty() ? heading_ : title.caption);
  if (!title.source.empty()) {
    const std::string file = title.source.substr(0, title.source.find('#'));
    page_ += " <span class=\"source\">(" + HtmlText(file) + ")</span>";
  }
  page_ += "</caption>\n";
}

void HtmlWriter::Cell(const Html& cell) {
  page_ += "<td";
  if (!cell.cell_class.empty()) page_.append(" class=\"").append(cell.cell_class).append("\"");
  page_ += ">" + cell.code + "</td>";
}

void HtmlWriter::Facts(const std::vector<std::pair<std::string, Html>>& facts,
                       const TableTitle& title) {
  constexpr std::size_t kUnbrokenMax = 24;  // Longer ones may go over to the next page.
  if (facts.empty()) return;
  BeginTable(facts.size() > kUnbrokenMax ? "facts long" : "facts", title);
  page_ += "<tbody>\n";
  for (const auto& [what, value] : facts) {
    page_ += "<tr><th scope=\"row\">" + HtmlText(what) + "</th>";
    Cell(value);
    page_ += "</tr>\n";
  }
  page_ += "</tbody>\n</table>\n";
}

void HtmlWriter::Table(const std::vector<Column>& columns,
                       const std::vector<std::vector<Html>>& rows, std::string_view nothing,
                       const TableTitle& title) {
  if (rows.empty()) return Paragraph(nothing);
  constexpr std::size_t kNarrowColumnsMax = 10;
  BeginTable(columns.size() > kNarrowColumnsMax ? "wide" : "", title);
  page_ += "<thead><tr>";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    page_ += "<th scope=\"col\"";
    if (IsOfNumbers(rows, i)) page_ += " class=\"number\"";
    if (!column.member.empty()) page_ += " data-member=\"" + HtmlText(column.member) + "\"";
    page_ += ">" + HtmlText(column.heading) + "</th>";
  }
  page_ += "</tr></thead>\n<tbody>\n";
  const std::size_t shown = std::min(rows.size(), title.rows_max);
  for (const auto& row : std::span(rows).first(shown)) {
    page_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) {
        Cell(row[i]);
        continue;
      }
      page_.append("<th scope=\"row\" class=\"").append(row[i].cell_class).append("\">");
      page_.append(row[i].code).append("</th>");
    }
    page_ += "</tr>\n";
  }
  page_ += "</tbody>\n</table>\n";
  if (shown == rows.size()) return;
  const std::string source = title.source.substr(0, title.source.find('#'));
  Paragraph("Shown are the first " + std::to_string(shown) + " of " + std::to_string(rows.size()) +
            " rows" + (source.empty() ? "." : "; all are in " + source + "."));
}

void HtmlWriter::List(const std::vector<std::string>& items) {
  page_ += "<ul>\n";
  for (const std::string& item : items) page_ += "<li>" + HtmlText(item) + "</li>\n";
  page_ += "</ul>\n";
}

void HtmlWriter::Figure(std::string_view svg, std::string_view caption) {
  if (svg.empty()) return;
  page_.append("<figure>\n").append(svg).append("\n<figcaption>Figure ");
  page_ += std::to_string(++figures_) + ". " + HtmlText(caption) + "</figcaption>\n</figure>\n";
}

std::string HtmlWriter::Take() {
  if (contents_at_ == std::string::npos) return std::move(page_);
  std::string list = "<nav aria-label=\"Contents\">\n<p class=\"nav-title\">Contents</p>\n<ol>\n";
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    list +=
        "<li><a href=\"#section-" + std::to_string(i + 1) + "\">" + sections_[i] + "</a></li>\n";
  }
  return page_.insert(contents_at_, list + "</ol>\n</nav>\n");
}

}  // namespace reprise::tracker
