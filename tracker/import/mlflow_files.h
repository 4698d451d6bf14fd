// Files of an MLflow store, as outside bytes: regular ones only, and of a size that MLflow writes.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/import/flat_yaml.h"

namespace reprise::tracker {

// Whether `path` itself (not what a link leads to) is a folder.
bool IsRealFolder(FileSystem& files, const std::string& path);

// The names of the folders in `folder`, sorted; none if it is not there.  Links are no folders.
Result<std::vector<std::string>> SubfoldersOf(FileSystem& files, const std::string& folder);

// The regular files below `folder` by their path relative to it, sorted; none if it is not there.
// Links are not followed, and what lies more than 32 folders deep is left out.
Result<std::vector<std::string>> FilesBelow(FileSystem& files, const std::string& folder);

// The content of each of those: a folder of parameters or tags, where a name with a slash is a file
// in a folder.  Errors: kCorruption  one holds more than 1 MiB.
Result<std::map<std::string, std::string>> ValuesBelow(FileSystem& files,
                                                       const std::string& folder);

// Errors: kCorruption  not a regular file, or no YAML; the path is in the message.  kNotFound.
Result<FlatYaml> ReadFlatYaml(FileSystem& files, const std::string& path);

// Calls `visit` for each line of a regular file that is not empty, without its end.
// Errors: kCorruption  a line of more than 64 KiB.  Those of `visit`.
Result<void> ForEachLine(FileSystem& files, const std::string& path,
                         const std::function<Result<void>(std::string_view line)>& visit);

}  // namespace reprise::tracker
