// Digests of files that are named but not stored, such as system libraries, remembered between
// runs.
//
// A digest is believed while the file's device, inode, size and times are unchanged.  A file that
// was changed in the two seconds before it was read is not remembered, because a later change
// within the resolution of its times would go unseen (git's racy-timestamp rule).
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

class DigestCache {
 public:
  // Reads the cache of the store whose cache folder is `folder`; a damaged or missing one is empty.
  // `looked_at`: the files that it is about, where those are others than `files` has.
  DigestCache(FileSystem& files, const std::string& folder, FileSystem* looked_at = nullptr);

  // The digest of the content of the file at `path`.
  // Errors: it cannot be read.
  Result<Digest> DigestOf(const std::string& path);

  // What is known of the file at `path`, which is described by `stat` now.
  std::optional<Digest> Find(const std::string& path, const FileStat& stat) const;

  // That content of `digest` was read from the file at `path`, which `stat` described before that.
  // Passes over a file that changed meanwhile, or not long before `read_at_unix_ns`.
  void Remember(const std::string& path, const FileStat& stat, const Digest& digest,
                std::int64_t read_at_unix_ns);

  // Writes what was learnt; failing costs time later, nothing else.
  void Save();

 private:
  struct Entry {
    FileStat stat;
    Digest digest;
  };

  FileSystem& files_;
  FileSystem& looked_at_;
  std::string path_;
  std::map<std::string, Entry> entries_;
  bool changed_ = false;
};

}  // namespace reprise::tracker
