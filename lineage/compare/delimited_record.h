// Fields of one record of a table in delimited text: RFC 4180, with any one delimiter.
//
// Thread-safety: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::lineage {

// The fields of `record`, which may end with CR, LF or both; absent where a quoted field does not
// end, or goes on after its closing quote.
std::optional<std::vector<std::string>> SplitRecord(std::string_view record, char delimiter);

// A decimal number, with spaces around it or without: "1e-3", " -4 ", "nan".
std::optional<double> FieldNumber(std::string_view field);

}  // namespace reprise::lineage
