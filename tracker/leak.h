// Whether data that a run trained on is also among what it was judged by.
//
// Every two inputs with different roles (train, validation, test, holdout) are compared: whole
// files, content-defined chunks, and rows of tables.
//
// Thread-safety: pure functions; the store as its header says.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/content_overlap.h"
#include "lineage/profile/table_rows.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

enum class SplitRole { kTrain, kValidation, kTest, kHoldout };
std::string_view SplitRoleName(SplitRole role);

// What the words of a role ("training data") say; absent if none is one of: train, training;
// validation, valid, val, dev; test, testing; holdout ("hold-out", "hold_out", too).
std::optional<SplitRole> SplitRoleOf(std::string_view role);
// Likewise by the names along a path, the last first: "data/test/part-1.csv", "X_train.npy".
std::optional<SplitRole> SplitRoleOfPath(std::string_view path);

struct LeakOptions {
  std::vector<std::string> ignored_columns;
  // Bounds for a check that somebody waits for; none: everything is read.
  std::optional<std::uint64_t> table_bytes_max;  // Of all tables together.
  std::optional<std::size_t> files_max;
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
  std::optional<lineage::SharedRows> rows;
  std::vector<std::string> columns;  // By which rows were compared.
};

struct LeakReport {
  std::vector<LeakFile> files;           // That have a role.
  std::vector<LeakingPair> pairs;        // That share something, by paths.
  std::vector<std::string> not_checked;  // Sentences.

  // Whether two roles are there to be compared.
  bool has_two_roles() const;
};

// Errors: those of reading the store; what is damaged or not stored is named in `not_checked`.
Result<LeakReport> FindLeaks(Store& store, const std::vector<lineage::ArtifactUse>& inputs,
                             const LeakOptions& options);

// "train data/a.csv and test data/b.csv share …", one line for each pair.
std::vector<std::string> LeakSentences(const LeakReport& report);
Json LeakToJson(const LeakReport& report);

}  // namespace reprise::tracker
