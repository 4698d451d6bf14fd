// Decoded blocks and open packs, the most recently used of each.
//
// A block of small files is read many times in a row while a folder is restored; it is decompressed
// once.  Its chunks are not verified against their digests here: whoever hands one out does that.
//
// Thread-safety: all methods may be called concurrently.

#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "storage/object_index.h"
#include "storage/pack_reader.h"

namespace reprise::storage {

// The values of the most recently used keys, as long as their costs add up to at most `cost_max`
// (a value that costs more is kept alone).
template <typename Key, typename Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t cost_max) : cost_max_(cost_max) {}

  // nullptr: not here.
  std::shared_ptr<const Value> Find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().value;
  }

  void Insert(const Key& key, std::shared_ptr<const Value> value, std::size_t cost) {
    const std::lock_guard lock(mutex_);
    if (places_.contains(key)) return;
    entries_.push_front({key, std::move(value), cost});
    places_[key] = entries_.begin();
    cost_ += cost;
    while (cost_ > cost_max_ && entries_.size() > 1) {
      cost_ -= entries_.back().cost;
      places_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

 private:
  struct Entry {
    Key key;
    std::shared_ptr<const Value> value;  // Shared with readers that outlast its place here.
    std::size_t cost;
  };
  const std::size_t cost_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // The most recent first.
  std::map<Key, typename std::list<Entry>::iterator> places_;
  std::size_t cost_ = 0;
};

class BlockCache {
 public:
  BlockCache(FileSystem& files, const ObjectIndex& index) : files_(files), index_(index) {}

  // The pack's reader, opened if need be.
  // Errors: as PackReader::Open, but an absent pack is kCorruption: the index names it.
  Result<std::shared_ptr<const PackReader>> Pack(const Ulid& pack);

  // The block that holds the chunk at `place`.
  // Errors: kCorruption  with the pack in the message.  kIoError.
  Result<std::shared_ptr<const Block>> Get(const PlaceRow& place);

 private:
  static constexpr std::size_t kPacksMax = 64;
  static constexpr std::size_t kCacheBytesMax = 16U << 20;

  FileSystem& files_;
  const ObjectIndex& index_;
  RecentlyUsed<Ulid, PackReader> packs_{kPacksMax};
  RecentlyUsed<std::pair<Ulid, std::uint32_t>, Block> blocks_{kCacheBytesMax};
};

}  // namespace reprise::storage
