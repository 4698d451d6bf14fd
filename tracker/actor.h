// Who is at work: the name under which facts are recorded.

#pragma once

#include <string>

namespace reprise::tracker {

// $REPRISE_ACTOR, else the name of the effective user, else its number.  Not a proof of identity:
// whoever can write the store can claim any name (docs/threat_model.md).
std::string CurrentActor();

}  // namespace reprise::tracker
