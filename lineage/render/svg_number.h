// Numbers in drawings.

#pragma once

#include <string>

namespace reprise::lineage {

// `value` to a tenth of a pixel, without zeros that say nothing: "12.3", "-4".
std::string SvgNumber(double value);

}  // namespace reprise::lineage
