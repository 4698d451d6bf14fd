// What is taken for text.  Thread-safety: pure functions.

#pragma once

#include "lineage/compare/kinds.h"

namespace reprise::lineage {

// Whether both begin as text does: without control characters that text has not, and in UTF-8, or
// nearly all of it in ASCII.  Nothing is read beyond the first kCompareBlockBytes.
Result<bool> AreText(const ContentPair& pair);

}  // namespace reprise::lineage
