// Digests of many files at once, and their content stored where it is to be.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/recorder/digest_cache.h"

namespace reprise::tracker {

struct WantedContent {
  std::string path;   // Of a regular file; a symlink is followed.
  bool store = true;  // Else only its digest is wanted.
  // The result:
  std::optional<Digest> digest;  // None: it could not be read.
  FileStat stat;                 // After it was read; size_bytes: of what was read.
  bool changed = false;          // While it was read: `digest` may be of neither content.
  std::string problem;           // Why there is no digest: a sentence.
};

// Fills the results of `wanted`, on all processors.  Files that `cache` knows and `presence` has
// are not read.
// Errors: kNoSpace, and others of `writer`; a file that cannot be read is told in its `problem`.
Result<void> FetchContents(FileSystem& files, std::vector<WantedContent>& wanted,
                           DigestCache& cache, storage::PresenceIndex* presence,
                           storage::ObjectWriter& writer);

}  // namespace reprise::tracker
