// How two tables in delimited text differ: columns, rows as multisets, and distributions.
//
// Columns are matched by their names, or by their places where the tables have no header; rows are
// compared by the fields of the columns that both have, so that an added column does not make every
// row another.  Memory is bounded (TableLimits), whatever the tables hold.
//
// Thread-safety: pure functions, with sources that one thread uses.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_difference.h"
#include "lineage/compare/content_source.h"
#include "lineage/compare/table_reader.h"
#include "lineage/compare/withheld_values.h"
#include "lineage/compare/wording.h"
#include "lineage/diff/table_columns.h"

namespace reprise::lineage {

struct TableLimits {
  // Rows that differ and are held at once, some 64 bytes each.  The counts of more are sorted in a
  // temporary file.
  std::size_t rows_held_max = 1U << 20;
  RowSorterOptions sorting{};
  ColumnLimits columns{};
  // Of rows that were added, and of rows that were removed: at most rows_held_max are listed.
  std::size_t rows_listed_max = kListedMax;
  IsPersonal is_personal = nullptr;  // None is.
  // The same of a table in an archive, whose name says little of what it is.
  IsPersonal is_personal_in_any = nullptr;
};

// Tables with more columns than that are compared as text.
inline constexpr std::size_t kTableColumnsMax = 16'384;

struct RowExample {
  std::uint64_t row = 0;  // From 1 on, without the header.
  std::string text;       // As it is written, without the end of its line and personal values.
};

struct TableDiff {
  bool has_header = false;
  bool same_delimiter = true;
  std::vector<std::string> columns_added;
  std::vector<std::string> columns_removed;
  bool columns_reordered = false;  // Those that both have stand in another order.
  // Of which single values are left out: those of either table that are tagged as personal data.
  std::vector<std::string> columns_withheld;
  bool has_repeated_names = false;  // In one of the headers: they are numbered.
  std::uint64_t rows_before = 0;
  std::uint64_t rows_after = 0;
  // Absent: there is no column that both have.
  std::optional<std::uint64_t> rows_added;
  std::optional<std::uint64_t> rows_removed;
  bool rows_reordered = false;  // The same rows, and not in the same order.
  // The first of them in their table, without rows that the other has at the same place.
  std::vector<RowExample> added;
  std::vector<RowExample> removed;
  // Of the columns that both have, the least stable first, then in the order of the first table.
  std::vector<ColumnDiff> columns;
  double sampled_share = 1;   // ColumnCollector::sampled_share()
  double sampling_error = 0;  // ColumnCollector::sampling_error()
};

// Absent: they are not both tables; `why_not`, if set then, says why contents that seem to be are
// not.  `name` is that of the file.
// Errors: those of the sources; of writing the temporary file.
Result<std::optional<TableDiff>> DiffTables(const ContentSource& before, const ContentSource& after,
                                            std::string_view name, std::string& why_not,
                                            const TableLimits& limits = {});

// The columns of tables of these shapes that are personal; in order, each once.
std::vector<std::string> PersonalColumns(const TableShape& before, const TableShape& after,
                                         const IsPersonal& is_personal);
// In place of a value of one.
inline constexpr std::string_view kWithheldValue = "<pii>";

// What the population stability index of a column that has one means to people: "stable" below 0.1,
// "a moderate shift" below 0.25, "a large shift" from there on (Siddiqi 2006); "within chance"
// where so few rows would show as much without any shift.
std::string_view StabilityWord(double population_stability, double by_chance);
std::string_view StabilityWord(const ColumnDiff& column);

// The kind is "table"; the members are in docs/diff.md.
ContentDifference DescribeTables(const TableDiff& diff);
// The columns that shifted and the rows that were added and removed, one printable line each, the
// most telling first.
std::vector<std::string> TableLines(const TableDiff& diff);

}  // namespace reprise::lineage
