// How much content files share, by the content-defined chunks that a store keeps them as: content
// is not read.  docs/formats/chunking.md.
//
// Thread-safety: pure functions; `objects` as its header says.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::lineage {

struct ContentFile {
  std::string path;
  std::string role;  // Of the use that it belongs to.
  Digest digest;
  std::uint64_t size_bytes = 0;
};

struct FoundFiles {
  std::vector<ContentFile> files;
  bool was_cut = false;  // There are more than were asked for.
};

// The file that `use` is, or the files below the folder: the first `files_max` of them.
// Errors: kNotFound, kCorruption  a folder's document is not stored, or damaged.
Result<FoundFiles> FilesOf(storage::ObjectReader& objects, const ArtifactUse& use,
                           std::size_t files_max = SIZE_MAX);

struct SharingFiles {
  std::size_t a = 0;  // Places in the lists that were compared.
  std::size_t b = 0;
  std::uint64_t shared_bytes = 0;  // Of the chunks of `b` that `a` has.
};

struct ContentOverlap {
  // Of chunks that both have; one that occurs m times here and n times there counts min(m, n)
  // times, so that it is at most either size.
  std::uint64_t shared_bytes = 0;
  std::uint64_t a_bytes = 0;
  std::uint64_t b_bytes = 0;
  // Which files share, most first.  A chunk that several files of `a` have is told of the first.
  std::vector<SharingFiles> files;
  std::vector<std::string> unread;  // Paths whose chunks are not known: not stored, or damaged.
};

struct OverlapOptions {
  std::function<bool()> is_cancelled = nullptr;  // Asked for each file and now and then within one.
  // Told of each file that has been looked at: how many there were, and their bytes.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress = nullptr;
};

// Errors: kInterrupted  it is cancelled; those of `objects` that are no damage.
Result<ContentOverlap> FindContentOverlap(storage::ObjectReader& objects,
                                          const std::vector<ContentFile>& a,
                                          const std::vector<ContentFile>& b,
                                          const OverlapOptions& options = {});

// "12.5 %"; 100.0 % is all of it and 0.0 % nothing, whatever would be nearest.
std::string PercentOf(std::uint64_t part, std::uint64_t whole);

}  // namespace reprise::lineage
