// Champions and challengers: what the versions of a model are to each other.
//
// Nothing of it is recorded: it follows from the stages that the ledger has.
//
// Thread-safety: as the store.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/models.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct Challenge {
  std::string champion;  // "scorecard@2"
  std::string stage;     // Whose champion it is.
};

struct Standing {
  // It is what NAME@STAGE names: of the versions in its stage it came there last.  The first stage
  // has no champion, where everything begins, nor has the last, where it ends.
  bool is_champion = false;
  // Champions of later stages that were registered before it, the nearest stage first: what it is
  // to be compared with on its way.  A retired version challenges none.
  std::vector<Challenge> challenges;
};

// Of each of `versions`, all of one model, with `stages` in the order of its life.
std::vector<Standing> StandingsOf(const std::vector<RegisteredModel>& versions,
                                  std::span<const std::string> stages);

// The stages of the policy in force, or else lineage::kStages.  Errors: kCorruption.
Result<std::vector<std::string>> StagesInForce(Store& store);

}  // namespace reprise::tracker
