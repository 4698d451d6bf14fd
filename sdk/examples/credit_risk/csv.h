// Reads comma-separated values as RFC 4180 defines them.
//
// Fields may be quoted; a quoted field may hold commas, line breaks and doubled quotes.  Lines end
// with LF or CRLF; a UTF-8 byte order mark is skipped.  The first record names the columns.  What a
// spreadsheet would guess at is an error here, with file and line: a credit model must not be
// trained on rows that shifted by a column.

#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace credit_risk {

// Larger files are refused rather than read into memory.
inline constexpr std::size_t kCsvSizeBytesMax = std::size_t{256} << 20;

struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t line = 0;  // Where it begins in the file, from 1.
};

struct CsvFile {
  std::string name;                  // For messages: the path, as given.
  std::vector<std::string> columns;  // Not empty, without empty or repeated names.
  std::vector<CsvRecord> records;    // Each with as many fields as there are columns.
};

// Something that the person who called the program can mend.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Parses `text`, which messages call `name`.  Throws InputError.
CsvFile ParseCsv(std::string_view text, std::string name);

// Parses the file at `path`.  Throws InputError, also when it cannot be read.
CsvFile ReadCsv(const std::string& path);

}  // namespace credit_risk
