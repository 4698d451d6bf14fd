// Keys of one space often begin with the same words.  So a sort compares one part of the keys, and
// where many agree in it, they are sorted by the next one.

#include "storage/rocksdb/sorted_changes.h"

#include <algorithm>
#include <cstring>

#include "storage/base/bytes.h"

namespace reprise::storage {
namespace {

constexpr std::size_t kFewChanges = 16;  // Comparing whole keys costs less than another part.

// Keys that are shorter are padded with zeros: then the keys themselves decide.
std::uint64_t LoadPadded(std::string_view key, std::size_t position) {
  std::uint64_t number = 0;
  if (position >= key.size()) return number;
  std::memcpy(&number, key.data() + position, std::min(sizeof number, key.size() - position));
  return SwapBytes(number);
}

}  // namespace

bool SortedChange::IsBeforeByKey(const SortedChange& a, const SortedChange& b) {
  if (const int order = a.change_->key.compare(b.change_->key); order != 0) return order < 0;
  return a.change_ < b.change_;  // The changes lie in one array, in their order.
}

void SortByKey(std::span<SortedChange> changes, std::size_t position) {
  for (SortedChange& sorted : changes) {
    for (std::size_t i = 0; i < sorted.part_.size(); ++i) {
      sorted.part_[i] = LoadPadded(sorted.change_->key, position + i * sizeof(std::uint64_t));
    }
  }
  std::sort(changes.begin(), changes.end(), [](const SortedChange& a, const SortedChange& b) {
    return SortedChange::IsBeforeByPart(a, b);  // Inlined, as its address would not be.
  });
  const std::size_t next = position + sizeof(SortedChange::Part);
  for (auto begin = changes.begin(); begin != changes.end();) {
    const auto end = std::find_if(begin + 1, changes.end(), [&](const SortedChange& other) {
      return SortedChange::IsBeforeByPart(*begin, other);
    });
    const std::span<SortedChange> same(begin, end);
    const bool all_go_on = std::ranges::all_of(
        same, [&](const SortedChange& sorted) { return sorted.change_->key.size() > next; });
    if (same.size() > kFewChanges && all_go_on) {
      SortByKey(same, next);
    } else if (same.size() > 1) {
      std::ranges::sort(same, SortedChange::IsBeforeByKey);
    }
    begin = end;
  }
}

ChangesBySpace BySpace(const CatalogBatch& batch) {
  ChangesBySpace changes;
  for (const CatalogBatch::Change& change : batch.changes()) {
    changes[static_cast<std::size_t>(change.space)].emplace_back(change);
  }
  return changes;
}

}  // namespace reprise::storage
