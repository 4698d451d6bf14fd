// What `reprise.toml` in a project's folder says.  docs/reprise_toml.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/result.h"

namespace reprise::capture {

inline constexpr std::string_view kProjectSettingsName = "reprise.toml";
inline constexpr std::uint64_t kProjectSettingsBytesMax = 1 << 20;

// A pattern as it was written, and where.
struct WrittenPattern {
  std::string pattern;
  std::uint32_t line = 0;  // From 1.

  friend bool operator==(const WrittenPattern&, const WrittenPattern&) = default;
};

struct WrittenFileRule {
  WrittenPattern pattern;
  lineage::FileClass file_class = lineage::FileClass::kData;
  std::string reason;  // Empty: none is given.

  friend bool operator==(const WrittenFileRule&, const WrittenFileRule&) = default;
};

// What is said of a column of tables: its name as the tables have it, or PATH#NAME for those of one
// file, by its path in the project or by its name alone.
struct WrittenColumn {
  std::string column;
  std::vector<std::string> tags;  // Sorted.
  std::uint32_t line = 0;

  friend bool operator==(const WrittenColumn&, const WrittenColumn&) = default;
};

struct ProjectSettings {
  std::vector<WrittenFileRule> files;        // [[files]] in their order.
  std::vector<WrittenPattern> code_include;  // [code]
  std::vector<WrittenPattern> code_exclude;
  std::vector<WrittenColumn> columns;            // [columns]; by name.
  std::optional<std::uint64_t> profile_mib_max;  // [profile]

  friend bool operator==(const ProjectSettings&, const ProjectSettings&) = default;
};

// What the text of a `reprise.toml` says (TOML 1.0).  The schema is strict: what is not known is an
// error.  Patterns are not looked into.
//
// Errors: kInvalidArgument  "reprise.toml:3: …" with what is wrong and what to write instead.
Result<ProjectSettings> ParseProjectSettings(std::string_view text);

// The error of line `line` of reprise.toml.
Error ProjectSettingsError(std::uint32_t line, std::string_view what);

}  // namespace reprise::capture
