#include "tracker/registry/standing.h"

#include <algorithm>
#include <map>

#include "storage/base/clock.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {

std::vector<Standing> StandingsOf(const std::vector<RegisteredModel>& versions,
                                  std::span<const std::string> stages) {
  std::vector<Standing> standings(versions.size());
  std::map<std::string, std::size_t> champions;  // By stage: the place of the version.
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].changes.empty()) continue;  // Where everything begins.
    const std::string stage = versions[i].stage();
    if (stage == lineage::kRetiredStage || stage == lineage::kFirstStage) continue;
    const auto [champion, is_first] = champions.try_emplace(stage, i);
    const auto came_at = [&](std::size_t place) {
      return versions[place].changes.back().ledger_sequence;
    };
    if (!is_first && came_at(i) > came_at(champion->second)) champion->second = i;
  }
  for (const auto& [stage, place] : champions) standings[place].is_champion = true;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    // Of a stage that the policy does not name, nobody knows what comes after it.
    const auto own = std::ranges::find(stages, versions[i].stage());
    if (own == stages.end()) continue;
    for (auto later = std::next(own); later != stages.end(); ++later) {
      const auto champion = champions.find(*later);
      if (champion == champions.end()) continue;
      const RegisteredModel& model = versions[champion->second];
      if (model.version.version > versions[i].version.version) continue;
      standings[i].challenges.push_back({model.Name(), *later});
    }
  }
  return standings;
}

Result<std::vector<std::string>> StagesInForce(Store& store) {
  REPRISE_ASSIGN_OR_RETURN(const auto policy, FindPolicyInForce(store.catalog(), NowUnixMs()));
  if (policy.has_value()) return policy->policy.stages;
  return std::vector<std::string>(lineage::kStages.begin(), lineage::kStages.end());
}

}  // namespace reprise::tracker
