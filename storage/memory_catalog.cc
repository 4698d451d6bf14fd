// A catalog as one ordered map per space.
//
// A scan sees the space as it was when the scan began, and `visit` may read the catalog: Scan()
// holds no lock while it visits, but shares the ownership of the map, and Apply() copies a map that
// somebody shares before it changes it.  Both take and drop their share under the lock, so that
// Apply()'s look at use_count() is exact.

#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "storage/base/bytes.h"
#include "storage/catalog.h"

namespace reprise::storage {
namespace {

// std::string compares as unsigned bytes (char_traits<char>), which is the order of the contract.
using Rows = std::map<std::string, std::string, std::less<>>;

std::optional<std::string> Find(const Rows& rows, std::string_view key) {
  const auto row = rows.find(key);
  if (row == rows.end()) return std::nullopt;
  return row->second;
}

// Calls `visit` in ascending order over the rows that `options` names.
void ScanForward(const Rows& rows, const ScanOptions& options,
                 const std::function<bool(std::string_view, std::string_view)>& visit) {
  const std::string_view start =
      options.from.has_value() && *options.from > options.prefix ? *options.from : options.prefix;
  for (auto row = rows.lower_bound(start); row != rows.end(); ++row) {
    if (!row->first.starts_with(options.prefix) || !visit(row->first, row->second)) return;
  }
}

void ScanBackward(const Rows& rows, const ScanOptions& options,
                  const std::function<bool(std::string_view, std::string_view)>& visit) {
  const std::optional<std::string> end = EndOfPrefix(options.prefix);
  auto row = end.has_value() ? rows.lower_bound(*end) : rows.end();
  if (options.from.has_value() && (!end.has_value() || *options.from < *end)) {
    row = rows.upper_bound(*options.from);
  }
  while (row != rows.begin()) {
    --row;
    if (!row->first.starts_with(options.prefix) || !visit(row->first, row->second)) return;
  }
}

class MemoryCatalog final : public Catalog {
 public:
  MemoryCatalog() {
    for (std::shared_ptr<Rows>& rows : spaces_) rows = std::make_shared<Rows>();
  }

  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override {
    const std::shared_lock lock(mutex_);
    return Find(*RowsOf(space), key);
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(
      Space space, std::span<const std::string> keys) const override {
    const std::shared_lock lock(mutex_);
    const Rows& rows = *RowsOf(space);
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string& key : keys) values.push_back(Find(rows, key));
    return values;
  }

  Result<void> Scan(
      Space space, const ScanOptions& options,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    std::shared_lock lock(mutex_);
    std::shared_ptr<const Rows> rows = RowsOf(space);
    lock.unlock();
    if (options.reverse) {
      ScanBackward(*rows, options, visit);
    } else {
      ScanForward(*rows, options, visit);
    }
    lock.lock();
    rows.reset();
    return {};
  }

  Result<void> Apply(const CatalogBatch& batch) override {
    const std::unique_lock lock(mutex_);
    for (const CatalogBatch::Precondition& precondition : batch.preconditions()) {
      if (Find(*RowsOf(precondition.space), precondition.key) != precondition.value) {
        return PreconditionFailed(precondition);
      }
    }
    for (const CatalogBatch::Change& change : batch.changes()) {
      std::shared_ptr<Rows>& rows = spaces_[static_cast<std::size_t>(change.space)];
      if (rows.use_count() > 1) rows = std::make_shared<Rows>(*rows);
      if (change.value.has_value()) {
        rows->insert_or_assign(std::string(change.key), std::string(*change.value));
      } else {
        rows->erase(std::string(change.key));
      }
    }
    return {};
  }

 private:
  const std::shared_ptr<Rows>& RowsOf(Space space) const {
    return spaces_[static_cast<std::size_t>(space)];
  }

  mutable std::shared_mutex mutex_;
  std::array<std::shared_ptr<Rows>, kSpaceCount> spaces_;  // Shared with scans; see above.
};

}  // namespace

std::unique_ptr<Catalog> NewMemoryCatalog() { return std::make_unique<MemoryCatalog>(); }

}  // namespace reprise::storage
