// TOML documents (toml.io/en/v1.0.0), with the line of everything, for messages.
//
// Thread-safety: any number of threads may read one document.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/base/result.h"

namespace reprise::toml_text {

struct Member;

class Node {
 public:
  using Array = std::vector<Node>;
  using Table = std::vector<Member>;  // Sorted by key.
  // Of a date or time, which nothing here uses.
  struct Time {};

  Node(std::uint32_t line,
       std::variant<std::string, std::int64_t, double, bool, Time, Array, Table> value);

  std::uint32_t line() const { return line_; }  // From 1 on.
  // nullptr when it is something else.
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&value_); }
  const double* as_real() const { return std::get_if<double>(&value_); }
  const bool* as_boolean() const { return std::get_if<bool>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Table* as_table() const { return std::get_if<Table>(&value_); }

 private:
  std::uint32_t line_;
  std::variant<std::string, std::int64_t, double, bool, Time, Array, Table> value_;
};

struct Member {
  std::string key;
  std::uint32_t line;  // Of the key.
  Node value;
};

// The value of `key`, or nullptr.
const Node* Find(const Node::Table& table, std::string_view key);

// "NAME:LINE: what"
Error ErrorAt(std::string_view file_name, std::uint32_t line, std::string_view what);

// Refuses the first key of `table` that is none of `known`, with the one that was perhaps meant;
// `where`: "in [code]".
Result<void> CheckKeys(const Node::Table& table, std::string_view file_name, std::string_view where,
                       const std::vector<std::string>& known);

// `file_name` stands in messages.  Values nest no deeper than 256.
// Errors: kInvalidArgument  no TOML, with the line.
Result<Node> Parse(std::string_view text, std::string_view file_name);

}  // namespace reprise::toml_text
