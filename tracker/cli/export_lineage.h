// `reprise export` in the formats of lineage/export/formats.h.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracker/cli/command.h"

namespace reprise::cli {

// The formats, in the order of help; without aliases.
std::vector<std::string> LineageFormats();

// The format that `name` stands for: itself, or "prov-json" for "prov".
std::string LineageFormatOf(const std::string& name);

// Writes the lineage of what the argument `ref` names.  `format` is one of LineageFormats().
Result<int> ExportLineage(const po::variables_map& args, Context& context,
                          const std::string& format);

}  // namespace reprise::cli
