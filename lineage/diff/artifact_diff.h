// How two artifacts differ, in full: every entry of folders, every column of tables, every tensor.
//
// Thread-safety: one thread at a time.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/compare/content_difference.h"
#include "lineage/diff/table_diff.h"
#include "lineage/diff/tree_diff.h"

namespace reprise::lineage {

struct ArtifactDiff {
  // kind: "folder", "table", "profiles", "safetensors", "unread", "withheld" or one of
  // lineage/compare's;
  // details: docs/diff.md.
  ContentDifference difference;
  // More for people, one printable line each, the most telling first.
  std::vector<std::string> lines;
};

struct ArtifactDiffOptions {
  // Of how many changed files of a folder the contents are compared, the first in path order.
  std::size_t described_files_max = 10;
  std::size_t rows_listed_max = kListedMax;  // As in TableLimits.
  // Whether single values of a column must not be told, in tables that are known by `paths`, or,
  // with no paths, in any table; none: all may be.
  std::function<bool(const std::string& column, const std::vector<std::string>& paths)>
      is_personal = nullptr;
  std::vector<std::string> known_paths{};  // Of the artifacts, besides those of their uses.
};

// Two artifacts with different digests.  What is lost or damaged is no error: tables of which both
// profiles are known are compared by these ("profiles"), the rest is of the kind "unread", with a
// sentence that says so.
// Errors: kIoError.
Result<ArtifactDiff> DiffArtifacts(const StoredContents& contents, const ArtifactUse& before,
                                   const ArtifactUse& after, const ArtifactDiffOptions& options);

// Two contents.  `name` is that of the file.  Tables with personal columns that cannot be compared
// as tables are of the kind "withheld"; of what archives hold no values are told that may be
// personal.  Errors: those of the sources.
Result<ArtifactDiff> DiffContents(const ContentSource& before, const ContentSource& after,
                                  std::string_view name, const TableLimits& limits = {});

// {"kind", "digest", "size_bytes", "executable"} of a file or folder, {"kind", "target"} of a
// symlink; null for none.
Json TreeEntryToJson(const std::optional<storage::TreeEntry>& entry);

}  // namespace reprise::lineage
