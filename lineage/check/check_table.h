// Tables that are checked: their columns by name, and the numbers and outcomes in their rows.
//
// Thread-safety: one thread at a time for each object, and pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_source.h"
#include "lineage/compare/table_reader.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Content that is to be read as a table.  `content` must outlive whoever reads it.
struct CheckedTable {
  std::string name;  // For messages.
  Digest digest;     // Of the content, or of the folder that it lies in.
  const ContentSource* content = nullptr;
};

// What a check read.
struct CheckedData {
  Digest digest;
  std::uint64_t rows = 0;
};

// The rows of a CheckedTable.
class CheckedRows {
 public:
  explicit CheckedRows(const CheckedTable& table) : table_(table), reader_(*table.content) {}
  CheckedRows(const CheckedRows&) = delete;
  CheckedRows& operator=(const CheckedRows&) = delete;

  // Call it once, before anything else.
  // Errors: kInvalidArgument  it is no table, or its columns have no names; those of the content.
  Result<void> Begin();

  // The place of the column `name` in a row.
  // Errors: kInvalidArgument  there is none; the message names what was perhaps meant.
  Result<std::size_t> PlaceOf(const std::string& name) const;
  const std::vector<std::string>& columns() const { return reader_.shape().columns; }

  // False at the end.
  // Errors: kInvalidArgument  the next row is none; those of the content.
  Result<bool> Next();
  std::string_view field(std::size_t place) const { return reader_.fields()[place]; }
  std::uint64_t row() const { return reader_.row(); }
  const TableReader& reader() const { return reader_; }

  // The number at `place`; absent where it is missing.
  // Errors: kInvalidArgument  there is something else, or no finite number.
  Result<std::optional<double>> Number(std::size_t place) const;

  // An error about this table, or about the row at which it stands.
  Error Wrong(const std::string& why) const;
  Error WrongRow(const std::string& why) const;

 private:
  const CheckedTable table_;
  TableReader reader_;
};

// The two values of a target, and which of them is asked about.
class Outcome {
 public:
  // `positive`, or nullopt for "1" of 0 and 1, "true" of true and false, "yes" of yes and no.
  explicit Outcome(std::optional<std::string> positive) : positive_(std::move(positive)) {}

  // Whether the target at `place` of the row is the positive one; absent where it is missing.
  // Errors: kInvalidArgument  it is a third value, or nobody said which one is positive.
  Result<std::optional<bool>> Read(const CheckedRows& rows, std::size_t place);

  // As given, or as found; "" before the first row.
  std::string positive() const { return positive_.value_or(""); }

 private:
  Result<bool> Learn(const CheckedRows& rows, std::string_view value);

  std::optional<std::string> positive_;
  std::optional<std::string> negative_;
};

// A number as a whole one in the same order, and back; without NaN.  Both zeros are one.
std::uint64_t OrderOf(double number);
double NumberOf(std::uint64_t order);

}  // namespace reprise::lineage
