// Cells of comma-separated values (RFC 4180).
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace reprise {

// A cell of text as it stands in a row: quoted where needed.  One that begins with a character by
// which spreadsheets know a formula (= + - @, a tab, a carriage return) gets an apostrophe before
// it, as does one that begins with an apostrophe, so that whoever takes away one apostrophe has the
// text back.  Not for numbers, which begin with a minus and mean it.
std::string CsvText(std::string_view text);

}  // namespace reprise
