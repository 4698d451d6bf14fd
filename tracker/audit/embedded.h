// Files of this folder that the build puts into the executable (scripts/cmake/embed.cmake).

#pragma once

#include <string_view>

namespace reprise::tracker {

std::string_view EmbeddedVerifyPy();   // verify/*.py as one
std::string_view EmbeddedReportCss();  // report.css
std::string_view EmbeddedReadme();     // bundle_readme.txt

}  // namespace reprise::tracker
