// Rows by which runs are found without looking at all of them: one for each indexed field of a run,
// ordered by the field's value.  docs/formats/catalog_keys.md has their form, docs/where.md what
// they serve.
//
// A row says that a run may have a value: whoever reads one looks at the run, too, because long
// texts are cut, and because a row may outlive what it said.  That a value has no row means that no
// run has it, but for the runs that have too many fields (kWideRunsPrefix).
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/query/field.h"
#include "lineage/query/value.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {

// All in Space::kName.
inline constexpr std::string_view kIndexPrefix = "by/";
// Before the id of a run with more than kIndexedKeysMax metrics, parameters and tags together,
// which have no rows.
inline constexpr std::string_view kWideRunsPrefix = "by_many/";
inline constexpr std::size_t kIndexedKeysMax = 256;
// Bytes of a text by which it is ordered.
inline constexpr std::size_t kIndexedTextBytesMax = 64;
// A run's id says when it started.  Only of runs of which it does not, by more than this, there is
// a row for "started".
inline constexpr std::int64_t kIdTimeSkewMsMax = 60'000;

// Whether all runs with such a field, or all but those that the field's comment excepts, have rows.
// Of "status" there are none for "finished", which most runs have.  Of "started": above.
bool IsIndexed(const lineage::query::Field& field);

// The keys of the run's rows, ascending.
std::vector<std::string> IndexKeysOf(const ListedRun& run);

// Puts the rows of `run`, and deletes those of `before`, the same run as it was, that it no longer
// has.
void PutIndexRows(const ListedRun* before, const ListedRun& run, storage::CatalogBatch& batch);

// What all rows of the field begin with.
std::string FieldRowsPrefix(const lineage::query::Field& field);

// What follows it, before the run's id: numbers in their order, then texts in that of their bytes,
// then NaN.
inline constexpr char kNumberRow = 'n';
inline constexpr char kTextRow = 't';
inline constexpr char kNanRow = 'z';
void AppendNumber(double number, std::string& key);        // 8 bytes, which sort as the numbers do.
void AppendText(std::string_view text, std::string& key);  // Cut; sorts as the texts do.
// The same without its end: what the rows of all texts that begin with `prefix` have in common.
void AppendTextPrefix(std::string_view prefix, std::string& key);
void AppendValueOf(const lineage::query::Value& value, std::string& key);

// At the end of a key; newer runs sort before older ones.
void AppendRunId(const Ulid& id, std::string& key);
Ulid RunIdOf(std::string_view key);  // Of at least 16 bytes.

// A run's row for lists, in Space::kName.
std::string ListedKey(const Ulid& id);

}  // namespace reprise::tracker
