// Paths as runs record them: relative to the project when inside it, else absolute.

#pragma once

#include <string>
#include <string_view>

namespace reprise::tracker {

// `path` made absolute against `working_directory`, without "." and "..", and without a slash at
// the end.  Symlinks are not resolved.
std::string AbsolutePath(std::string_view path, std::string_view working_directory);

// The absolute `path` relative to `project_folder` if it lies in it ("." for the folder itself).
std::string PathInProject(std::string_view path, std::string_view project_folder);

// Whether ".." is a part of `path`.
bool HasParentPart(std::string_view path);

}  // namespace reprise::tracker
