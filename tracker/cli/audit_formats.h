// The forms of `audit export` beside the bundle, and the templates that its report answers.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lineage/governance/requirements.h"
#include "tracker/audit/bundle_content.h"
#include "tracker/cli/command.h"

namespace reprise::cli {

// bundle, html, pdf, and those of `export` that audits ask for.
std::vector<std::string> AuditFormats();
// Whether `reprise export` writes it.
bool IsLineageFormat(std::string_view format);

// --format, --requirements, --pdf, and what the formats of `export` take.
void AddAuditFormatOptions(Command& command);

// The templates that --requirements names, in the order in which they were given.
// Errors: kNotFound  one is neither a name nor a file.  kInvalidArgument  with the line of a file,
//         or that one was given twice.
Result<std::vector<lineage::RequirementTemplate>> RequirementsOf(const po::variables_map& args,
                                                                 const Context& context);

// Writes the report alone, as `format` ("html" or "pdf"), into the new file `path`.
// Errors: kAlreadyExists  there is one.  Those of GatherBundle() and MakePdf().
Result<void> WriteReportFile(tracker::Store& store, const tracker::BundleRequest& request,
                             const std::string& format, const std::string& path, FileSystem& files);

}  // namespace reprise::cli
