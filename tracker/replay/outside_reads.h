// What a rerun asked for that its original had not.

#pragma once

#include <string>
#include <vector>

#include "lineage/closure.h"

namespace reprise::tracker {

// Sentences about names that the rerun read or listed and whose content was not captured: in the
// sandbox they were empty, or zeros, whatever the recording machine had.  Names that it looked up in
// vain are not among them: they may be those of temporary files.
std::vector<std::string> ReadsOutside(const lineage::Closure& original,
                                      const lineage::Closure& rerun);

}  // namespace reprise::tracker
