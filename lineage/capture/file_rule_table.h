// The built-in rules of lineage/capture/file_rules.h, as data.  docs/reprise_toml.md repeats them.

#pragma once

#include <span>
#include <string_view>

#include "lineage/closure.h"

namespace reprise::capture {

struct BuiltInRules {
  lineage::FileClass file_class;
  std::string_view reason;
  // Between spaces; absolute, "**/…", or below <project>, <home> or <tmp>.
  std::string_view patterns;
};

// In their order.  The last matches every absolute path.
std::span<const BuiltInRules> BuiltInFileRules();

// The one built-in pattern of which the caller's knowledge decides between code and data.
inline constexpr std::string_view kProjectPattern = "<project>/";

// The rules of this reason are followed by those of the environments that the caller found.
inline constexpr std::string_view kEnvironmentReason = "environments of packages";

// Names of files anywhere in the project, between spaces, by kind.
struct BuiltInNames {
  std::string_view kind;
  std::string_view names;
};

// Of code, where there is no git to tell.
std::span<const BuiltInNames> BuiltInCode();

// Of data, whether git knows the file or not; in small letters, and meant in any.
std::span<const BuiltInNames> BuiltInData();

}  // namespace reprise::capture
