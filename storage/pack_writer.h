// Writes one pack into a session's folder.
//
// The pack carries a temporary name until Finish() has made its content durable, so that a name
// that ends in ".pack" is a whole pack.
//
// Thread-safety: one thread at a time.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/pack.h"

namespace reprise::storage {

class PackWriter {
 public:
  // Creates <folder>/<new id>.pack.tmp.
  // Errors: kIoError, kNoSpace, kReadOnly.
  static Result<std::unique_ptr<PackWriter>> Create(FileSystem& files, const std::string& folder,
                                                    const Ulid& store_id);

  // Errors: kIoError, kNoSpace  the pack is void.
  Result<void> Append(EncodedRecord record);

  // Whether the next record belongs into a new pack.
  bool full() const { return offset_ >= kPackBytesTarget || entries_.size() >= kPackEntriesMax; }
  const Ulid& id() const { return id_; }

  // Writes footer and trailer, makes the content durable and gives the pack its name.  The name is
  // durable once the caller has synced the folder.  Returns the size of the pack.
  // Errors: kIoError, kNoSpace  the pack is void: a failed sync is never retried.
  Result<std::uint64_t> Finish();

 private:
  PackWriter(FileSystem& files, std::string folder, const Ulid& id);
  Result<void> Write(ByteSpan bytes);

  FileSystem& files_;
  std::string folder_;
  Ulid id_;
  std::string temporary_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
  std::uint64_t written_back_ = 0;
  std::vector<PackEntry> entries_;
};

}  // namespace reprise::storage
