// A table of arbitrary bytes: whatever they are, its profile is the same however they are cut, can
// be written and read again, and keeps the bounds that it states; and a profile's document of
// arbitrary bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "lineage/profile/profile.h"
#include "lineage/profile/profile_builder.h"
#include "lineage/table/shared_rows.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace {

using namespace reprise;           // NOLINT: a fuzz target is its own program.
using namespace reprise::lineage;  // NOLINT: likewise

Profile ProfileOf(std::string_view text, std::size_t part_bytes) {
  ProfileBuilder builder;
  for (std::size_t at = 0; at < text.size(); at += part_bytes) {
    if (!builder.Feed(text.substr(at, part_bytes))) break;
  }
  Profile profile = builder.Finish();
  profile.size_bytes = text.size();
  return profile;
}

void CheckTable(std::string_view text) {
  const Profile profile = ProfileOf(text, text.size() + 1);
  const auto document = EncodeProfile(profile);
  REPRISE_ASSERT(document.ok());
  REPRISE_ASSERT(*EncodeProfile(ProfileOf(text, 3)) == *document);
  const auto again = DecodeProfile(*document);
  REPRISE_ASSERT(again.ok() && *EncodeProfile(*again) == *document);
  std::vector<std::string> names;
  for (const ColumnProfile& column : profile.columns) {
    REPRISE_ASSERT(column.missing <= profile.rows);
    REPRISE_ASSERT(!column.distinct_is_exact || column.distinct <= profile.rows - column.missing);
    names.push_back(column.name);
  }
  if (names.empty()) return;
  // The table against itself: every row that is not all missing is shared.
  SharedRowFinder finder({0, 1}, [](std::size_t, std::size_t) { return true; }, {});
  std::uint64_t hashed = 0;
  for (const std::size_t table : {0U, 1U}) {
    RowHasher hasher(names, [&](const FieldHash& hash, std::uint64_t row) {
      ++hashed;
      return finder.Add(table, hash, row);
    });
    REPRISE_ASSERT(hasher.Feed(text).ok() && hasher.Finish().ok());
    REPRISE_ASSERT(hasher.rows() == profile.rows);
    finder.SetRows(table, hasher.rows());
  }
  const auto shared = finder.Finish();
  REPRISE_ASSERT(shared.ok() && shared->size() == (hashed == 0 ? 0U : 1U));
  if (hashed == 0) return;
  const SharedRows& rows = shared->begin()->second;
  REPRISE_ASSERT(rows.a_shared * 2 == hashed && rows.b_shared == rows.a_shared);
}

// A sketch keeps the bound that it states.
void CheckSketch(ByteSpan bytes) {
  std::vector<double> numbers;
  QuantileSketch sketch;
  for (const std::byte byte : bytes) {
    const auto number = static_cast<double>(static_cast<unsigned char>(byte));
    // Spread, so that there are more than a summary has points.
    for (int i = 0; i < 4; ++i) {
      numbers.push_back(number * 1000 + static_cast<double>(numbers.size() % 997));
      sketch.Add(numbers.back());
    }
  }
  const QuantileSummary summary = sketch.Summary();
  std::ranges::sort(numbers);
  REPRISE_ASSERT(summary.count == numbers.size() && summary.points.size() <= kQuantilePointsMax);
  for (const double number : numbers) {
    const auto truth =
        static_cast<std::int64_t>(std::ranges::upper_bound(numbers, number) - numbers.begin());
    const std::int64_t wrong_by = std::abs(static_cast<std::int64_t>(summary.Rank(number)) - truth);
    REPRISE_ASSERT(wrong_by <= static_cast<std::int64_t>(summary.rank_error));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, std::min<std::size_t>(size, 1 << 14)));
  CheckTable(AsText(bytes));
  CheckSketch(bytes);
  if (const auto profile = DecodeProfile(AsText(bytes)); profile.ok()) {
    const auto document = EncodeProfile(*profile);
    REPRISE_ASSERT(document.ok() && *document == AsText(bytes));
  }
  return 0;
}
