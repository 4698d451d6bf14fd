// Files that hold rows, by their names, and how those are read.
//
// Thread-safety: pure functions; `objects` as its header says.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

enum class RowFormat { kDelimited, kJsonLines };

struct RowFile {
  RowFormat format = RowFormat::kDelimited;
  bool is_gzip = false;
};

// How the rows of a file of this name are read: .csv, .tsv, .jsonl or .ndjson, with .gz behind it
// or not, in any case.  Absent: they are not, or it has none.
std::optional<RowFile> RowFileOf(std::string_view path);

// Whether a file of this name holds rows, or is likely to, that Reprise does not read: .parquet,
// .npy, .csv.zip and their like.
bool HoldsUnreadRows(std::string_view path);

// Calls `feed` with the content, expanded, part by part, until it fails.
// Errors: kCorruption, kNotFound  it is damaged, or not stored; and other errors of `objects`.
//         Those of `feed`.
Result<void> ReadRowFile(storage::ObjectReader& objects, const Digest& digest, const RowFile& file,
                         const std::function<Result<void>(std::string_view part)>& feed);

}  // namespace reprise::tracker
