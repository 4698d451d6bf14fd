// Digests of files by what stat(2) says of them.
//
// A file whose device, inode, size and times are what they were when it was hashed holds what it
// held.  Files that were changed at about the time at which they were hashed are not remembered: a
// later change within the resolution of the clock would go unseen (git's racy-timestamp rule).
//
// The cache is a sorted, mapped file; a damaged or foreign one is taken for empty.
// docs/formats/stat_cache.md.
//
// Thread-safety: Find() from any thread; the rest from one.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
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
  StatCache(FileSystem& files, const std::string& folder, const std::string& root);

  std::optional<Digest> Find(const FileStat& stat) const;
  // How many files it remembers.
  std::size_t size() const;

  // As it is stored.
  struct Record {
    std::array<std::uint64_t, 5> key;
    Digest digest;

    Record(const FileStat& stat, const Digest& digest_in);
  };

  // Replaces the cache by `records` of files hashed no earlier than `hashed_since_unix_ns`.
  // Failing costs time later, nothing else.
  void Save(std::vector<Record> records, std::int64_t hashed_since_unix_ns);

 private:
  FileSystem& files_;
  std::string path_;
  std::unique_ptr<FileMapping> mapping_;
  ByteSpan records_;
};

}  // namespace reprise::storage
