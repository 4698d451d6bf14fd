// Warnings to the person at the terminal.
//
// One line on stderr, "reprise: " first, colour never.  Thread-safety: any thread; lines do not
// mix.

#pragma once

#include <string_view>

namespace reprise {

void LogWarning(std::string_view message);

}  // namespace reprise
