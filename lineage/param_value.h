// A hyperparameter's value: a type and its exact text.
//
// In documents: {"type": "int", "value": "42"}; the text is canonical for the type, so that equal
// values have equal bytes.  Reals are the shortest decimal that reads back to the same double
// (RFC 8785 number form), or "NaN", "Infinity", "-Infinity".

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

enum class ParamType { kInt, kReal, kBool, kString, kJson };

class ParamValue {
 public:
  ParamValue() = default;

  static ParamValue Int(std::int64_t value);
  static ParamValue Real(double value);
  static ParamValue Bool(bool value);
  // Text that is not UTF-8 is kept exactly.
  static ParamValue String(std::string value);
  // Errors: kInvalidArgument  `text` is not JSON.
  static Result<ParamValue> FromJsonText(std::string_view text);

  // The value that a person means by `text`: an integer, else a real, else true or false, else the
  // string itself.
  static ParamValue Guess(std::string_view text);

  // Reads `text` as a value of `type`.
  // Errors: kInvalidArgument  it is none.
  static Result<ParamValue> Parse(ParamType type, std::string_view text);

  ParamType type() const { return type_; }
  const std::string& text() const { return text_; }  // Canonical.

  // For --json: a JSON number, boolean, string or value; integers beyond 2^53 and numbers that JSON
  // has no form for are strings.
  Json ToPlainJson() const;

  // {"type", "value"}, as in documents.
  Json ToDocument() const;
  // Errors: kCorruption  not what ToDocument() writes.
  static Result<ParamValue> FromDocument(const Json& json);

  friend bool operator==(const ParamValue&, const ParamValue&) = default;

 private:
  ParamValue(ParamType type, std::string text) : type_(type), text_(std::move(text)) {}

  ParamType type_ = ParamType::kString;
  std::string text_;
};

// "int", "real", "bool", "string", "json".
std::string_view ParamTypeName(ParamType type);

}  // namespace reprise::lineage
