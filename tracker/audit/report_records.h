// JSON as tables of the report: each cell is what the file beside it says, in the same form.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "tracker/audit/html_writer.h"

namespace reprise::tracker {

// A value as a cell: numbers in their canonical form, absent ones as nothing.
Html JsonCell(const Json& value);

// The value at `path` ("auc.low") within `json`; null when there is none.
const Json& AtPath(const Json& json, std::string_view path);

// "approval_rate.low" as people say it: "approval rate, low".
std::string SpokenPath(std::string_view path);

// The columns of `records`: all paths to values in any of them, in the order of their appearance.
std::vector<Column> ColumnsOf(const Json::Array& records);

// A row for each of `records`, of the members that the columns name.
void WriteRecords(const Json::Array& records, const std::vector<Column>& columns,
                  std::string_view nothing, const TableTitle& title, HtmlWriter& page);

// Any JSON: its values as a table of facts, its lists as tables.  `source` is the file's path.
void WriteJsonTables(const Json& json, const std::string& caption, const std::string& source,
                     HtmlWriter& page);

// Delimited text as a table.  False: it is none, and nothing was written.
bool WriteTextTable(std::string_view text, const std::string& caption, const std::string& source,
                    HtmlWriter& page);

}  // namespace reprise::tracker
