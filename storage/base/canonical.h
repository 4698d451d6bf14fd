// The canonical form of JSON (RFC 8785, JCS), over which the digests of documents are taken.
//
// Members sorted by the UTF-16 code units of their names, no white space, strings with the fewest
// escapes, numbers as ECMAScript's Number::toString writes them.

#pragma once

#include <string>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise {

// Errors: kInvalidArgument  a number that is not finite, a string that is not UTF-8, or a name that
//                           occurs twice in one object: such a value has no canonical form.
Result<std::string> Canonicalize(const Json& value);

// Appends the canonical form of a finite number: "1e+30", "4.5", "333333333.3333333".
void AppendCanonicalNumber(std::string& out, double number);

// Appends a canonical string literal with its quotes.
void AppendCanonicalString(std::string& out, std::string_view text);

}  // namespace reprise
