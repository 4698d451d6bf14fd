// How two recorded environments differ.

#pragma once

#include <string>
#include <vector>

#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Sentences, empty when the documents are equal.  Errors: kCorruption.
Result<std::vector<std::string>> DiffEnvironments(const std::string& before,
                                                  const std::string& after);

// What of the environments and of the machines (the "host" of run documents) is of a kind that
// gives other bits for the same work: processor architecture and instruction set, accelerators and
// their driver.  Sentences, empty when there is no such difference.  Errors: kCorruption.
Result<std::vector<std::string>> DiffHardware(const std::string& before, const std::string& after,
                                              const Json& host_before, const Json& host_after);

}  // namespace reprise::tracker
