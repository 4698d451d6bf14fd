// Reads one pack: its index, its records, and whatever of it is whole after damage.
//
// Packs are read by calls rather than by mapping, so that a failing device is an error, not a
// signal.
//
// Thread-safety: all methods may be called concurrently.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/pack.h"

namespace reprise::storage {

struct PackScan {
  std::uint64_t records = 0;        // Whole ones.
  std::uint64_t damaged_bytes = 0;  // Between and after them, that should have been records.
};

// What Verify() found.
struct PackDamage {
  bool index = false;                // The index is unreadable, or lists other than what is there.
  std::uint64_t damaged_bytes = 0;   // As in PackScan.
  std::vector<PackEntry> entries{};  // Of the index, whose content is not what they name.
  bool any() const { return index || damaged_bytes > 0 || !entries.empty(); }
};

class PackReader {
 public:
  // Opens the file at `path` and checks its header.  Messages name the path.
  // Errors: kNotFound, kIoError, kCorruption.  kUnsupportedVersion  a newer release wrote it.
  static Result<std::unique_ptr<PackReader>> Open(FileSystem& files, const std::string& path);

  // As Open(), of a pack whose header may be damaged: what of its records is whole can be read.
  // header() is then empty.
  // Errors: kNotFound, kIoError.
  static Result<std::unique_ptr<PackReader>> OpenDamaged(FileSystem& files,
                                                         const std::string& path);

  // As Open(), of an open file.
  static Result<std::unique_ptr<PackReader>> FromFile(std::unique_ptr<File> file);

  const PackHeader& header() const { return header_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

  // The index from the footer, sorted by digest.
  // Errors: kCorruption  no whole footer: Scan() finds what there is.  kIoError.
  Result<std::vector<PackEntry>> ReadIndex() const;

  // The bytes of the record at `offset`.
  // Errors: kCorruption  the pack ends before.  kIoError.
  Result<std::string> ReadRecord(std::uint64_t offset, std::uint64_t record_bytes) const;

  // Calls `visit` for every record whose checksums hold, in order, skipping what is damaged.
  // Takes time in proportion to the pack: one that is full of what looks like records and is none
  // is given up, and the rest of it counts as damaged.
  // Errors: those of `visit`; kIoError.
  Result<PackScan> Scan(
      const std::function<Result<void>(ByteSpan record, std::uint32_t offset)>& visit) const;

  // As ReadIndex(), rebuilt from the records; `scan` says what was lost.
  Result<std::vector<PackEntry>> RebuildIndex(PackScan& scan) const;

  // Reads every byte, and checks every chunk against its digest.  `intact`, if given, receives the
  // entries of all that is whole, sorted as an index.
  // Errors: kIoError.
  Result<PackDamage> Verify(std::vector<PackEntry>* intact = nullptr) const;

 private:
  PackReader(std::unique_ptr<File> file, std::uint64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes) {}
  Result<PackTrailer> ReadTrailer() const;
  Error Damaged(const Error& error) const;

  std::unique_ptr<File> file_;
  std::uint64_t size_bytes_;
  PackHeader header_;
};

}  // namespace reprise::storage
