// The comparisons of single kinds, between which CompareContent() chooses.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lineage/compare/content_difference.h"

namespace reprise::lineage {

// Archives in archives are looked into so deep.
inline constexpr int kDepthMax = 3;

struct ContentPair {
  const ContentSource& expected;
  const ContentSource& actual;
  std::string_view name;
  int depth = 0;  // In how many archives they lie.
};

// Absent: the contents are not both of the kind.  `why_not`, if set then, says why contents that
// seem to be are not, as "record 5 has 3 fields, and the first has 4".
using CompareKind = Result<std::optional<ContentDifference>>(const ContentPair& pair,
                                                             std::string& why_not);
CompareKind CompareNpy;
CompareKind CompareSafetensors;
CompareKind CompareZip;
CompareKind CompareGzip;
CompareKind ComparePng;
CompareKind CompareJson;
CompareKind CompareTables;
CompareKind CompareText;

// These always succeed, but for errors of the sources.
Result<ContentDifference> CompareBytes(const ContentPair& pair);
Result<ContentDifference> ComparePair(const ContentPair& pair);

// The time stamp in the header of a gzip file: RFC 3339, or "none".
Result<std::string> ReadGzipTime(const ContentSource& source);

// Whether both begin with `magic`.
Result<bool> BothBegin(const ContentPair& pair, std::string_view magic);

}  // namespace reprise::lineage
