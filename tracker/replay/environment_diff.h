// How two recorded environments differ.

#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"

namespace reprise::tracker {

// Sentences, empty when the documents are equal.  Errors: kCorruption.
Result<std::vector<std::string>> DiffEnvironments(const std::string& before,
                                                  const std::string& after);

}  // namespace reprise::tracker
