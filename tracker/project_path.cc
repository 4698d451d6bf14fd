#include "tracker/project_path.h"

#include <vector>

#include "storage/base/file.h"

namespace reprise::tracker {

std::string AbsolutePath(std::string_view path, std::string_view working_directory) {
  const std::string joined =
      path.starts_with('/') ? std::string(path) : JoinPath(working_directory, path);
  std::vector<std::string_view> parts;
  std::string_view rest = joined;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string result;
  for (const std::string_view part : parts) result.append("/").append(part);
  return result.empty() ? "/" : result;
}

std::string PathInProject(std::string_view path, std::string_view project_folder) {
  if (path == project_folder) return ".";
  const std::string prefix = project_folder == "/" ? "/" : std::string(project_folder) + "/";
  if (path.starts_with(prefix)) return std::string(path.substr(prefix.size()));
  return std::string(path);
}

bool HasParentPart(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

}  // namespace reprise::tracker
