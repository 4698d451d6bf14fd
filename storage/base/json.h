// A JSON value (RFC 8259), for documents and for the output of commands.
//
// Objects keep the order in which members were added; canonical order is given by Canonicalize()
// (storage/base/canonical.h).  Numbers are IEEE 754 doubles, as RFC 8785 requires of documents.
//
// Thread-safety: as a std::vector.

#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "storage/base/result.h"

namespace reprise {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() : value_(nullptr) {}
  Json(std::nullptr_t) : value_(nullptr) {}  // NOLINT: literals read as JSON
  Json(bool value) : value_(value) {}        // NOLINT: likewise
  Json(double value) : value_(value) {}      // NOLINT: likewise
  template <typename T>
  requires(std::integral<T> && !std::same_as<T, bool>) Json(T value)  // NOLINT: exact up to 2^53
      : value_(static_cast<double>(value)) {}
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT: likewise
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT: likewise
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT: likewise
  Json(Array value) : value_(std::move(value)) {}               // NOLINT: likewise
  Json(Object value) : value_(std::move(value)) {}              // NOLINT: likewise
  template <typename T>
  Json(const std::optional<T>& value) : Json() {  // NOLINT: absent is null
    if (value.has_value()) *this = Json(*value);
  }

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // The value must be of that kind.
  bool as_bool() const { return std::get<bool>(value_); }
  double as_number() const { return std::get<double>(value_); }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& as_array() const { return std::get<Array>(value_); }
  Array& as_array() { return std::get<Array>(value_); }
  const Object& as_object() const { return std::get<Object>(value_); }
  Object& as_object() { return std::get<Object>(value_); }

  // The member `key` of an object; nullptr if there is none or this is no object.
  const Json* Find(std::string_view key) const;

  // Adds or replaces the member `key`; a null value becomes an object first.
  Json& Set(std::string key, Json value);

  // Appends to an array; a null value becomes an array first.
  Json& Append(Json value);

  // Typed access to members for readers of documents.
  // Errors: kCorruption  the member is absent or of another kind; the message names it.
  Result<std::string> GetString(std::string_view key) const;
  Result<double> GetNumber(std::string_view key) const;
  Result<std::int64_t> GetInteger(std::string_view key) const;  // Also rejects fractions, > 2^53.
  Result<bool> GetBool(std::string_view key) const;
  Result<const Array*> GetArray(std::string_view key) const;
  Result<const Object*> GetObject(std::string_view key) const;
  // As GetString, but absent or null is nullopt.
  Result<std::optional<std::string>> GetOptionalString(std::string_view key) const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::nullptr_t, bool, double, std::string, Array, Object> value_;
};

// Parses exactly one JSON text.  Strict: UTF-8 only, no duplicate names, no lone surrogates
// (I-JSON, RFC 7493), nesting at most 200 deep, nothing but white space after the value. Errors:
// kInvalidArgument  with the byte offset of what is wrong.
Result<Json> ParseJson(std::string_view text);

// The text of `value` with two-space indentation, members in their order, one newline at the end;
// for people and for --json.  Numbers and strings are written as in the canonical form, except that
// infinities and NaN, which JSON has no form for, become null.
std::string FormatJson(const Json& value);

}  // namespace reprise
