// Which facts that templates of requirements name (lineage/governance/requirements.h) a bundle
// holds, and the digests of what says so.
//
// Thread-safety: any number of threads may use one finder.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "tracker/audit/bundle_content.h"

namespace reprise::tracker {

class RequirementFactFinder {
 public:
  // Both must outlive it.  `model`: the version that the answers are about; nullptr for the runs of
  // a bundle that has none.
  RequirementFactFinder(const BundleContent& content, const BundleModel* model);

  // What says `fact`, as digests; none: it is missing.
  std::vector<Digest> Find(std::string_view fact) const;

 private:
  // What made the model, and what that came from.
  void ChooseRuns();
  void AddCard();
  void AddRun(const StoredRun& run);
  void AddData(const StoredRun& run);
  void AddEvidence();
  void AddApprovals();
  void AddLedger();
  // Records that `digest` says `fact`, if `holds`.
  void Add(std::string_view fact, bool holds, const std::optional<Digest>& digest);

  const BundleContent& content_;
  const BundleModel* const model_;
  std::vector<const StoredRun*> runs_;     // That made it, and are in the bundle.
  std::vector<const StoredRun*> lineage_;  // These, then what they came from.
  std::map<std::string, std::vector<Digest>, std::less<>> found_;
};

// The run of the bundle that made a model's version; nullptr when there is none, or it is not here.
const StoredRun* RunOfModel(const BundleContent& content, const BundleModel& model);

// The digest of the newest model card among the evidence for a version.
std::optional<Digest> CardDigest(const BundleModel& model);

}  // namespace reprise::tracker
