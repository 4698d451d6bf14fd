// The report as PDF, made of its page by WeasyPrint, a program of its own that need not be there.
// docs/decisions/0029-the-report-on-paper.md.
//
// Thread-safety: any number of threads may call it.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise::tracker {

// The PDF of `page` (HTML that refers to nothing outside of itself).  One release of the program
// with the same fonts gives the same bytes for one page, whenever it is made.
// Errors: kUnsupported  there is no `weasyprint` on PATH, or it failed, with what it said.
//         kIoError      it could not be started.
Result<std::string> MakePdf(std::string_view page);

}  // namespace reprise::tracker
