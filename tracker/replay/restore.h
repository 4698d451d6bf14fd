// Laying a run out on disk again.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

enum class RunPart { kCode, kInputs, kOutputs, kEnvironment };

struct RestoreOptions {
  std::set<RunPart> parts = {RunPart::kCode, RunPart::kInputs, RunPart::kOutputs};
  bool outside_files = true;    // Those from outside of the project, too.
  FileSystem* files = nullptr;  // Where to write; absent: through that of the store.
};

struct Restored {
  std::vector<std::string> warnings;  // What is recorded but not stored.
};

// Lays the project of `run` out in `folder`, which must not exist or be empty (but for the claim of
// the NewFolder that it is): code, inputs and
// outputs at their paths, files from outside of the project under `folder`/.outside/<absolute
// path>. kEnvironment writes the environment document to `folder`/.reprise-environment.json and the
// files of it that lie in the project. Errors: kAlreadyExists  `folder` is not empty; nothing was
// changed.
//         kCorruption, kNotFound  stored content is damaged or missing.
Result<Restored> RestoreRun(Store& store, const StoredRun& run, const std::string& folder,
                            const RestoreOptions& options);

// Makes the folders above `path` (relative to `folder`), so that what is written there stays in
// `folder`: a link on the way that leads out of it, as one to a scratch disk does, gives way to a
// folder, which a sentence in `warnings` says.
// Errors: kCorruption  `path` has a part "..", "." or "", as no recorded path has.
Result<void> MakeParentsInside(FileSystem& files, const std::string& folder,
                               const std::string& path, std::vector<std::string>& warnings);

// Lays one artifact out at `path`, which must not exist, as a whole or not at all; `files` as in
// RestoreOptions.
Result<void> RestoreArtifact(Store& store, const Digest& digest, bool folder, bool executable,
                             const std::string& path, FileSystem* files = nullptr);

// "code,inputs,…".  Errors: kInvalidArgument.
Result<std::set<RunPart>> ParseRunParts(const std::string& list);

}  // namespace reprise::tracker
