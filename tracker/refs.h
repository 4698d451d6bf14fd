// What people call things (docs/cli.md, "Naming things").

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "lineage/artifact.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ArtifactRef {
  Digest digest;
  // Known when the reference was a model, a dataset, a path on disk or a place in a run; absent for
  // a bare digest.
  std::optional<lineage::ArtifactKind> kind;
  bool executable = false;  // Of a file, as far as the reference tells.
  // Of RUN:PATH that is an output of the run.
  struct OutputOf {
    Ulid run;
    std::string path;
  };
  std::optional<OutputOf> output_of{};
  std::string path_on_disk{};  // As it was given, where the reference was one.
};

// A run, or content.
using Resolved = std::variant<Ulid, ArtifactRef>;

struct RefContext {
  Store& store;
  std::string working_directory;  // Absolute; for paths on disk.
};

// Tries, in order: "@last" forms, a run's name, a run id or its prefix of 4 characters or more, a
// digest or its prefix ("sha256:" or 8 or more hexadecimal digits of a stored object), a path on
// disk, a model's version ("scorecard@3", "scorecard@production"), a dataset's name (the newest
// version), REF:PATH.
// Errors: kNotFound   names nothing.
//         kAmbiguous  names several things, which the message lists; a model or dataset and a path
//                     with its content are one.
Result<Resolved> ResolveRef(const RefContext& context, const std::string& ref);

// As ResolveRef, for a run only.
Result<Ulid> ResolveRun(const RefContext& context, const std::string& ref);

// As ResolveRef, for content only; with REF:PATH that place in a run or tree.
Result<ArtifactRef> ResolveArtifact(const RefContext& context, const std::string& ref);

}  // namespace reprise::tracker
