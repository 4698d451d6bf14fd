// What a trace could not follow, in sentences for people.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracker/trace/access.h"

namespace reprise::tracker {

// One for each blind spot of the trace, and for a trace that ends early.
std::vector<std::string> BlindSpotSentences(const Trace& trace);

// Whether the sentence is one for a trace that ends early.
bool SaysTraceBrokeOff(std::string_view sentence);

}  // namespace reprise::tracker
