// How two versions of what a run wrote differ: files by their content, folders entry by entry.

#pragma once

#include "lineage/artifact.h"
#include "lineage/compare/content_difference.h"
#include "storage/object_store.h"

namespace reprise::lineage {

// Of two folders: which entries differ, are missing or were added, and how the content of the first
// file that differs does.  Subfolders with one digest are not entered.
// Errors: those of `reader`.
Result<ContentDifference> CompareFolders(storage::ObjectReader& reader, const Digest& expected,
                                         const Digest& actual);

// Of two artifacts with different digests.
// Errors: those of `reader`.
Result<ContentDifference> CompareArtifacts(storage::ObjectReader& reader,
                                           const ArtifactUse& expected, const ArtifactUse& actual);

}  // namespace reprise::lineage
