// Paths that stand for all that lies below them, too.

#pragma once

#include <set>
#include <string>
#include <string_view>

namespace reprise::tracker {

// Whether `path` or a folder that holds it is in `paths`; all absolute, or all relative to the same
// folder.
bool IsWithin(std::string_view path, const std::set<std::string>& paths);

}  // namespace reprise::tracker
