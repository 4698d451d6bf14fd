// Where in a journal lie the parts of it that may be too many to hold: the blocks of metric series
// and the lines that were logged.
//
// A frame is taken apart as far as is needed to find them, without copying it.
//
// Thread-safety: pure functions.

#pragma once

#include <functional>
#include <string_view>

#include "storage/base/result.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

// One `points` of an `observed` frame; borrowed from the payload.
struct PointsPlace {
  std::string_view key;
  std::string_view writer;
  std::string_view block;  // docs/formats/metric_series.md
};

// Calls `visit` for each block in the payload of a frame, in order.
// Errors: kCorruption  the payload is not that of a frame.  Those of `visit`.
Result<void> VisitPoints(std::string_view payload,
                         const std::function<Result<void>(const PointsPlace&)>& visit);

// Likewise for each line.
Result<void> VisitLogLines(std::string_view payload,
                           const std::function<Result<void>(const v1::Observed::LogLine&)>& visit);

}  // namespace reprise::tracker
