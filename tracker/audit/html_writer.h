// Building a page of HTML: text is escaped where it enters.
//
// Tables and figures are numbered and have captions, headings are collected for the list of
// contents.  A table that says the same as a file of the bundle names it: `data-source` is the
// file, with a JSON pointer (RFC 6901) behind a '#' where it is JSON, and `data-member` of a column
// the member or column there.  A test compares them cell by cell.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::tracker {

// `text` (any bytes) as content of an element or of a quoted attribute.  Line feeds and tabs stay.
std::string HtmlText(std::string_view text);

// A cell: HTML that is known to be well formed.
struct Html {
  std::string code;
  std::string_view cell_class = "";  // Of report.css: "number", "short".
};
Html Plain(std::string_view text);  // Short text stays on one line.
Html Number(std::string_view text);
Html Digits(std::string_view digest);  // A digest, id or key: small, and it may break anywhere.
Html Lines(const std::vector<Html>& lines);  // One below the other.

struct Column {
  Column(std::string text) : heading(std::move(text)) {}  // NOLINT: a column is mostly its heading.
  Column(const char* text) : heading(text) {}             // NOLINT: likewise.
  Column(std::string text, std::string name) : heading(std::move(text)), member(std::move(name)) {}

  std::string heading;
  std::string member;  // In the source of the table; "": it is not there in this form.
};

// More rows are not shown; a sentence then says where they are.
inline constexpr std::size_t kShownRowsMax = 100;

// What stands above a table, and where the same is said for programs.
struct TableTitle {
  std::string caption;  // "": the last heading.
  std::string source;   // "data/metrics.csv", "report.json#/verdicts/0/verdict/metrics"; "": none.
  std::size_t rows_max = kShownRowsMax;
};

class HtmlWriter {
 public:
  void Raw(std::string_view html) { page_ += html; }
  void Heading(std::string_view text);  // Of a section; the list of contents has it.
  void Subheading(std::string_view text);
  // From now on (or no longer) headings are those of parts of the last section: one level lower,
  // and not in the list of contents.
  void Nest(bool is_nested) { is_nested_ = is_nested; }
  void Paragraph(std::string_view text);
  // A table of two columns: what, and its value.
  void Facts(const std::vector<std::pair<std::string, Html>>& facts, const TableTitle& title = {});
  // A table with headings; `nothing` is said instead when there are no rows.  The first cell of a
  // row is its heading.  Columns of numbers stand to the right.
  void Table(const std::vector<Column>& columns, const std::vector<std::vector<Html>>& rows,
             std::string_view nothing, const TableTitle& title = {});
  void List(const std::vector<std::string>& items);
  // A drawing, as an element, with what it shows; the drawing has its own text for those who do not
  // see it.  Nothing where `svg` is empty.
  void Figure(std::string_view svg, std::string_view caption);
  // Where the list of contents is to stand.
  void Contents() { contents_at_ = page_.size(); }

  // The page, whose list of contents is complete now.
  std::string Take();

 private:
  void BeginTable(std::string_view classes, const TableTitle& title);
  void Cell(const Html& cell);

  std::string page_;
  std::string heading_;  // The last one.
  bool is_nested_ = false;
  std::vector<std::string> sections_;
  std::size_t contents_at_ = std::string::npos;
  std::size_t tables_ = 0;
  std::size_t figures_ = 0;
};

}  // namespace reprise::tracker
