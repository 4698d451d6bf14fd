#include "lineage/toml/table_reader.h"

#include <algorithm>

#include "storage/base/clock.h"
#include "storage/base/words.h"

namespace reprise::toml_text {
namespace {

std::string MustBe(std::string_view key, std::string_view what) {
  return "the value of " + std::string(key) + " must be " + std::string(what);
}

}  // namespace

Error TableReader::Wrong(std::string_view what) const {
  return ErrorAt(file_name_, table_->line(), what);
}

Error TableReader::WrongAt(std::string_view key, std::string_view what) const {
  const Node* const node = Find(key);
  return ErrorAt(file_name_, node == nullptr ? table_->line() : node->line(), what);
}

Error TableReader::WrongEntry(std::string_view key, std::size_t place,
                              std::string_view what) const {
  return ErrorAt(file_name_, (*Find(key)->as_array())[place].line(), what);
}

Result<void> TableReader::At(std::string_view key, const Result<void>& checked) const {
  return checked.ok() ? checked : WrongAt(key, checked.error().message);
}

Error TableReader::Missing(std::string_view key, std::string_view example) const {
  const std::string name(key);
  return Wrong("there is no " + name + " here; add " + name + " = " + std::string(example));
}

Result<void> TableReader::CheckKeys(std::string_view where,
                                    const std::vector<std::string>& known) const {
  return toml_text::CheckKeys(*table_->as_table(), file_name_, where, known);
}

Result<void> TableReader::CheckVersion() const {
  const Node* const node = Find("version");
  if (node == nullptr) return Missing("version", "1");
  if (node->as_integer() != nullptr && *node->as_integer() == 1) return {};
  return WrongAt("version", "this release reads version = 1 only");
}

Result<std::string> TableReader::Text(std::string_view key, std::string_view example) const {
  if (!Has(key)) return Missing(key, example);
  return OptionalText(key);
}

Result<std::string> TableReader::OptionalText(std::string_view key) const {
  const Node* const node = Find(key);
  if (node == nullptr) return std::string();
  const std::string* const text = node->as_string();
  if (text != nullptr && !text->empty()) return *text;
  return WrongAt(key, MustBe(key, "a text in quotes"));
}

Result<std::string> TableReader::Day(std::string_view key) const {
  REPRISE_ASSIGN_OR_RETURN(std::string text, OptionalText(key));
  const bool is_day = text.empty() || (text.size() == 10 && ParseTime(text + "T00:00:00Z").ok());
  if (is_day) return text;
  return WrongAt(key, MustBe(key, "a day in quotes, as in \"2026-05-31\""));
}

Result<std::string> TableReader::OneOf(std::string_view key,
                                       std::span<const std::string_view> choices) const {
  REPRISE_ASSIGN_OR_RETURN(std::string text, Text(key));
  if (std::ranges::find(choices, text) != choices.end()) return text;
  return WrongAt(key, "the value of " + std::string(key) + " is one of " + Joined(choices));
}

Result<std::vector<std::string>> TableReader::Texts(std::string_view key) const {
  std::vector<std::string> texts;
  const Node* const node = Find(key);
  if (node == nullptr) return texts;
  const Error wrong = WrongAt(key, MustBe(key, "a list of texts in quotes"));
  if (node->as_array() == nullptr) return wrong;
  for (const Node& entry : *node->as_array()) {
    if (entry.as_string() == nullptr || entry.as_string()->empty()) return wrong;
    texts.push_back(*entry.as_string());
  }
  return texts;
}

Result<std::vector<std::string>> TableReader::SomeTexts(std::string_view key,
                                                        std::string_view example) const {
  if (!Has(key)) return Missing(key, example);
  REPRISE_ASSIGN_OR_RETURN(auto texts, Texts(key));
  if (!texts.empty()) return texts;
  return WrongAt(key, MustBe(key, "a list of texts in quotes, as in ") + std::string(example));
}

Result<std::optional<std::uint64_t>> TableReader::Number(std::string_view key,
                                                         std::int64_t max) const {
  const Node* const node = Find(key);
  if (node == nullptr) return std::optional<std::uint64_t>();
  const std::int64_t* const number = node->as_integer();
  if (number != nullptr && *number >= 1 && *number <= max) {
    return std::optional(static_cast<std::uint64_t>(*number));
  }
  return WrongAt(key, MustBe(key, "a whole number from 1 to ") + std::to_string(max));
}

Result<bool> TableReader::Truth(std::string_view key) const {
  const Node* const node = Find(key);
  if (node == nullptr) return false;
  if (node->as_boolean() != nullptr) return *node->as_boolean();
  return WrongAt(key, MustBe(key, "true or false"));
}

Result<std::vector<TableReader>> TableReader::Tables(const List& list) const {
  std::vector<TableReader> tables;
  const Node* const node = Find(list.key);
  if (node == nullptr) return tables;
  const Error wrong =
      WrongAt(list.key, MustBe(list.key, "a list of tables, as in ") + std::string(list.example));
  const std::string name(list.key);
  const std::string heading = list.example.starts_with("[[") ? "[[" + name + "]]" : name;
  if (node->as_array() == nullptr) return wrong;
  for (const Node& entry : *node->as_array()) {
    if (entry.as_table() == nullptr) return wrong;
    const TableReader& table = tables.emplace_back(entry, file_name_);
    REPRISE_TRY(table.CheckKeys("in " + heading, list.known));
  }
  return tables;
}

}  // namespace reprise::toml_text
