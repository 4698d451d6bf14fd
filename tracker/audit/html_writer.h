// Building a page of HTML: text is escaped where it enters.

#pragma once

#include <string>
#include <string_view>
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

class HtmlWriter {
 public:
  void Raw(std::string_view html) { page_ += html; }
  void Heading(std::string_view text);
  void Subheading(std::string_view text);
  void Paragraph(std::string_view text);
  // A table of two columns: what, and its value.
  void Facts(const std::vector<std::pair<std::string, Html>>& facts);
  // A table with headings; `nothing` is said instead when there are no rows.
  void Table(const std::vector<std::string>& headings, const std::vector<std::vector<Html>>& rows,
             std::string_view nothing);
  void List(const std::vector<std::string>& items);

  std::string Take() { return std::move(page_); }

 private:
  void Cell(const Html& cell);

  std::string page_;
};

}  // namespace reprise::tracker
