// What a project's reprise.toml says of the columns of its tables: docs/reprise_toml.md.
//
// Thread-safety: any number of threads may read one object.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lineage/capture/project_settings.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// The tag of columns whose single values are kept out of profiles.
inline constexpr std::string_view kPersonalTag = "pii";
inline constexpr std::uint64_t kProfileMibMaxDefault = 128;

struct ColumnSettings {
  std::vector<capture::WrittenColumn> columns;
  std::uint64_t profile_bytes_max = kProfileMibMaxDefault << 20;

  // Of the column `column` of a file that is known by `paths`; with no paths, of any file; sorted.
  std::vector<std::string> TagsOf(const std::string& column,
                                  const std::vector<std::string>& paths) const;
  // Whether kPersonalTag is among them.
  bool IsPersonal(const std::string& column, const std::vector<std::string>& paths) const;
};

// Those of `project_folder`; the defaults where there is no reprise.toml.
// Errors: kInvalidArgument  with the line of what is wrong.  kIoError.
Result<ColumnSettings> LoadColumnSettings(FileSystem& files, const std::string& project_folder);

}  // namespace reprise::tracker
