#include "tracker/path_set.h"

namespace reprise::tracker {

bool IsWithin(std::string_view path, const std::set<std::string>& paths) {
  for (;;) {
    if (paths.contains(std::string(path))) return true;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return false;
    if (slash == 0) return paths.contains("/");
    path = path.substr(0, slash);
  }
}

}  // namespace reprise::tracker
