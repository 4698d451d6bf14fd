// Names of experiments.

#pragma once

#include <string>

#include "storage/base/result.h"

namespace reprise::tracker {

// Whatever a table, a reference or a shell could misread is refused: "credit@last" has one meaning.
// Errors: kInvalidArgument  not 1 to 256 bytes of UTF-8 without '@' and control characters, or it
//                           begins with '-'.
Result<void> CheckExperimentName(const std::string& name);

}  // namespace reprise::tracker
