#include "tracker/audit/report_records.h"

#include <algorithm>
#include <charconv>

#include "lineage/table/header.h"
#include "lineage/table/record_reader.h"
#include "storage/base/text_value.h"
#include "tracker/audit/report_json.h"

namespace reprise::tracker {
namespace {

// Wider tables do not fit on a page, nor do longer cells help a reader.
constexpr std::size_t kShownColumnsMax = 16;
constexpr std::size_t kShownBytesMax = 2000;

const Json kNothing;

// An object that stands for members, and not for bytes.
bool HasMembers(const Json& value) { return value.is_object() && !BytesFromJson(value).ok(); }

void AddPaths(const Json& value, const std::string& before, std::vector<std::string>& paths) {
  for (const auto& [key, inner] : value.as_object()) {
    // A dot would look like a path.
    if (key.empty() || key.find('.') != std::string::npos) continue;
    const std::string path = before + key;
    if (HasMembers(inner)) {
      AddPaths(inner, path + ".", paths);
    } else if (std::ranges::find(paths, path) == paths.end()) {
      paths.push_back(path);
    }
  }
}

bool IsListOfRecords(const Json& value) {
  return value.is_array() && !value.as_array().empty() &&
         std::ranges::all_of(value.as_array(), HasMembers);
}

// A reference token of a JSON pointer (RFC 6901).
std::string PointerTo(const std::string& at, std::string_view key) {
  std::string pointer = at + "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

// A fingerprint, say, which stands without the name of its algorithm.
bool IsHexOfDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// A field of delimited text.
Html TextCell(std::string_view field) {
  double number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  const bool is_number = error == std::errc() && end == field.data() + field.size();
  return is_number ? Number(field) : Plain(field);
}

class TablesWriter {
 public:
  TablesWriter(std::string caption, std::string source, HtmlWriter& page)
      : caption_(std::move(caption)), source_(std::move(source)), page_(page) {}

  void Write(const Json& json) {
    if (json.is_array()) return WriteList(json.as_array(), "", caption_);
    if (!json.is_object()) return page_.Facts({{"value", JsonCell(json)}}, {caption_, ""});
    std::vector<std::pair<std::string, Html>> facts;
    AddFacts(json, "", facts);
    page_.Facts(facts, {caption_, source_});
    WriteLists(json, "", "");
  }

 private:
  void AddFacts(const Json& json, const std::string& before,
                std::vector<std::pair<std::string, Html>>& facts) {
    for (const auto& [key, value] : json.as_object()) {
      if (HasMembers(value)) {
        AddFacts(value, before + key + ".", facts);
      } else if (!IsListOfRecords(value)) {
        facts.emplace_back(SpokenPath(before + key), JsonCell(value));
      }
    }
  }

  void WriteLists(const Json& json, const std::string& at, const std::string& spoken) {
    for (const auto& [key, value] : json.as_object()) {
      const std::string name = spoken + SpokenPath(key);
      if (HasMembers(value)) {
        WriteLists(value, PointerTo(at, key), name + ", ");
      } else if (IsListOfRecords(value)) {
        WriteList(value.as_array(), PointerTo(at, key), caption_ + ": " + name);
      }
    }
  }

  void WriteList(const Json::Array& list, const std::string& at, const std::string& caption) {
    if (!std::ranges::all_of(list, HasMembers)) {
      std::vector<std::vector<Html>> rows;
      for (const Json& value : list) rows.push_back({JsonCell(value)});
      return page_.Table({"Value"}, rows, "The list is empty.", {caption, ""});
    }
    WriteRecords(list, ColumnsOf(list), "The list is empty.", {caption, source_ + "#" + at}, page_);
  }

  std::string caption_;
  std::string source_;
  HtmlWriter& page_;
};

}  // namespace

Html JsonCell(const Json& value) {
  if (value.is_number()) return Number(CellText(value));
  const auto is_text = [](const Json& each) { return each.is_string(); };
  if (value.is_array() && std::ranges::all_of(value.as_array(), is_text)) {
    std::vector<Html> lines;
    for (const Json& text : value.as_array()) lines.push_back(JsonCell(text));
    return Lines(lines);
  }
  const auto bytes = BytesFromJson(value);
  std::string text = bytes.ok() ? *bytes : CellText(value);
  if (text.starts_with("sha256:") || IsHexOfDigest(text)) return Digits(text);
  if (text.size() > kShownBytesMax) {
    text.resize(kShownBytesMax);
    text += " …";
  }
  return Plain(text);
}

const Json& AtPath(const Json& json, std::string_view path) {
  const Json* at = &json;
  while (at != nullptr && !path.empty()) {
    const std::size_t end = path.find('.');
    at = at->Find(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return at == nullptr ? kNothing : *at;
}

std::string SpokenPath(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '.') {
      text += ", ";
    } else {
      text += c == '_' ? ' ' : c;
    }
  }
  return text;
}

std::vector<Column> ColumnsOf(const Json::Array& records) {
  std::vector<std::string> paths;
  for (const Json& record : records) AddPaths(record, "", paths);
  if (paths.size() > kShownColumnsMax) paths.resize(kShownColumnsMax);
  std::vector<Column> columns;
  for (const std::string& path : paths) columns.emplace_back(SpokenPath(path), path);
  return columns;
}

void WriteRecords(const Json::Array& records, const std::vector<Column>& columns,
                  std::string_view nothing, const TableTitle& title, HtmlWriter& page) {
  std::vector<std::vector<Html>> rows;
  for (const Json& record : records) {
    std::vector<Html>& row = rows.emplace_back();
    for (const Column& column : columns) row.push_back(JsonCell(AtPath(record, column.member)));
  }
  page.Table(columns, rows, nothing, title);
}

void WriteJsonTables(const Json& json, const std::string& caption, const std::string& source,
                     HtmlWriter& page) {
  TablesWriter(caption, source, page).Write(json);
}

bool WriteTextTable(std::string_view text, const std::string& caption, const std::string& source,
                    HtmlWriter& page) {
  std::vector<Column> columns;
  std::vector<std::vector<Html>> rows;
  bool fits = true;
  lineage::RecordReader reader([&](std::span<const std::string_view> fields) -> Result<void> {
    if (columns.empty()) {
      const lineage::ColumnNames names = lineage::ReadColumnNames(fields);
      for (const std::string& name : names.names) {
        columns.emplace_back(name, names.has_header ? name : "");
      }
      if (names.has_header) return {};
    }
    if (fields.size() == 1 && lineage::IsBlankRecord(fields)) return {};
    fits = fits && fields.size() == columns.size();
    std::vector<Html>& row = rows.emplace_back();
    for (const std::string_view field : fields) row.push_back(TextCell(field));
    return {};
  });
  const bool is_table = reader.Feed(text).ok() && reader.Finish().ok();
  if (!is_table || !fits || columns.empty() || columns.size() > kShownColumnsMax) return false;
  page.Table(columns, rows, "The table has no rows.", {caption, source});
  return true;
}

}  // namespace reprise::tracker
