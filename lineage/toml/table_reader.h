// Reads a table of a TOML document strictly: what has another type than is wanted, or is empty, is
// an error that names its line and says what to write instead.
//
// Thread-safety: as the document.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/toml/toml.h"
#include "storage/base/result.h"

namespace reprise::toml_text {

// The errors of all methods are kInvalidArgument, as ErrorAt() makes them.
class TableReader {
 public:
  // A list of tables: [[key]], or key = [{ … }].
  struct List {
    std::string_view key;
    std::string_view example;        // "[[finding]] with id = \"F-1\""; for messages.
    std::vector<std::string> known;  // Keys of each.
  };

  // `table` is one.  It and `file_name`, which stands in messages, must outlive the reader.
  TableReader(const Node& table, std::string_view file_name)
      : table_(&table), file_name_(file_name) {}

  std::uint32_t line() const { return table_->line(); }
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  // Refuses a key that is none of `known`; `where`: "in a policy".
  Result<void> CheckKeys(std::string_view where, const std::vector<std::string>& known) const;
  // There is version = 1.
  Result<void> CheckVersion() const;

  // A text that must be there, as in `example` = "\"qa\"".
  Result<std::string> Text(std::string_view key, std::string_view example = "\"…\"") const;
  // "" where there is none.
  Result<std::string> OptionalText(std::string_view key) const;
  // A day ("2026-05-31"), or "" where there is none.
  Result<std::string> Day(std::string_view key) const;
  // One of `choices`, which must be there.
  Result<std::string> OneOf(std::string_view key, std::span<const std::string_view> choices) const;
  // None where there is no list.
  Result<std::vector<std::string>> Texts(std::string_view key) const;
  // A list that must be there, with at least one text.
  Result<std::vector<std::string>> SomeTexts(std::string_view key, std::string_view example) const;
  // From 1 to `max`; nullopt where there is none.
  Result<std::optional<std::uint64_t>> Number(std::string_view key, std::int64_t max) const;
  // False where there is none.
  Result<bool> Truth(std::string_view key) const;
  // None where there is no list.
  Result<std::vector<TableReader>> Tables(const List& list) const;

  // An error about the table, or about the value of `key`: about the table, where there is none.
  Error Wrong(std::string_view what) const;
  Error WrongAt(std::string_view key, std::string_view what) const;
  // Likewise about an entry of the list `key`.
  Error WrongEntry(std::string_view key, std::size_t place, std::string_view what) const;
  // `checked`, and if it is an error, its message at the value of `key`.
  Result<void> At(std::string_view key, const Result<void>& checked) const;

 private:
  const Node* Find(std::string_view key) const { return toml_text::Find(*table_->as_table(), key); }
  Error Missing(std::string_view key, std::string_view example) const;

  const Node* table_;
  std::string_view file_name_;
};

}  // namespace reprise::toml_text
