// DiffContents() on two arbitrary contents, as tables, tensors or anything else: no crash, no
// failure, lines that a terminal can show, members that have a canonical form, and numbers in their
// ranges; the same rows are counted however few are held; and what is compared and what is profiled
// is the same table.
//
// What comes out is docs/diff.md.  The first byte chooses the name, the next two the length of the
// first content; the rest is both, one after the other.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "lineage/compare/content_source.h"
#include "lineage/compare/table_reader.h"
#include "lineage/diff/artifact_diff.h"
#include "lineage/diff/table_diff.h"
#include "lineage/profile/profile_builder.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

namespace {

using namespace reprise;  // NOLINT: a fuzz target is its own program.

void CheckLine(std::string_view line) {
  REPRISE_ASSERT(!line.empty() && IsUtf8(line));
  REPRISE_ASSERT(
      std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

void CheckTables(const lineage::ContentSource& before, const lineage::ContentSource& after,
                 std::string_view name) {
  std::string why_not;
  const auto whole = lineage::DiffTables(before, after, name, why_not);
  REPRISE_ASSERT(whole.ok());
  const auto parts =
      lineage::DiffTables(before, after, name, why_not,
                          {.rows_held_max = 2,
                           .sorting = {.held_bytes_max = 8 * sizeof(lineage::SortedRow)},
                           .columns = {.values_held_max = 8}});
  REPRISE_ASSERT(parts.ok() && parts->has_value() == whole->has_value());
  if (!whole->has_value()) return;
  const lineage::TableDiff& diff = **whole;
  const lineage::TableDiff& other = **parts;
  REPRISE_ASSERT(other.rows_added == diff.rows_added && other.rows_removed == diff.rows_removed);
  if (diff.rows_added.has_value()) {
    REPRISE_ASSERT(diff.rows_before + *diff.rows_added == diff.rows_after + *diff.rows_removed);
  }
  for (const lineage::ColumnDiff& column : diff.columns) {
    const double distance = column.kolmogorov_smirnov.value_or(0);
    REPRISE_ASSERT(distance >= 0 && distance <= 1);
    REPRISE_ASSERT(column.population_stability.value_or(0) >= 0);
  }
}

void CheckReader(std::string_view text) {
  const lineage::MemoryContent content(text);
  lineage::TableReader reader(content);
  const auto begun = reader.Begin();
  REPRISE_ASSERT(begun.ok());
  while (*begun) {
    const auto has_row = reader.Next();
    REPRISE_ASSERT(has_row.ok());
    if (!*has_row) break;
    REPRISE_ASSERT(reader.fields().size() == reader.shape().columns.size());
  }
  lineage::ProfileBuilder builder;
  builder.Feed(text);
  const lineage::Profile profile = builder.Finish();
  const bool is_table = *begun && reader.why_not().empty();
  if (reader.shape().columns.size() > lineage::kProfileColumnsMax) return;
  REPRISE_ASSERT(profile.problem.has_value() != is_table);
  if (!is_table) return;
  REPRISE_ASSERT(profile.rows == reader.row() && profile.delimiter == reader.shape().delimiter);
  REPRISE_ASSERT(profile.has_header == reader.shape().has_header);
  for (std::size_t i = 0; i < profile.columns.size(); ++i) {
    REPRISE_ASSERT(profile.columns[i].name == reader.shape().columns[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kNames[] = {"t.csv", "t.tsv", "", "m.safetensors"};
  std::string_view rest = AsText(std::as_bytes(std::span(data, size)));
  if (rest.size() < 3) return 0;
  const std::string_view name = kNames[static_cast<unsigned char>(rest[0]) % std::size(kNames)];
  const std::size_t length = LoadLe<std::uint16_t>(AsBytes(rest), 1);
  rest.remove_prefix(3);
  // Exactly as large as they are, so that the sanitizers see a read beyond an end.
  const std::string before(rest.substr(0, std::min(length, rest.size())));
  const std::string after(rest.substr(before.size()));
  const lineage::MemoryContent old_content(before);
  const lineage::MemoryContent new_content(after);
  CheckTables(old_content, new_content, name);
  CheckReader(before);
  const auto diff = lineage::DiffContents(old_content, new_content, name);
  REPRISE_ASSERT(diff.ok());
  CheckLine(diff->difference.sentence);
  for (const std::string& line : diff->lines) CheckLine(line);
  REPRISE_ASSERT(Canonicalize(lineage::ContentDifferenceToJson(diff->difference)).ok());
  return 0;
}
