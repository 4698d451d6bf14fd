// What a rerun asked for that its original had not.

#pragma once

#include <string>
#include <vector>

#include "lineage/closure.h"

namespace reprise::tracker {

// Sentences about names that the rerun read or listed and whose content was not captured: in the
// sandbox they were not there, or empty, whatever the recording machine had.  Names that it only
// asked for and that the original had not asked for are counted among them where the run would have
// read them; those of temporary files are not.
std::vector<std::string> ReadsOutside(const lineage::Closure& original,
                                      const lineage::Closure& rerun);

}  // namespace reprise::tracker
