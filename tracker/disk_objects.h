// Content on disk that is read as if it were in a store, and is not stored.
//
// Thread-safety: Add() before anything else; then as storage::ObjectReader.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/base/file.h"
#include "storage/object_store.h"
#include "tracker/refs.h"

namespace reprise::tracker {

// What was added is read from the disk, and all else from `stored`, which must outlive it.  What is
// read from the disk is hashed: a file that has changed meanwhile is an error (kIoError), and not
// other content.
class DiskObjects final : public storage::ObjectReader {
 public:
  DiskObjects(FileSystem& files, storage::ObjectReader& stored) : files_(files), stored_(stored) {}

  // Adds the file or folder at the absolute path `path`, of which `artifact` is the digest, with
  // everything below; documents of folders are held in memory.
  // Errors: as storage::Import(); kIoError  it is another than `artifact` now.
  Result<void> Add(const std::string& path, const ArtifactRef& artifact);

  bool empty() const { return objects_.empty(); }

  Result<storage::ObjectInfo> Describe(const Digest& digest) override;
  Result<std::string> Get(const Digest& digest) override;
  Result<void> Read(const Digest& digest,
                    const std::function<Result<void>(ByteSpan part)>& sink) override;
  Result<std::unique_ptr<storage::ObjectStream>> Open(const Digest& digest) override;
  // What is on the disk is one chunk, of the digest of the whole.
  Result<void> VisitChunks(const Digest& digest, const ChunkVisit& visit,
                           const ChunkVisit& visit_list) override;

 private:
  struct OnDisk {
    std::string path;  // Of a file; else `document` has the content.
    std::string document;
    std::uint64_t size_bytes = 0;
  };
  class Stream;
  class TextStream;

  FileSystem& files_;
  storage::ObjectReader& stored_;
  std::map<Digest, OnDisk> objects_;
};

}  // namespace reprise::tracker
