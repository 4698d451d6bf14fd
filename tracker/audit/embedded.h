// Files of this folder that the build puts into the executable (scripts/cmake/embed.cmake).

#pragma once

#include <string_view>

namespace reprise::tracker {

std::string_view EmbeddedVerifyPy();   // verify/*.py as one
std::string_view EmbeddedReportCss();  // report.css
std::string_view EmbeddedReadme();     // bundle_readme.txt

// Templates of requirements, requirements/*.toml:
std::string_view EmbeddedCfrPart11();  // 21-cfr-part-11
std::string_view EmbeddedAnnexIv();    // eu-ai-act-annex-iv
std::string_view EmbeddedIso42001();   // iso-iec-42001
std::string_view EmbeddedSs123();      // pra-ss1-23
std::string_view EmbeddedSr262();      // us-sr-26-2

}  // namespace reprise::tracker
