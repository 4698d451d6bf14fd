// Recording evidence for a version of a model.
//
// Thread-safety: as the store.

#pragma once

#include <string>
#include <vector>

#include "lineage/governance/evidence.h"
#include "storage/base/result.h"
#include "tracker/models.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct EvidenceOutcome {
  lineage::Evidence evidence;
  Digest document;
  std::vector<std::string> warnings;
};

// Stores the file or folder at `path` (absolute) and records it as evidence; both are in the store
// and the ledger when the call returns.  `named`: the path that the record gives it.
// Errors: kInvalidArgument  the kind, content that is not what it says (lineage::
//                           CheckEvidenceContent()), or that is evidence of that kind already.
//         Those of storage::Import() and Store::AdoptSession().
Result<EvidenceOutcome> AddEvidence(Store& store, const RegisteredModel& model,
                                    const std::string& kind, const std::string& path,
                                    const std::string& named, const std::string& reason);

// The same for a text that is in no file.
Result<EvidenceOutcome> AddEvidenceText(Store& store, const RegisteredModel& model,
                                        const std::string& kind, const std::string& text,
                                        const std::string& named, const std::string& reason);

}  // namespace reprise::tracker
