// An ordered key-value index over the store's truth.
//
// Keys and values are byte strings; keys are ordered by their unsigned bytes, within a space.  The
// catalog can always be rebuilt from packs, journals and the ledger, so its writes are atomic but
// need not survive power loss by themselves.  What a key means is the business of the layers above.
//
// Backends: MemoryCatalog (tests, and rebuilding) and storage/rocksdb/.  tests/storage/
// catalog_contract_test.cc runs unchanged against all of them.
//
// Thread-safety: reads may run concurrently; Apply() excludes everything else by itself.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::storage {

// A kind of key, kept apart from the others.  The set is fixed; adding one raises the format of the
// catalog, which is then rebuilt.
enum class Space : std::uint8_t {
  kMeta,    // Facts about the catalog itself: format, ledger position applied.
  kChunk,   // Chunk digest → pack and place.
  kObject,  // Object digest → manifest record's pack and place.
  kPack,    // Pack id → size, counts.
  kRun,     // Run id → summary.
  kName,    // Names of runs, datasets, experiments → what they name.
  kEdge,    // Lineage, forward and backward.
  kLedger,  // Subject → ledger sequence numbers.
  kNode,    // Node of the lineage graph → its number.
};
inline constexpr std::size_t kSpaceCount = 9;
std::string_view SpaceName(Space space);

struct KeyValue {
  std::string key;
  std::string value;
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// Changes that happen together or not at all.  Later changes to a key outrank earlier ones.
//
// Keys and values are copied into memory of the batch, where they lie one after another.
class CatalogBatch {
 public:
  struct Change {
    Space space;
    std::string_view key;
    std::optional<std::string_view> value;  // Absent: the key is deleted.
  };
  struct Precondition {
    Space space;
    std::string key;
    std::optional<std::string> value;  // Absent: the key must not exist.
  };
  // What a batch holds so far.
  struct Position {
    std::size_t changes = 0;
    std::size_t preconditions = 0;
  };

  void Put(Space space, std::string_view key, std::string_view value);
  // Deleting an absent key is not an error.
  void Delete(Space space, std::string_view key);
  // Apply() fails with kAlreadyExists unless the key has exactly this value (or none).
  void Require(Space space, std::string key, std::optional<std::string> value);

  Position position() const { return {changes_.size(), preconditions_.size()}; }
  // Takes back what came after `position`, which is one that it had.  The memory is not given back.
  void CutBack(const Position& position);

  bool empty() const { return changes_.empty(); }
  // The views are valid as long as the batch.
  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<Precondition>& preconditions() const { return preconditions_; }

 private:
  std::string_view Keep(std::string_view bytes);

  std::vector<Change> changes_;
  std::vector<Precondition> preconditions_;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_;  // Of the keys and values.
};

struct ScanOptions {
  std::string prefix;                 // Only keys that begin with it.
  std::optional<std::string> from{};  // Start at this key (inclusive), in the scan's direction.
  bool reverse = false;               // Descending.
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // The value of `key`; nullopt if there is none.
  // Errors (all methods): kCorruption  the index is damaged: rebuild it.  kIoError.
  virtual Result<std::optional<std::string>> Get(Space space, std::string_view key) const = 0;

  // As Get for many keys at once, in their order; much cheaper than one by one when `keys` is
  // sorted.
  virtual Result<std::vector<std::optional<std::string>>> MultiGet(
      Space space, std::span<const std::string> keys) const = 0;

  // Calls `visit(key, value)` in key order until it returns false, over the rows as they were when
  // the call began.  The views are valid during the call only; `visit` may read the catalog but
  // must not change it.
  virtual Result<void> Scan(
      Space space, const ScanOptions& options,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;

  // Scans each of `prefixes`, which are sorted and none of which begins with another: calls
  // `visit(i, key, value)` for the rows that begin with prefixes[i], in key order; false goes on
  // with the next prefix.  Much cheaper than a Scan() for each.  Otherwise as Scan().
  virtual Result<void> ScanPrefixes(
      Space space, std::span<const std::string> prefixes,
      const std::function<bool(std::size_t prefix, std::string_view key, std::string_view value)>&
          visit) const;

  // Errors: kAlreadyExists  a precondition does not hold; nothing was changed.
  virtual Result<void> Apply(const CatalogBatch& batch) = 0;

 protected:
  Catalog() = default;
};

// The least byte string above every string that begins with `prefix`; nullopt if there is none,
// because the prefix is empty or all 0xff.
std::optional<std::string> EndOfPrefix(std::string_view prefix);

// What Apply() answers when `precondition` does not hold.  For backends.
Error PreconditionFailed(const CatalogBatch::Precondition& precondition);

// An empty catalog in memory, gone with the object.
std::unique_ptr<Catalog> NewMemoryCatalog();

}  // namespace reprise::storage
