// How a table in delimited text is written.
//
// Thread-safety: pure functions, with a source that one thread uses.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_source.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct TableShape {
  char delimiter = ',';
  bool has_header = false;
  std::vector<std::string> columns;  // Their names, or their numbers from 1 on.
};

// How the table at the start of `source` is written; absent: it is none.  `name` is that of the
// file: one that ends with .csv or .tsv is a table, others if they look like one.
// Errors: those of `source`.
Result<std::optional<TableShape>> FindTableShape(const ContentSource& source,
                                                 std::string_view name);

}  // namespace reprise::lineage
