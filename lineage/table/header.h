// Whether the first record of a table names its columns, and how.  docs/formats/profile.md has the
// rules; every reader of tables uses them.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::lineage {

// Whether a file of this name is taken for a table: it ends with .csv or .tsv, in any case.
bool IsTableName(std::string_view path);

// A blank line: nothing at all, which is no record of a table with several columns.
bool IsBlankRecord(std::span<const std::string_view> fields);

struct ColumnNames {
  bool has_header = false;         // The record names the columns, and is no row.
  bool has_repeated = false;       // Some of the names stand there more than once.
  std::vector<std::string> names;  // As there, or their numbers from 1 on; each once.
};

// The names of columns by the fields of the first record: it is a header if none of them is empty
// or a number.  The first may be empty if there are others: pandas (to_csv) writes the index so,
// and reads it as "Unnamed: 0", or "Unnamed: 0.1" and so on where that is taken.  A name that is
// there again gets a number: "a", "a.2", "a.3", without those that are names already.
ColumnNames ReadColumnNames(std::span<const std::string_view> fields);

// The same of a table that begins with `start`; absent if it is none, or if its first record has
// not ended and `is_whole` does not say that nothing follows.
std::optional<ColumnNames> ReadColumnNames(std::string_view start, bool is_whole);

// "a" of "a.2", which may be what a name that is there again was made of; absent if it has no such
// number.
std::optional<std::string_view> RepeatedName(std::string_view name);

}  // namespace reprise::lineage
