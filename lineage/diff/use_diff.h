// How the inputs, or the outputs, of two runs differ.
//
// Thread-safety: one thread at a time.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/diff/artifact_diff.h"

namespace reprise::lineage {

// Artifacts that only one run has, or two that belong together and differ.
struct UsePair {
  std::optional<ArtifactUse> before;
  std::optional<ArtifactUse> after;
  std::optional<ArtifactDiff> diff;  // Of contents that differ, if they were compared.

  // "changed" (the content), "removed", "added", "moved" (another path, the same content), "role",
  // "executable".
  std::string_view change() const;
};

// Pairs artifacts by path and role; of the rest, by path; of the rest, by role where each run has
// one of it that is left; of the rest, by content; of the rest, those of one role, kind and
// extension where each run has one that is left, and then those whose names are alike
// (lineage/diff/like_names.h).  Pairs that do not differ are left out.  Changed
// ones come first, then removed, added, moved and other ones, each by path.
std::vector<UsePair> PairUses(const std::vector<ArtifactUse>& before,
                              const std::vector<ArtifactUse>& after);

// Compares the contents of pairs whose contents differ: of the first `described_files_max`, and of
// as many files in each folder. Errors: those of DiffArtifacts().
Result<void> DescribeUses(const StoredContents& contents, const ArtifactDiffOptions& options,
                          std::vector<UsePair>& pairs);

}  // namespace reprise::lineage
