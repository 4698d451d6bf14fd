// JSON Lines of arbitrary bytes: their rows are the same however they are cut, and members to
// ignore are no part of them.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lineage/table/json_rows.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace {

using namespace reprise;           // NOLINT: a fuzz target is its own program.
using namespace reprise::lineage;  // NOLINT: likewise

struct Rows {
  bool ok = true;
  std::vector<FieldHash> hashes;
  std::uint64_t count = 0;
};

Rows RowsOf(std::string_view text, std::size_t part_bytes) {
  Rows rows;
  JsonRowHasher hasher({"id"}, [&](const FieldHash& hash, std::uint64_t row) -> Result<void> {
    REPRISE_ASSERT(row > rows.count);
    rows.count = row;
    rows.hashes.push_back(hash);
    return {};
  });
  for (std::size_t at = 0; rows.ok && at < text.size(); at += part_bytes) {
    rows.ok = hasher.Feed(text.substr(at, part_bytes)).ok();
  }
  rows.ok = rows.ok && hasher.Finish().ok();
  const RowAgreement agreement = hasher.Agreement();
  REPRISE_ASSERT(agreement.rows == rows.hashes.size());
  REPRISE_ASSERT(agreement.chance >= 0 && agreement.chance <= 1);
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  const Rows whole = RowsOf(text, size + 1);
  const Rows parts = RowsOf(text, 3);
  REPRISE_ASSERT(whole.ok == parts.ok);
  REPRISE_ASSERT(!whole.ok || whole.hashes == parts.hashes);
  return 0;
}
