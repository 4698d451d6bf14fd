// Whether data that a run trained on is also among what it was judged by.
//
// Every two inputs with different roles (train, validation, test, holdout) are compared: whole
// files, content-defined chunks, and rows of tables.
//
// Thread-safety: pure functions; `objects` as its header says.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/content_overlap.h"
#include "lineage/table/shared_rows.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/split_role.h"

namespace reprise::tracker {

struct LeakOptions {
  std::vector<std::string> ignored_columns;
  // Bounds for a check that somebody waits for; none: everything is read.
  std::optional<std::uint64_t> table_bytes_max;  // Of all tables together.
  std::optional<std::size_t> files_max;
  // How rows are sorted, and whether somebody has had enough.
  lineage::RowSorterOptions sorting{};
};

struct LeakFile {
  SplitRole role = SplitRole::kTrain;
  bool role_is_given = false;  // Else it was told from the path.
  lineage::ContentFile file;
};

struct LeakingPair {
  LeakFile a;  // Of the role that comes first.
  LeakFile b;
  bool is_same_file = false;
  std::uint64_t shared_bytes = 0;  // Of chunks of b that a has.
  // Of rows that several tables of one role have, the first is told.
  std::optional<lineage::SharedRows> rows;
  std::vector<std::string> columns;  // By which rows were compared.
};

// By their places in LeakReport::files.
using LeakingPairs = std::map<std::pair<std::size_t, std::size_t>, LeakingPair>;

struct LeakReport {
  std::vector<LeakFile> files;     // That have a role; by role.
  std::vector<LeakingPair> pairs;  // That share something, in the order of the files.
  // What could not be compared, or was not: a sentence each.  While there is one, `pairs` may lack
  // some.
  std::vector<std::string> not_checked;

  bool is_complete() const { return not_checked.empty(); }
  // Whether two roles are there to be compared.
  bool has_two_roles() const;
};

// What is damaged or not stored is named in `not_checked`, and is no error.
// Errors: those of reading `objects`; of the temporary file, where rows are many; kInterrupted.
Result<LeakReport> FindLeaks(storage::ObjectReader& objects,
                             const std::vector<lineage::ArtifactUse>& inputs,
                             const LeakOptions& options);

// "train data/a.csv and test data/b.csv share …", one line for each pair.
std::vector<std::string> LeakSentences(const LeakReport& report);
Json LeakToJson(const LeakReport& report);

}  // namespace reprise::tracker
