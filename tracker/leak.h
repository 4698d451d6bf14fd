// Whether data that a run trained on is also among what it was judged by.
//
// Every two inputs with different roles (train, validation, test, and whatever else somebody has
// called them) are compared: whole files, content-defined chunks, and rows of tables and of JSON
// Lines, compressed by gzip or not.
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
  SplitRole role;
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
  std::vector<std::string> columns;  // By which rows were compared; none: those of JSON Lines.
  // How many rows of b would be shared by chance: lineage/table/value_counts.h.
  double expected_rows = 0;

  // Whether what is shared is no sign of a leak: rows that tell so little that chance gives as
  // many, of files that are not the same.
  bool is_by_chance() const {
    return rows.has_value() && !is_same_file &&
           lineage::IsWithinChance(rows->b_shared, expected_rows);
  }
};

// By their places in LeakReport::files.
using LeakingPairs = std::map<std::pair<std::size_t, std::size_t>, LeakingPair>;

struct LeakReport {
  std::vector<LeakFile> files;         // That have a role; by role.
  std::vector<LeakingPair> pairs;      // That share something, in the order of the files.
  std::vector<LeakingPair> by_chance;  // That share rows by chance alone: no leaks.
  // What could not be compared, or was not: a sentence each.  While there is one, `pairs` may lack
  // some.
  std::vector<std::string> not_checked;
  // Likewise, of files whose rows are not read as long as Reprise does not know their format.
  std::vector<std::string> not_read;

  bool is_complete() const { return not_checked.empty() && not_read.empty(); }
  // Whether two roles are there to be compared.
  bool has_two_roles() const;
};

// What is damaged or not stored is named in `not_checked`, and is no error.
// Errors: kInvalidArgument  no table and no row has a column to ignore.
//         Those of reading `objects`; of the temporary file, where rows are many; kInterrupted.
Result<LeakReport> FindLeaks(storage::ObjectReader& objects,
                             const std::vector<lineage::ArtifactUse>& inputs,
                             const LeakOptions& options);

// "train data/a.csv and test data/b.csv share …", one line for each pair.
std::vector<std::string> LeakSentences(const LeakReport& report);
// Likewise of what is shared by chance.
std::vector<std::string> ChanceSentences(const LeakReport& report);
Json LeakToJson(const LeakReport& report);

}  // namespace reprise::tracker
