// The tables that a check reads, on disk or in the store.
//
// Thread-safety: as the store.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lineage/check/check_table.h"
#include "lineage/compare/content_source.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Tables, open: one file, or the files of a folder.
struct OpenTables {
  std::string path;  // As recorded, or as it was named.
  Digest digest;     // Of the file or folder.
  std::vector<lineage::CheckedTable> tables;
  std::vector<std::unique_ptr<lineage::ContentSource>> contents;  // Theirs.
  // Of a file on disk: where it lies, and how it looked when its digest was taken.
  std::optional<std::string> path_on_disk;
  FileStat stat;
};

// The table that is or lies at `use`; of a folder all .csv and .tsv files.  The store must stay
// open as long as they are read.
// Errors: kNotFound  a folder has none; those of the object reader.
Result<OpenTables> OpenStoredTables(Store& store, const lineage::ArtifactUse& use);

// The one table that `named` is: a file on disk, which wins, or a REF.  The first call looks on
// disk and needs no store, which nobody should keep open while a long file is hashed; absent:
// nothing is there.  The second takes what the first found. Errors: kInvalidArgument  it is a run
// or a folder; kNotFound; those of reading.
Result<std::optional<OpenTables>> OpenTableOnDisk(FileSystem& files,
                                                  const std::string& working_directory,
                                                  const std::string& named);
Result<OpenTables> OpenNamedTable(std::optional<OpenTables> on_disk, Store& store,
                                  const std::string& working_directory, const std::string& named);

// Lets whoever waits for the store have it while a table on disk is read, as reading objects does
// (StoreOptions::gives_way).  `store` must outlive `tables`.
void GiveWayWhileReading(Store& store, OpenTables& tables);

// Whether a file on disk is still as it was when its digest was taken, after it was read.
// Errors: kIoError  it is not: what was computed is of neither content.
Result<void> RequireUnchanged(FileSystem& files, const OpenTables& tables);

// Which of a run's inputs is meant: the one at `path`, or with the role `role` ("train" says
// "training data", too); also by names like data/train.csv where the run gave no roles.
struct WantedInput {
  std::string role = "train";
  std::optional<std::string> path;
};
// Errors: kNotFound   none is; kAmbiguous  several are.  Both list inputs.
Result<lineage::ArtifactUse> FindInput(const StoredRun& run, const WantedInput& wanted);

}  // namespace reprise::tracker
