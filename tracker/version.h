// The release; the build checks that it is the project's version.

#pragma once

#include <string_view>

namespace reprise {
inline constexpr std::string_view kVersion = REPRISE_VERSION;
}  // namespace reprise
