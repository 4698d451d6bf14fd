#include "storage/rocksdb/sorted_changes.h"

#include <algorithm>
#include <cstring>

#include "storage/base/bytes.h"

namespace reprise::storage {
namespace {

// Keys that are shorter are padded with zeros: then the keys themselves decide.
std::uint64_t LoadPadded(std::string_view key, std::size_t position) {
  std::uint64_t number = 0;
  if (position >= key.size()) return number;
  std::memcpy(&number, key.data() + position, std::min(sizeof number, key.size() - position));
  return SwapBytes(number);
}

}  // namespace

SortedChange::SortedChange(const CatalogBatch::Change& of) : change_(&of) {
  for (std::size_t i = 0; i < first_bytes_.size(); ++i) {
    first_bytes_[i] = LoadPadded(of.key, i * sizeof(std::uint64_t));
  }
}

bool SortedChange::IsBeforeByKey(const SortedChange& other) const {
  if (const int order = change_->key.compare(other.change_->key); order != 0) return order < 0;
  return change_ < other.change_;  // The changes lie in one array, in their order.
}

ChangesBySpace BySpace(const CatalogBatch& batch) {
  ChangesBySpace changes;
  for (const CatalogBatch::Change& change : batch.changes()) {
    changes[static_cast<std::size_t>(change.space)].emplace_back(change);
  }
  return changes;
}

}  // namespace reprise::storage
