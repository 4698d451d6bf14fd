// What a file holds, by the ending of its name.

#pragma once

#include <string>
#include <string_view>

namespace reprise::lineage {

// The media type (RFC 6838) that the name's ending stands for; "application/octet-stream" where it
// stands for none.
std::string_view MediaTypeOf(std::string_view name);

// Whether the name is one that files of trained models have.
bool IsModelName(std::string_view name);

}  // namespace reprise::lineage
