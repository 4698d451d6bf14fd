// Text as part of a URI (RFC 3986).  Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace reprise::lineage {

// `bytes` with all but ASCII letters, digits and those of `kept` as %XX (RFC 3986 §2.1).
std::string PercentEncode(std::string_view bytes, std::string_view kept);

}  // namespace reprise::lineage
