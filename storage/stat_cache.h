// Digests of files by what stat(2) says of them.
//
// A file whose device, inode, size and times are what they were when it was hashed holds what it
// held.  Files that were changed at about the time at which they were hashed are not remembered: a
// later change within the resolution of the clock would go unseen (git's racy-timestamp rule).
//
// The cache is a sorted, mapped file; a damaged or foreign one is taken for empty.  It says what
// files hold, and nothing of what a store has.  docs/formats/stat_cache.md.
//
// Thread-safety: Find() and Add() from any thread; Save() from one, last.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::storage {

class StatCache {
 public:
  // The cache for what is imported from `root`, in `folder`; an empty `folder` remembers nothing.
  // What will be added was hashed no earlier than `hashed_since_unix_ns`.
  StatCache(FileSystem& files, const std::string& folder, const std::string& root,
            std::int64_t hashed_since_unix_ns);
  ~StatCache();
  StatCache(const StatCache&) = delete;
  StatCache& operator=(const StatCache&) = delete;

  // What is found is kept by Save().
  std::optional<Digest> Find(const FileStat& stat);
  void Add(const FileStat& stat, const Digest& digest);

  // Replaces the stored cache by what was found and added, unless that is what it has.
  // Failing costs time later, nothing else.
  void Save();

 private:
  // As it is stored.
  using Key = std::array<std::uint64_t, 5>;
  struct Record {
    Key key;
    Digest digest;
    friend auto operator<=>(const Record&, const Record&) = default;
  };
  class Run;

  static Key KeyOf(const FileStat& stat);
  Record RecordAt(std::size_t index) const;
  Result<void> Spill();
  Result<void> Write(File& file);
  Result<void> Merge(const std::function<Result<void>(const Record&)>& emit);

  FileSystem& files_;
  std::string path_;  // Empty: nothing is remembered.
  const std::int64_t hashed_since_unix_ns_;
  std::unique_ptr<FileMapping> mapping_;
  ByteSpan records_;
  std::vector<std::uint8_t> is_found_;  // Of each record; changed atomically.

  std::mutex mutex_;  // Guards what follows.
  std::vector<Record> added_;
  // Sorted runs of kRunRecords that were added earlier, one after another in a file.
  std::unique_ptr<File> spilled_;
  std::size_t runs_ = 0;
  bool failed_ = false;
};

}  // namespace reprise::storage
