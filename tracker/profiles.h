// Profiles of the tables that a store holds (lineage/profile): made once for each content, kept as
// entries of the ledger.  docs/decisions/0021-profiles-are-ledger-entries.md.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/profile/profile.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/column_settings.h"
#include "tracker/store.h"

namespace reprise::tracker {

// A file that is taken for a table, by its name.
struct TableFile {
  std::string path;  // As the run or dataset names it; of one in a folder, with the folder's.
  std::string role;
  Digest content;
  std::uint64_t size_bytes = 0;
};

// The tables among `uses`, those in folders too: at most kTablesMax, and of each folder those among
// its first kFolderEntriesMax entries.  A folder whose document is damaged or lost is passed over.
inline constexpr std::size_t kTablesMax = 1000;
inline constexpr std::size_t kFolderEntriesMax = 10'000;
Result<std::vector<TableFile>> TablesOf(Store& store,
                                        const std::vector<lineage::ArtifactUse>& uses);

// Those of them that have no profile, each content once.
Result<std::vector<TableFile>> TablesWithoutProfile(Store& store,
                                                    const std::vector<lineage::ArtifactUse>& uses);

// The same of all that a run read or wrote.
Result<std::vector<TableFile>> TablesOfRunWithoutProfile(Store& store, const StoredRun& run);

// The stored profile of `content`.
Result<std::optional<lineage::Profile>> StoredProfile(Store& store, const Digest& content);

// The stored profile of `content`, else one that is computed now and not kept; absent: there is
// none, and the content is gone or damaged.  Errors: those of reading the store.
Result<std::optional<lineage::Profile>> AnyProfile(Store& store, const Digest& content);

// Reads the content and profiles it.  Errors: as storage::ObjectReader::Read().
Result<lineage::Profile> ComputeProfile(storage::ObjectReader& objects, const Digest& content);

// Profiles `tables`, which have no profile, up to the size that `settings` allow and at most
// kProfiledBytesMax in all, and enters the profiles in the ledger, some at once, until `stop` says
// so.  Returns how many were made.
// Errors: of reading and writing the store; what was entered before stays.
inline constexpr std::uint64_t kProfiledBytesMax = std::uint64_t{512} << 20;
Result<std::uint64_t> RecordProfiles(Store& store, const ColumnSettings& settings,
                                     const std::vector<TableFile>& tables,
                                     const std::function<bool()>& stop);

}  // namespace reprise::tracker
