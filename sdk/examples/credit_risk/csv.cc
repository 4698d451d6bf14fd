// A record is read field by field.  Only three characters end an unquoted field (comma, LF, CR) and
// only a quote ends a quoted one, so a single pass with one character of look-ahead is enough.

#include "csv.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

namespace credit_risk {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : rest_(text), name_(name) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  // The next record, or nothing at the end of the text.
  std::optional<CsvRecord> Next() {
    if (rest_.empty()) return std::nullopt;
    CsvRecord record{.fields = {}, .line = line_};
    do {
      record.fields.push_back(Peek() == '"' ? QuotedField() : PlainField());
    } while (Accept(','));
    Accept('\r');
    if (!rest_.empty() && !Accept('\n')) Fail("a carriage return is not followed by a line feed");
    ++line_;
    return record;
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw InputError(name_ + ":" + std::to_string(line_) + ": " + what);
  }

  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool Accept(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string PlainField() {
    const std::size_t size = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    const std::string_view field = rest_.substr(0, size);
    if (field.find('"') != field.npos) Fail("a quote inside a field that does not begin with one");
    if (field.find('\0') != field.npos) Fail("a zero byte: this is not a text file");
    rest_.remove_prefix(size);
    return std::string(field);
  }

  std::string QuotedField() {
    const std::size_t opened_at_line = line_;
    std::string field;
    rest_.remove_prefix(1);
    for (;;) {
      if (rest_.empty()) {
        line_ = opened_at_line;
        Fail("a quoted field that begins here is never closed");
      }
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"' && !Accept('"')) break;  // A doubled quote stands for one.
      if (c == '\n') ++line_;
      field += c;
    }
    if (!rest_.empty() && std::string_view(",\r\n").find(Peek()) == std::string_view::npos) {
      Fail("text after the closing quote of a field");
    }
    return field;
  }

  std::string_view rest_;
  const std::string& name_;
  std::size_t line_ = 1;
};

void CheckColumns(const std::vector<std::string>& columns, const std::string& name) {
  std::set<std::string_view> seen;
  for (const std::string& column : columns) {
    if (column.empty()) throw InputError(name + ":1: a column without a name");
    if (!seen.insert(column).second) {
      std::string message = name;
      message.append(":1: the column '").append(column).append("' is named twice");
      throw InputError(message);
    }
  }
}

}  // namespace

CsvFile ParseCsv(std::string_view text, std::string name) {
  CsvFile file{.name = std::move(name), .columns = {}, .records = {}};
  Parser parser(text, file.name);
  std::optional<CsvRecord> header = parser.Next();
  if (!header) throw InputError(file.name + ": is empty; a header line is needed");
  file.columns = std::move(header->fields);
  CheckColumns(file.columns, file.name);

  while (std::optional<CsvRecord> record = parser.Next()) {
    if (record->fields.size() != file.columns.size()) {
      throw InputError(file.name + ":" + std::to_string(record->line) + ": " +
                       std::to_string(record->fields.size()) + " fields where the header names " +
                       std::to_string(file.columns.size()) + " columns");
    }
    file.records.push_back(*std::move(record));
  }
  return file;
}

CsvFile ReadCsv(const std::string& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) throw InputError("cannot open " + path + ": " + std::strerror(errno));
  const std::streamoff size_bytes = stream.tellg();
  if (size_bytes < 0 || static_cast<std::size_t>(size_bytes) > kCsvSizeBytesMax) {
    throw InputError("cannot read " + path + ": not a regular file of at most " +
                     std::to_string(kCsvSizeBytesMax >> 20) + " MiB");
  }
  std::string text(static_cast<std::size_t>(size_bytes), '\0');
  if (!stream.seekg(0) || !stream.read(text.data(), size_bytes)) {
    throw InputError("cannot read " + path + ": " + std::strerror(errno));
  }
  return ParseCsv(text, path);
}

}  // namespace credit_risk
