#include "storage/base/plain_path.h"

namespace reprise {

bool IsPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

bool ArePlainNames(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!IsPlainName(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool IsPlainPath(std::string_view path) {
  return path == "/" || (path.starts_with('/') && ArePlainNames(path.substr(1)));
}

}  // namespace reprise
