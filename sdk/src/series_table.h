// Maps the keys of metrics to the numbers that they have in one segment.
//
// Open addressing with linear probing; the load stays at or below one half.  The keys themselves
// stand in the segment (in its kMetricKey records), so finding one allocates nothing and touches
// two cache lines.  Thread-safety: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace reprise::sdk {

// Multiplicative hashing by words; the final shift brings the well-mixed high bits down.
inline std::uint64_t HashKey(std::string_view key) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
  std::uint64_t state = key.size() * kFactor;
  const char* at = key.data();
  std::size_t left = key.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state = (state ^ word) * kFactor;
    state ^= state >> 32;
  }
  std::uint64_t word = 0;
  if (left >= 4) {
    std::uint32_t low;
    std::uint32_t high;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + left - 4, 4);
    word = low | static_cast<std::uint64_t>(high) << 32;
  } else if (left > 0) {
    const auto byte = [at](std::size_t i) {
      return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i]));
    };
    word = byte(0) | byte(left / 2) << 8 | byte(left - 1) << 16;
  }
  state = (state ^ word) * kFactor;
  return state ^ (state >> 32);
}

// memcmp for short keys without the call.
inline bool SameKey(const char* a, const char* b, std::size_t size) {
  for (; size >= 8; a += 8, b += 8, size -= 8) {
    std::uint64_t word_a;
    std::uint64_t word_b;
    std::memcpy(&word_a, a, 8);
    std::memcpy(&word_b, b, 8);
    if (word_a != word_b) return false;
  }
  for (; size > 0; ++a, ++b, --size) {
    if (*a != *b) return false;
  }
  return true;
}

template <std::uint64_t (*Hash)(std::string_view) = HashKey>
class SeriesTable {
 public:
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  // The number of `key`, or kAbsent.
  std::uint32_t Find(std::string_view key) const {
    if (entries_.empty()) return kAbsent;
    const std::uint64_t hash = Hash(key);
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const Entry& entry = entries_[at];
      if (entry.key == nullptr) return kAbsent;
      if (entry.hash == static_cast<std::uint32_t>(hash >> 32) && entry.size == key.size() &&
          SameKey(entry.key, key.data(), key.size())) {
        return entry.series;
      }
    }
  }

  // Gives the next number to `key`, which must be absent and stay valid until Clear(), whose size
  // fits 32 bits.  May allocate.
  std::uint32_t Add(std::string_view key) {
    if ((count_ + 1) * 2 > entries_.size()) Grow();
    Place(Entry{key.data(), static_cast<std::uint32_t>(key.size()),
                static_cast<std::uint32_t>(Hash(key) >> 32), count_},
          Hash(key));
    return count_++;
  }

  // Makes room for one more, so that the next Add() cannot fail.
  void Reserve() {
    if ((count_ + 1) * 2 > entries_.size()) Grow();
  }

  // Forgets all keys; keeps the memory.
  void Clear() {
    if (count_ > 0) entries_.assign(entries_.size(), Entry{});
    count_ = 0;
  }

  std::uint32_t size() const { return count_; }

 private:
  struct Entry {
    const char* key = nullptr;
    std::uint32_t size = 0;
    std::uint32_t hash = 0;  // Its high half; the low half chose the place.
    std::uint32_t series = 0;
  };

  void Place(const Entry& entry, std::uint64_t hash) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t at = hash & mask;
    while (entries_[at].key != nullptr) at = (at + 1) & mask;
    entries_[at] = entry;
  }

  void Grow() {
    std::vector<Entry> old(entries_.empty() ? 64 : entries_.size() * 2);
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.key != nullptr) Place(entry, Hash({entry.key, entry.size}));
    }
  }

  std::vector<Entry> entries_;
  std::uint32_t count_ = 0;
};

}  // namespace reprise::sdk
