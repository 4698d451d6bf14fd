#include "lineage/diff/table_rows.h"

#include "lineage/compare/content_difference.h"
#include "lineage/compare/delimited_record.h"
#include "lineage/compare/wording.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {

Result<bool> TableRows::Next() {
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const auto record, reader_.NextRecord());
    if (reader_.is_too_long()) {
      why_not_ =
          "not as a table: a record is longer than " + std::to_string(kLineBytesMax) + " bytes";
      return false;
    }
    if (!record.has_value()) return false;
    if (skips_header_) {
      skips_header_ = false;
      continue;
    }
    const bool is_blank = *record == "\n" || *record == "\r\n";
    if (is_blank && shape_.columns.size() > 1) continue;
    ++row_;
    text_ = *record;
    return true;
  }
}

bool TableRows::Split() {
  auto fields = SplitRecord(text_, shape_.delimiter);
  const bool is_whole = fields.has_value() && fields->size() == shape_.columns.size();
  if (is_whole) {
    fields_ = *std::move(fields);
    return true;
  }
  why_not_ = "not as a table: row " + std::to_string(row_) +
             (fields.has_value() ? " has " + Counted(fields->size(), "field") + " and the table " +
                                       std::to_string(shape_.columns.size())
                                 : " has a quoted field without an end");
  return false;
}

RowKey RowKeyOf(const TableRows& rows) {
  std::string bytes;
  for (std::size_t i = 0; i < rows.columns(); ++i) {
    AppendLe<std::uint64_t>(bytes, rows.field(i).size());
    bytes += rows.field(i);
  }
  const Digest digest = crypto::Sha256(bytes);
  return {LoadLe<std::uint64_t>(digest.bytes()), LoadLe<std::uint64_t>(digest.bytes(), 8)};
}

void RowCounts::Add(const RowKey& key, std::int64_t count) {
  if (has_overflowed_ || key[1] % partitions_ != partition_) return;
  const auto [place, is_new] = counts_.try_emplace(key, 0);
  place->second += count;
  if (place->second == 0) {
    counts_.erase(place);
  } else if (is_new && counts_.size() > held_max_) {
    has_overflowed_ = true;
    counts_ = {};
  }
}

std::uint64_t RowCounts::removed() const {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : counts_) {
    if (count > 0) sum += static_cast<std::uint64_t>(count);
  }
  return sum;
}

std::uint64_t RowCounts::added() const {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : counts_) {
    if (count < 0) sum += static_cast<std::uint64_t>(-count);
  }
  return sum;
}

bool RowCounts::Take(const RowKey& key, bool is_before) {
  const auto found = counts_.find(key);
  if (found == counts_.end() || (found->second > 0) != is_before) return false;
  found->second += is_before ? -1 : 1;
  if (found->second == 0) counts_.erase(found);
  return true;
}

}  // namespace reprise::lineage
