// Which rows of the index (tracker/run_index.h) may hold the runs for which an expression is true.
//
// A plan finds at least those runs; whoever uses it evaluates the expression for each.
//
// Thread-safety: pure functions, and as the catalog's reads.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/query/expression.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"

namespace reprise::tracker {

// Keys from `first` to before `end`, which begin with `prefix`.
struct KeyRange {
  std::string prefix;
  std::string first;
  std::optional<std::string> end;  // Absent: to the end of the prefix.
  bool is_listed = false;          // The keys are those of rows for lists.
};

struct Plan {
  enum class Kind { kRanges, kAnd, kOr };
  Kind kind = Kind::kRanges;
  std::vector<KeyRange> ranges;  // Of kRanges: the runs are in any of them.
  std::vector<Plan> parts;       // Of the others.
};

// Nullopt: no index serves it.
std::optional<Plan> PlanOf(const lineage::query::Expression& expression);

// The ids that the plan finds, ascending; nullopt when there may be more than `ids_max`.  Of parts
// that are joined by "and" the one with the fewest rows is read, and others as far as that pays.
// `rows_read`, when given, counts what was read.
// Errors: those of the catalog.
Result<std::optional<std::vector<Ulid>>> CandidatesOf(const storage::Catalog& catalog,
                                                      const Plan& plan, std::size_t ids_max,
                                                      std::uint64_t* rows_read = nullptr);

// The ids of the runs that no plan finds because they have too many fields, likewise.
Result<std::optional<std::vector<Ulid>>> WideRuns(const storage::Catalog& catalog,
                                                  std::size_t ids_max);

// The times, in milliseconds since the Unix epoch, between which a run must have started for the
// expression to be true.
struct StartWindow {
  std::int64_t from_unix_ms;
  std::int64_t until_unix_ms;
};
std::optional<StartWindow> StartWindowOf(const lineage::query::Expression& expression);

// The runs that started in the window although their ids say otherwise.
Result<std::optional<std::vector<Ulid>>> MisdatedRuns(const storage::Catalog& catalog,
                                                      const StartWindow& window,
                                                      std::size_t ids_max);

// The first and last ids that a run of which the id tells the start can have in the window.
Ulid FirstIdOf(const StartWindow& window);
Ulid LastIdOf(const StartWindow& window);

}  // namespace reprise::tracker
