#include "lineage/diff/row_counts.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {

RowKey RowKeyOf(const ComparedRow& row) {
  std::string bytes;
  for (std::size_t i = 0; i < row.columns(); ++i) {
    AppendLe<std::uint64_t>(bytes, row.field(i).size());
    bytes += row.field(i);
  }
  const Digest digest = crypto::Sha256(bytes);
  return {LoadLe<std::uint64_t>(digest.bytes()), LoadLe<std::uint64_t>(digest.bytes(), 8)};
}

Result<void> RowCounts::Add(const RowKey& key, bool is_before, std::uint64_t row) {
  const auto [place, is_new] = counts_.try_emplace(key, Count{0, row});
  place->second.count += is_before ? 1 : -1;
  if (place->second.count == 0) counts_.erase(place);
  return counts_.size() > held_max_ ? PutAside() : Result<void>();
}

Result<void> RowCounts::PutAside() {
  if (sorter_ == nullptr) sorter_ = std::make_unique<RowSorter>(sorting_);
  for (const auto& [key, count] : counts_) {
    REPRISE_TRY(sorter_->Add({key, static_cast<std::uint64_t>(count.count), count.first_row}));
  }
  counts_.clear();
  return {};
}

Result<void> RowCounts::Finish() {
  if (sorter_ != nullptr) return AddUp();
  for (const auto& [key, count] : counts_) {
    const auto rows = static_cast<std::uint64_t>(std::abs(count.count));
    (count.count > 0 ? removed_ : added_) += rows;
  }
  return {};
}

// Keeps the rows that come first, so that they can be shown, and the sums.
Result<void> RowCounts::AddUp() {
  REPRISE_TRY(PutAside());
  FirstRows removed;
  FirstRows added;
  RowKey key{};
  std::int64_t sum = 0;
  std::array<std::uint64_t, 2> first_rows{};  // Of those added to the sum, and taken from it.
  const auto finish_key = [&] {
    if (sum == 0) return;
    const bool is_before = sum > 0;
    (is_before ? removed_ : added_) += static_cast<std::uint64_t>(std::abs(sum));
    Note(key, {sum, first_rows[is_before ? 0 : 1]}, is_before ? removed : added);
  };
  REPRISE_TRY(sorter_->Finish([&](const SortedRow& row) -> Result<void> {
    if (row.key != key) {
      finish_key();
      key = row.key;
      sum = 0;
      first_rows = {UINT64_MAX, UINT64_MAX};
    }
    const auto count = static_cast<std::int64_t>(row.tag);
    sum += count;
    std::uint64_t& first = first_rows[count > 0 ? 0 : 1];
    first = std::min(first, row.row);
    return {};
  }));
  finish_key();
  sorter_.reset();
  counts_.insert(removed.begin(), removed.end());
  counts_.insert(added.begin(), added.end());
  return {};
}

void RowCounts::Note(const RowKey& key, const Count& count, FirstRows& firsts) const {
  const auto row_of = [](const auto& first) { return first.second.first_row; };
  firsts.emplace_back(key, count);
  std::ranges::push_heap(firsts, {}, row_of);
  if (firsts.size() <= held_max_) return;
  std::ranges::pop_heap(firsts, {}, row_of);
  firsts.pop_back();
}

bool RowCounts::Take(const RowKey& key, bool is_before) {
  const auto found = counts_.find(key);
  if (found == counts_.end() || (found->second.count > 0) != is_before) return false;
  found->second.count += is_before ? -1 : 1;
  if (found->second.count == 0) counts_.erase(found);
  return true;
}

}  // namespace reprise::lineage
