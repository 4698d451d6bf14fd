// What a bundle is about: runs, content, versions of models.
//
// Thread-safety: as the store.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/models.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct BundleSubject {
  enum class Kind { kRun, kArtifact, kModelVersion, kModel, kStage, kExperiment };
  Kind kind = Kind::kRun;
  std::string name;                   // "sha256:…", "scorecard@3", …; of a run its id.
  std::vector<Ulid> runs;             // Told of in full; sorted.
  std::vector<Digest> artifacts;      // Whose lineage is shown too; sorted.
  std::vector<std::string> versions;  // "scorecard@3"; by name and version.
};

std::string_view BundleSubjectKindName(BundleSubject::Kind kind);  // "run", "model_version", …

BundleSubject SubjectOfRun(const Ulid& run);

// Content with the runs that wrote it, without those of them that were to reproduce another.
// Errors: kNotFound  no run is known that wrote it.
Result<BundleSubject> SubjectOfArtifact(Store& store, const Digest& digest);

// Versions with the runs that made them, which there may be none of.
Result<BundleSubject> SubjectOfVersion(Store& store, const RegisteredModel& version);
// Errors: kNotFound  there is no such model, or no version in that stage.
Result<BundleSubject> SubjectOfModel(Store& store, const std::string& name);
Result<BundleSubject> SubjectOfStage(Store& store, const std::string& stage);

// All runs of an experiment that are in the ledger.  Errors: kNotFound  there are none.
Result<BundleSubject> SubjectOfExperiment(Store& store, const std::string& experiment);

// One line that names it for the signature of the bundle: a run's id, "stage production", …
std::string SignedNameOf(const BundleSubject& subject);
// For people: "run 01…", "model scorecard", …
std::string TitleOf(const BundleSubject& subject);
// {"kind", "name", "runs", "artifacts", "versions"}
Json SubjectToJson(const BundleSubject& subject);

}  // namespace reprise::tracker
