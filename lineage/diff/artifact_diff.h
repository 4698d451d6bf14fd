// How two artifacts differ, in full: every entry of folders, every column of tables, every tensor.
//
// Thread-safety: one thread at a time.

#pragma once

#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/compare/content_difference.h"
#include "lineage/diff/tree_diff.h"

namespace reprise::lineage {

struct ArtifactDiff {
  // kind: "folder", "table", "profiles", "safetensors", "unread" or one of lineage/compare's;
  // details: docs/diff.md.
  ContentDifference difference;
  // More for people, one printable line each, the most telling first.
  std::vector<std::string> lines;
};

struct ArtifactDiffOptions {
  // Of how many changed files of a folder the contents are compared, the first in path order.
  std::size_t described_files_max = 10;
};

// Two artifacts with different digests.  What is lost or damaged is no error: tables of which both
// profiles are known are compared by these ("profiles"), the rest is of the kind "unread", with a
// sentence that says so.
// Errors: kIoError.
Result<ArtifactDiff> DiffArtifacts(const StoredContents& contents, const ArtifactUse& before,
                                   const ArtifactUse& after, const ArtifactDiffOptions& options);

// Two contents.  `name` is that of the file.  Errors: those of the sources.
Result<ArtifactDiff> DiffContents(const ContentSource& before, const ContentSource& after,
                                  std::string_view name);

// {"kind", "digest", "size_bytes", "executable"} of a file or folder, {"kind", "target"} of a
// symlink; null for none.
Json TreeEntryToJson(const std::optional<storage::TreeEntry>& entry);

}  // namespace reprise::lineage
